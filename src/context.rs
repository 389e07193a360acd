//! The files that COPY takes: small texts of the build context, which is the folder of the Dockerfile, or the root of its
//! repository where that fits better. Nothing outside the context is read, wherever links lead.

mod ignored;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

use harden::engine::WantedOfContext;
use harden::model::Context;

use ignored::Ignored;

/// No start script or configuration comes near it.
const MOST_BYTES: u64 = 256 * 1024;

/// Of a folder of configurations; one with more is not read.
const MOST_FILES: usize = 64;

/// What is wanted of the build context of a Dockerfile, as far as it is there.
pub fn read(dockerfile: &Path, wanted: &WantedOfContext) -> Context {
    if wanted.files.is_empty() {
        return Context::default();
    }
    let roots = roots(dockerfile);
    let fits = |root: &PathBuf| {
        let sources = wanted.sources.iter();
        sources.filter(|source| root.join(source).exists()).count()
    };
    let best = roots.iter().map(fits).max().unwrap_or(0);
    let mut contexts: Vec<Context> = roots
        .iter()
        .filter(|root| fits(root) == best)
        .map(|root| of_root(dockerfile, root, &wanted.files))
        .collect();
    if contexts.len() > 1 {
        contexts.retain(|context| !context.files.is_empty());
        contexts.dedup();
    }
    match contexts.as_slice() {
        [] => Context::default(),
        [_] => contexts.remove(0),
        _ => {
            let why = "the build context may be the folder of this file or the root of the repository, and they differ";
            Context {
                unread: Some(why.to_string()),
                ..Context::default()
            }
        }
    }
}

/// The folder of the Dockerfile, and the root of the repository that it is in.
fn roots(dockerfile: &Path) -> Vec<PathBuf> {
    let Some(folder) = fs::canonicalize(dockerfile)
        .ok()
        .and_then(|path| path.parent().map(Path::to_path_buf))
    else {
        return Vec::new();
    };
    let repository = folder
        .ancestors()
        .find(|above| above.join(".git").exists())
        .filter(|root| **root != folder)
        .map(Path::to_path_buf);
    [folder].into_iter().chain(repository).collect()
}

fn of_root(dockerfile: &Path, root: &Path, wanted: &[String]) -> Context {
    let ignored = match Ignored::of(dockerfile, root) {
        Ok(ignored) => ignored,
        Err(why) => {
            return Context {
                unread: Some(why),
                ..Context::default()
            };
        }
    };
    let mut context = Context {
        asked: wanted.iter().cloned().collect(),
        ..Context::default()
    };
    for name in wanted {
        let Some(path) = inside(root, name) else {
            continue;
        };
        if path.is_dir() {
            add_folder(&mut context, root, &ignored, name, &path);
        } else if let Some(text) = text(&path).filter(|_| !ignored.has(name)) {
            context.files.insert(name.clone(), text);
        }
    }
    context
}

/// The real path of a name below the root; `None` where it is not there, or is outside.
fn inside(root: &Path, name: &str) -> Option<PathBuf> {
    let is_plain = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(name).components().all(is_plain) {
        return None;
    }
    let path = fs::canonicalize(root.join(name)).ok()?;
    path.starts_with(root).then_some(path)
}

fn text(path: &Path) -> Option<String> {
    let about = fs::metadata(path).ok()?;
    if !about.is_file() || about.len() > MOST_BYTES {
        return None;
    }
    fs::read_to_string(path).ok()
}

/// All files of a folder that are in the context, or none of them.
fn add_folder(context: &mut Context, root: &Path, ignored: &Ignored, name: &str, folder: &Path) {
    let mut names = BTreeSet::new();
    let mut folders = vec![(name.to_string(), folder.to_path_buf())];
    let mut texts = Vec::new();
    while let Some((name, folder)) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else {
            return;
        };
        for entry in entries {
            let Some(own) = entry
                .ok()
                .and_then(|one| one.file_name().into_string().ok())
            else {
                return;
            };
            let below = if name.is_empty() {
                own
            } else {
                format!("{name}/{own}")
            };
            let is_left_out = ignored.has(&below);
            if is_left_out && !ignored.has_exceptions() {
                continue;
            }
            let Some(path) = inside(root, &below) else {
                return;
            };
            if is_left_out && !path.is_dir() {
                continue;
            }
            if names.len() >= MOST_FILES || !names.insert(below.clone()) {
                return;
            }
            if path.is_dir() {
                folders.push((below, path));
            } else {
                match text(&path) {
                    Some(text) => texts.push((below, text)),
                    None => return,
                }
            }
        }
    }
    context.files.extend(texts);
    context.folders.insert(name.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(files: &[&str], sources: &[&str]) -> WantedOfContext {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        WantedOfContext {
            files: owned(files),
            sources: owned(sources),
        }
    }

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    #[test]
    fn texts_of_the_context_and_nothing_else() {
        let outside = tempfile::tempdir().unwrap();
        write(outside.path(), "secret", "x");
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "Dockerfile", "FROM scratch");
        write(root, "start.sh", "a");
        write(root, "conf/a.conf", "b");
        write(root, "big", &"x".repeat(MOST_BYTES as usize + 1));
        std::os::unix::fs::symlink(outside.path().join("secret"), root.join("link")).unwrap();
        let names = ["start.sh", "conf", "big", "link", "../secret", "none"];
        let context = read(&root.join("Dockerfile"), &wanted(&names, &["start.sh"]));
        let files: Vec<&str> = context.files.keys().map(String::as_str).collect();
        assert_eq!(files, ["conf/a.conf", "start.sh"]);
        assert!(context.folders.contains("conf") && context.folders.len() == 1);
    }

    #[test]
    fn what_the_context_leaves_out_is_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "Dockerfile", "FROM scratch");
        write(root, "start.sh", "a");
        write(root, "conf/a.conf", "b");
        write(root, "conf/old/b.conf", "c");
        write(root, ".dockerignore", "*.sh\nconf/old\n");
        let names = || {
            let wanted = wanted(&["start.sh", "conf"], &["conf"]);
            let context = read(&root.join("Dockerfile"), &wanted);
            context.files.into_keys().collect::<Vec<_>>()
        };
        assert_eq!(names(), ["conf/a.conf"]);
        write(root, ".dockerignore", "*\n!conf/old/*.conf\n");
        assert_eq!(names(), ["conf/old/b.conf"]);
        write(root, ".dockerignore", "*.[!h]h\n");
        let wanted = wanted(&["start.sh"], &["start.sh"]);
        let context = read(&root.join("Dockerfile"), &wanted);
        assert!(context.files.is_empty() && context.unread.is_some());
    }

    #[test]
    fn the_root_of_the_repository_where_the_sources_are_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir(root.join(".git")).unwrap();
        write(root, "docker/Dockerfile", "FROM scratch");
        write(root, "start.sh", "root");
        write(root, "package.json", "{}");
        let start = |sources: &[&str]| {
            let wanted = wanted(&["start.sh"], sources);
            read(&root.join("docker/Dockerfile"), &wanted)
        };
        let text = |context: &Context| context.files.get("start.sh").cloned();
        assert_eq!(text(&start(&["start.sh"])).as_deref(), Some("root"));
        write(root, "docker/start.sh", "beside");
        let apart = start(&["start.sh"]);
        assert!(apart.unread.is_some() && apart.files.is_empty());
        let by_other = start(&["start.sh", "package.json"]);
        assert_eq!(text(&by_other).as_deref(), Some("root"));
    }
}
