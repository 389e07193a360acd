//! `listen: aspnetcore`: an ASP.NET Core application opens ports that need no root.
//!
//! Kestrel takes its addresses from `--urls`, else ASPNETCORE_URLS, else ASPNETCORE_HTTP_PORTS and
//! ASPNETCORE_HTTPS_PORTS. Source: Microsoft, "Configure endpoints for the ASP.NET Core Kestrel web server".

use super::{Planned, Target, start_options, step};
use crate::fix::Reason;
use crate::model::State;
use crate::profile::format::{ListenKind, Step as Written};
use crate::profile::ports::{self, Moves};
use crate::syntax::variables::Lookup;
use crate::syntax::{Arguments, Instruction, Keyword, Pair, Word};
use crate::text::{Edit, Span};

const URLS: &str = "ASPNETCORE_URLS";
const HTTP_PORTS: &str = "ASPNETCORE_HTTP_PORTS";
const HTTPS_PORTS: &str = "ASPNETCORE_HTTPS_PORTS";

pub(super) fn plan(
    target: &Target<'_, '_, '_>,
    written: &Written,
    kind: ListenKind,
    moves: &Moves,
) -> Planned {
    let is_aspnetcore = target
        .end_before()
        .is_some_and(|end| matches!(addresses(end), Ok(Some(_)) | Err(_)));
    if kind == ListenKind::Aspnetcore || is_aspnetcore {
        return aspnetcore(target, written, moves);
    }
    any(target, written, moves)
}

/// Says where the ports move.
fn title(edits: &[Edit], target: &Target<'_, '_, '_>) -> String {
    let mut places: Vec<String> = edits
        .iter()
        .map(|edit| {
            if edit.span.is_empty() {
                return format!("`{}`", edit.text.trim());
            }
            let mut instructions = target.model.instructions_of_all(&target.lineage);
            let holder = instructions.find(|(_, one)| one.span.contains(edit.span));
            format!(
                "`{}` becomes `{}` in {}",
                edit.span.slice(target.model.file.source).trim(),
                edit.text.trim(),
                holder.map_or("the file", |(_, one)| one.keyword.as_str()),
            )
        })
        .collect();
    places.dedup();
    format!("open ports that need no root: {}", places.join(", "))
}

/// Every port below 1024 that EXPOSE names must be found where the application is told its port.
fn any(target: &Target<'_, '_, '_>, written: &Written, moves: &Moves) -> Planned {
    let all = || {
        target
            .model
            .instructions_of_all(&target.lineage)
            .map(|(_, instruction)| instruction)
    };
    let server = target.server.get();
    let privileged = start_options::privileged(all());
    let moved_by_server = server.map_or(&[][..], |server| &server.ports);
    if privileged.is_empty() && moved_by_server.is_empty() {
        return Ok(None);
    }
    let mut moved = Vec::new();
    for instruction in all() {
        let pairs = instruction
            .pairs()
            .iter()
            .filter(|_| instruction.keyword == Keyword::Env);
        moved.extend(pairs.filter_map(|pair| start_options::variable(pair, moves)));
        moved.extend(start_options::arguments(instruction, moves));
    }
    let mut reasons = match server {
        // All of its configuration is known: it opens no others.
        Some(_) => Vec::new(),
        None => start_options::unmoved(&privileged, &moved),
    };
    let mut edits: Vec<Edit> = moved.into_iter().map(|one| one.edit).collect();
    edits.extend(
        server
            .iter()
            .flat_map(|server| server.edits.iter().cloned()),
    );
    for instruction in all().filter(|one| one.keyword == Keyword::Healthcheck) {
        collect(
            healthcheck(target, instruction, moves),
            &mut edits,
            &mut reasons,
        );
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    if privileged.is_empty() {
        // What the base image exposes is no longer so.
        let to = |port: &u16| moves.get(port).unwrap_or(port).to_string();
        let ports: Vec<String> = moved_by_server.iter().map(to).collect();
        let line = format!("EXPOSE {}", ports.join(" "));
        edits.push(target.new_lines(written, vec![line]));
    }
    if edits.is_empty() {
        return Ok(None);
    }
    let notes = server.map_or(&[][..], |server| &server.notes);
    let planned = step(written, title(&edits, target), edits)?;
    Ok(planned.map(|step| notes.iter().fold(step, |step, note| step.because(note))))
}

fn aspnetcore(target: &Target<'_, '_, '_>, written: &Written, moves: &Moves) -> Planned {
    let mut edits = Vec::new();
    let mut reasons = Vec::new();
    let mut has_urls = false;
    for (_, instruction) in target.model.instructions_of_all(&target.lineage) {
        for pair in instruction
            .pairs()
            .iter()
            .filter(|_| instruction.keyword == Keyword::Env)
        {
            has_urls |= sets_urls(&pair.name.text);
            collect(variable(target, pair, moves), &mut edits, &mut reasons);
        }
        if matches!(instruction.keyword, Keyword::Entrypoint | Keyword::Cmd) {
            collect(arguments(instruction, moves), &mut edits, &mut reasons);
        }
        if instruction.keyword == Keyword::Healthcheck {
            collect(
                healthcheck(target, instruction, moves),
                &mut edits,
                &mut reasons,
            );
        }
    }
    if !reasons.is_empty() {
        return Err(reasons);
    }
    if !has_urls
        && let Some(urls) = urls_to_write(target, moves).map_err(|why| vec![Reason::new(why)])?
    {
        edits.push(target.new_lines(written, vec![format!("ENV {URLS}={urls}")]));
    }
    if edits.is_empty() {
        return Ok(None);
    }
    step(written, title(&edits, target), edits)
}

/// Variables that hold addresses: they win over those that hold ports.
fn sets_urls(name: &str) -> bool {
    let is_endpoint = name.starts_with("Kestrel__Endpoints__") && name.ends_with("__Url");
    matches!(name, URLS | "DOTNET_URLS" | "URLS") || is_endpoint
}

fn collect(found: Result<Vec<Edit>, Reason>, edits: &mut Vec<Edit>, reasons: &mut Vec<Reason>) {
    match found {
        Ok(more) => edits.extend(more),
        Err(reason) => reasons.push(reason),
    }
}

/// Moves the ports in the value of a variable.
fn variable(
    target: &Target<'_, '_, '_>,
    pair: &Pair<'_>,
    moves: &Moves,
) -> Result<Vec<Edit>, Reason> {
    let change: fn(&str, &Moves) -> Result<String, String> = match pair.name.text.as_ref() {
        name if sets_urls(name) => ports::move_urls,
        HTTP_PORTS | HTTPS_PORTS | "DOTNET_HTTP_PORTS" | "DOTNET_HTTPS_PORTS" | "HTTP_PORTS"
        | "HTTPS_PORTS" => ports::move_list,
        _ => return Ok(Vec::new()),
    };
    let held = |why: String| Reason::at(pair.value.span, format!("`{}`: {why}", pair.name.text));
    let text = pair.value.text.as_ref();
    let quoted = ['"', '\'']
        .into_iter()
        .find(|quote| text.len() > 1 && text.starts_with(*quote) && text.ends_with(*quote));
    let inner = quoted.map_or(text, |quote| text.trim_matches(quote));
    if inner.contains('$') {
        // Only the whole value is known, not which part of it comes from where.
        let value = target
            .end()
            .map(|end| end.scope.expand(text, target.model.file.escape))
            .unwrap_or_else(|| Err("its value is not known".to_string()))
            .map_err(held)?;
        return match change(&value, moves).map_err(held)? {
            same if same == value => Ok(Vec::new()),
            _ => Err(held(
                "a port that needs root comes from a variable".to_string(),
            )),
        };
    }
    let new = change(inner, moves).map_err(held)?;
    if new == inner {
        return Ok(Vec::new());
    }
    if pair.value.span.len() != text.len() {
        return Err(held("the value goes over several lines".to_string()));
    }
    let quote = quoted.map(String::from).unwrap_or_default();
    Ok(vec![Edit::replace(
        pair.value.span,
        format!("{quote}{new}{quote}"),
    )])
}

/// Moves the ports in `--urls` of an exec form.
fn arguments(instruction: &Instruction<'_>, moves: &Moves) -> Result<Vec<Edit>, Reason> {
    if let Arguments::Text(word) = &instruction.arguments {
        return match word.text.contains("--urls") || word.text.contains("ASPNETCORE_") {
            true => Err(Reason::at(
                instruction.span,
                "the shell form sets addresses that harden does not read",
            )),
            false => Ok(Vec::new()),
        };
    }
    let words = instruction.words();
    let mut edits = Vec::new();
    for (number, word) in words.iter().enumerate() {
        let (before, urls, word): (&str, &str, &Word<'_>) = match word.text.as_ref() {
            "--urls" | "--server.urls" => match words.get(number + 1) {
                Some(next) => ("", next.text.as_ref(), next),
                None => continue,
            },
            text => match ["--urls=", "--server.urls="]
                .iter()
                .find_map(|flag| Some((*flag, text.strip_prefix(flag)?)))
            {
                Some((flag, urls)) => (flag, urls, word),
                None => continue,
            },
        };
        let new = ports::move_urls(urls, moves)
            .map_err(|why| Reason::at(word.span, format!("`--urls`: {why}")))?;
        if new != urls {
            let literal = serde_json::Value::from(format!("{before}{new}")).to_string();
            edits.push(Edit::replace(word.span, literal));
        }
    }
    Ok(edits)
}

/// Moves the port of `http://localhost` in a health check.
fn healthcheck(
    target: &Target<'_, '_, '_>,
    instruction: &Instruction<'_>,
    moves: &Moves,
) -> Result<Vec<Edit>, Reason> {
    let source = target.model.file.source;
    let span = instruction.arguments_span;
    let text = span.slice(source);
    let mut edits = Vec::new();
    let held = |why: &str| Reason::at(instruction.span, format!("HEALTHCHECK: {why}"));
    let names_itself = ["localhost", "127.0.0.1", "[::1]"]
        .iter()
        .any(|name| text.contains(name));
    if names_itself && !text.contains("://") {
        return Err(held("it names a port in a way that harden does not read"));
    }
    for (at, _) in text.match_indices("://") {
        let start = text
            .get(..at)
            .unwrap_or("")
            .rfind(|c: char| !c.is_ascii_alphabetic())
            .map_or(0, |before| before + 1);
        let rest = text.get(start..).unwrap_or("");
        let length = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '|' | '&' | ')'))
            .unwrap_or(rest.len());
        let url = rest.get(..length).unwrap_or("");
        let host = url.get(at - start + 3..).unwrap_or("");
        let is_local = ["localhost", "127.0.0.1", "[::1]", "0.0.0.0"]
            .iter()
            .any(|name| {
                host.strip_prefix(name).is_some_and(|after| {
                    after.is_empty() || after.starts_with([':', '/', '?', '#'])
                })
            });
        if !is_local {
            return Err(held("it asks an address that harden does not read"));
        }
        if url.contains('$') {
            return Err(held("the address it asks comes from a variable"));
        }
        let new = ports::move_urls(url, moves).map_err(|why| held(&why))?;
        if new != url {
            let from = span.start + start;
            edits.push(Edit::replace(Span::new(from, from + length), new));
        }
    }
    Ok(edits)
}

/// The addresses of an application that ASPNETCORE_URLS does not set in the file, where they must be written: because the
/// port moves, or because the new base image sets ASPNETCORE_URLS and that would win over the file's own ports.
fn urls_to_write(target: &Target<'_, '_, '_>, moves: &Moves) -> Result<Option<String>, String> {
    let (Some(before), Some(after)) = (target.end_before(), target.end()) else {
        return Ok(None);
    };
    let Some(old) = addresses(before)? else {
        return Ok(None);
    };
    let exposes = |instruction: &Instruction<'_>| instruction.keyword == Keyword::Expose;
    let mut instructions = target.model.instructions_of_all(&target.lineage);
    if target.old_facts.ports.is_none() && !instructions.any(|(_, one)| exposes(one)) {
        // A base image without ASP.NET Core, in a file that names no port: nothing listens.
        return Ok(None);
    }
    let wanted = ports::move_urls(&old, moves)?;
    let new = match after.scope.environment(URLS) {
        Some(urls) => Some(urls.to_string()),
        None => port_lists(after)?,
    };
    let same = |one: &str, other: &str| ports::of_urls(one).ok() == ports::of_urls(other).ok();
    match new {
        // The port is what it was: there is nothing to show the reader.
        Some(new) if same(&new, &wanted) && same(&old, &wanted) => Ok(None),
        _ => Ok(Some(wanted)),
    }
}

/// The addresses that the variables at the end of a lineage amount to.
fn addresses(state: &State) -> Result<Option<String>, String> {
    if let Some(urls) = state.scope.environment(URLS) {
        return Ok(Some(urls.to_string()));
    }
    port_lists(state)
}

fn port_lists(state: &State) -> Result<Option<String>, String> {
    let mut urls = Vec::new();
    for (name, scheme) in [(HTTP_PORTS, "http"), (HTTPS_PORTS, "https")] {
        if let Lookup::Set(list) = state.scope.lookup(name) {
            urls.extend(
                ports::of_list(&list)?
                    .into_iter()
                    .map(|port| format!("{scheme}://+:{port}")),
            );
        }
    }
    Ok((!urls.is_empty()).then(|| urls.join(";")))
}
