//! The commands of builders that need no daemon. Each command is a row of lines, folded into one by YAML.

use super::plan::{Image, Login, Plan};
use crate::pipeline::Builder;
use crate::pipeline::docker::Term;

/// The registry that Docker means where none is named.
const DOCKER_HUB: &str = "https://index.docker.io/v1/";

/// A longer command has its options on lines of their own.
const LONGEST_LINE: usize = 90;

pub type Line = Vec<String>;

pub fn logins(builder: Builder, plan: &Plan) -> Result<Vec<Line>, String> {
    if plan.logins.is_empty() {
        return Ok(Vec::new());
    }
    match builder {
        Builder::Buildah => plan.logins.iter().map(buildah_login).collect(),
        Builder::Kaniko => config(plan, "/kaniko/.docker"),
        Builder::Buildkit => config(plan, "~/.docker"),
    }
}

/// A `config.json` with the logins, as GitLab's own examples write it.
fn config(plan: &Plan, folder: &str) -> Result<Vec<Line>, String> {
    let logins: Result<Vec<String>, String> = plan.logins.iter().map(auth).collect();
    let logins = logins?.join(",");
    let echo = format!("echo \"{{\\\"auths\\\":{{{logins}}}}}\" > {folder}/config.json");
    Ok(vec![vec![format!("mkdir -p {folder}")], vec![echo]])
}

fn auth(login: &Login) -> Result<String, String> {
    let registry = match &login.registry {
        None => DOCKER_HUB,
        Some(registry) => quoted(registry)?,
    };
    let (user, password) = (quoted(&login.user)?, quoted(&login.password)?);
    if registry.contains('\\') {
        return Err(format!("the registry `{registry}` has quotes in it"));
    }
    let login = format!("$(printf \"%s:%s\" \"{user}\" \"{password}\" | base64 | tr -d '\\n')");
    Ok(format!(
        "\\\"{registry}\\\":{{\\\"auth\\\":\\\"{login}\\\"}}"
    ))
}

fn quoted(term: &Term) -> Result<&str, String> {
    let quoted = term.quoted.as_deref();
    quoted.ok_or_else(|| format!("`{}` is more than text and variables", term.text))
}

fn buildah_login(login: &Login) -> Result<Line, String> {
    let (user, password) = (quoted(&login.user)?, quoted(&login.password)?);
    let registry = match &login.registry {
        None => "docker.io",
        Some(registry) => registry.word(),
    };
    Ok(vec![format!(
        "echo \"{password}\" | buildah login --username \"{user}\" --password-stdin {registry}"
    )])
}

pub fn image(builder: Builder, image: &Image) -> Result<Vec<Line>, String> {
    match builder {
        Builder::Buildah => buildah(image),
        Builder::Buildkit => buildkit(image).map(|line| vec![line]),
        Builder::Kaniko => kaniko(image).map(|line| vec![line]),
    }
}

/// The folder of a context, inside double quotes, where it is one.
fn folder(context: &Term) -> Result<String, String> {
    let text = quoted(context)?;
    let text = text.strip_prefix("./").unwrap_or(text);
    let text = match text {
        "" => ".",
        "/" => text,
        text => text.trim_end_matches('/'),
    };
    let is_url = text.contains("://") || text.starts_with("git@");
    match is_url {
        true => Err(format!("`{}` is no folder", context.text)),
        false => Ok(text.to_string()),
    }
}

fn is_inline_cache(argument: &Term) -> bool {
    argument.quoted.as_deref() == Some("BUILDKIT_INLINE_CACHE=1")
}

fn kaniko(image: &Image) -> Result<Line, String> {
    let build = &image.build;
    let context = folder(build.context.as_ref().ok_or("no context")?)?;
    let is_absolute = context.starts_with(['/', '$']);
    let here = match image.has_moved {
        true => "${PWD}",
        false => "${CI_PROJECT_DIR}",
    };
    let place = match context.as_str() {
        "." => here.to_string(),
        _ if is_absolute => context.clone(),
        folder if folder.starts_with("..") => {
            return Err(format!("the context `{folder}` is outside of the project"));
        }
        folder => format!("{here}/{folder}"),
    };
    let file = match &build.file {
        None if context == "." && !image.has_moved => "\"Dockerfile\"".to_string(),
        None => format!("\"{place}/Dockerfile\""),
        Some(file) if file.text.starts_with('-') => {
            return Err("the Dockerfile is from standard input".to_string());
        }
        Some(file) => format!("\"{}\"", quoted(file)?),
    };
    let mut line = vec![
        "/kaniko/executor".to_string(),
        format!("--context \"{place}\""),
        format!("--dockerfile {file}"),
    ];
    let one = |name: &str, term: &Term| format!("{name} {}", term.word());
    line.extend(build.target.iter().map(|term| one("--target", term)));
    let arguments = build.arguments.iter().filter(|term| !is_inline_cache(term));
    line.extend(arguments.map(|term| one("--build-arg", term)));
    line.extend(build.labels.iter().map(|term| one("--label", term)));
    line.extend(
        build
            .platform
            .iter()
            .map(|term| one("--custom-platform", term)),
    );
    if !(build.cache_from.is_empty() && build.cache_to.is_empty()) && !build.no_cache {
        if image.pushed.is_empty() {
            return Err("a cache without a name to push it to".to_string());
        }
        line.push("--cache=true".to_string());
    }
    line.extend(image.pushed.iter().map(|term| one("--destination", term)));
    if image.pushed.is_empty() {
        line.push("--no-push".to_string());
    }
    Ok(line)
}

fn buildah(image: &Image) -> Result<Vec<Line>, String> {
    let build = &image.build;
    let context = build.context.as_ref().ok_or("no context")?;
    let mut line = vec!["buildah build".to_string()];
    let one = |name: &str, term: &Term| format!("{name} {}", term.word());
    if build.no_cache {
        line.push("--no-cache".to_string());
    }
    if build.pull {
        line.push("--pull=always".to_string());
    }
    line.extend(build.file.iter().map(|term| one("--file", term)));
    line.extend(build.target.iter().map(|term| one("--target", term)));
    line.extend(build.platform.iter().map(|term| one("--platform", term)));
    let arguments = build.arguments.iter().filter(|term| !is_inline_cache(term));
    line.extend(arguments.map(|term| one("--build-arg", term)));
    line.extend(build.labels.iter().map(|term| one("--label", term)));
    if !(build.cache_from.is_empty() && build.cache_to.is_empty()) && !build.no_cache {
        let name = image
            .pushed
            .first()
            .ok_or("a cache without a name to push it to")?;
        let cache = format!("\"{}/cache\"", repository(quoted(name)?));
        line.push("--layers".to_string());
        line.push(format!("--cache-from {cache}"));
        line.push(format!("--cache-to {cache}"));
    }
    let mut names: Vec<&Term> = build.names.iter().collect();
    names.extend(
        image
            .pushed
            .iter()
            .filter(|one| !build.names.iter().any(|name| name.is(one))),
    );
    line.extend(names.iter().map(|term| one("--tag", term)));
    folder(context)?;
    line.push(context.word().to_string());
    if line.iter().map(String::len).sum::<usize>() < LONGEST_LINE {
        line = vec![line.join(" ")];
    }
    let pushes = image
        .pushed
        .iter()
        .map(|name| vec![format!("buildah push {}", name.word())]);
    Ok(std::iter::once(line).chain(pushes).collect())
}

/// A name without its tag.
fn repository(name: &str) -> &str {
    let mut depth = 0usize;
    let mut end = name.len();
    for (at, letter) in name.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            ':' if depth == 0 => end = at,
            '/' if depth == 0 => end = name.len(),
            _ => {}
        }
    }
    name.get(..end).unwrap_or(name)
}

fn buildkit(image: &Image) -> Result<Line, String> {
    let build = &image.build;
    let context = folder(build.context.as_ref().ok_or("no context")?)?;
    let (folder, name) = match &build.file {
        None => (context.clone(), None),
        Some(file) => file_parts(quoted(file)?),
    };
    let mut line = vec![
        "buildctl-daemonless.sh build".to_string(),
        "--frontend dockerfile.v0".to_string(),
        format!("--local context={}", in_quotes(&context)),
        format!("--local dockerfile={}", in_quotes(&folder)),
    ];
    let mut option = |key: &str, value: &str| line.push(format!("--opt \"{key}{value}\""));
    if let Some(name) = name.filter(|name| name != "Dockerfile") {
        option("filename=", &name);
    }
    if let Some(target) = &build.target {
        option("target=", quoted(target)?);
    }
    if let Some(platform) = &build.platform {
        option("platform=", quoted(platform)?);
    }
    for argument in build.arguments.iter().filter(|term| !is_inline_cache(term)) {
        let text = quoted(argument)?;
        match text.contains('=') {
            true => option("build-arg:", text),
            false => {
                return Err(format!(
                    "the value of the build argument `{text}` is not written"
                ));
            }
        }
    }
    for label in &build.labels {
        option("label:", quoted(label)?);
    }
    for cache in &build.cache_from {
        let cache = quoted(cache)?;
        let value = match cache.contains("type=") {
            true => cache.to_string(),
            false => format!("type=registry,ref={cache}"),
        };
        line.push(format!("--import-cache \"{value}\""));
    }
    for cache in &build.cache_to {
        line.push(format!("--export-cache \"{}\"", quoted(cache)?));
    }
    if build.arguments.iter().any(is_inline_cache) {
        line.push("--export-cache type=inline".to_string());
    }
    if build.no_cache {
        line.push("--no-cache".to_string());
    }
    let names: Result<Vec<&str>, String> = image.pushed.iter().map(quoted).collect();
    match names?.as_slice() {
        [] => {}
        [name] => line.push(format!("--output \"type=image,name={name},push=true\"")),
        names => line.push(format!(
            "--output \"type=image,\\\"name={}\\\",push=true\"",
            names.join(",")
        )),
    }
    Ok(line)
}

/// Quoted where the shell would read it otherwise.
fn in_quotes(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    match text.chars().all(is_plain) {
        true => text.to_string(),
        false => format!("\"{text}\""),
    }
}

/// The folder of a Dockerfile, and its name.
fn file_parts(file: &str) -> (String, Option<String>) {
    match file.rsplit_once('/') {
        None => (".".to_string(), Some(file.to_string())),
        Some((folder, name)) => (folder.to_string(), Some(name.to_string())),
    }
}
