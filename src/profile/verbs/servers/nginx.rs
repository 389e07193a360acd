//! nginx as its official image starts it.
//!
//! Source: the Dockerfiles and start scripts of nginx/docker-nginx; the manual of the core modules of nginx. As root, nginx
//! listens on port 80, makes its folders below /var/cache/nginx, writes /run/nginx.pid, and its workers are user 101 already.

use std::collections::BTreeMap;

use wildmatch::WildMatch;

use super::changes::{self, Change};
use super::{Server, Target};
use crate::fix::Reason;
use crate::model::context::{self, Content};
use crate::model::state::normal;
use crate::profile::ports::{self, Moves};
use crate::profile::verbs::files;
use crate::text::{Edit, Span};

const ROOT: &str = "/etc/nginx";
const MAIN: &str = "/etc/nginx/nginx.conf";
const SCRIPTS: &str = "/docker-entrypoint.d";
const FOLDERS: [&str; 4] = [
    "/etc/nginx",
    "/etc/nginx/conf.d",
    "/etc/nginx/templates",
    SCRIPTS,
];

/// What counts of the image's own configuration.
const MAIN_TEXT: &str = "pid /run/nginx.pid; http { include /etc/nginx/conf.d/*.conf; }";
const DEFAULT: &str = "/etc/nginx/conf.d/default.conf";
const DEFAULT_TEXT: &str = "server {\n    listen       80;\n}\n";

/// Files of the image that listen nowhere and write nothing.
const INCLUDED: [&str; 5] = [
    "mime.types",
    "fastcgi_params",
    "fastcgi.conf",
    "scgi_params",
    "uwsgi_params",
];

/// Where it writes as its image is made.
const WRITES: [&str; 2] = ["/run", "/var/cache/nginx"];

const NOTE: &str = "nginx names its port in redirects that it makes itself: where the old one must stand there, set `absolute_redirect off`.";

/// The start script of the image asks IPv6 of its own configuration only, and only as root.
const NOTE_OF_DEFAULT: &str = "It listens on IPv4 only: as another user than root, the image does not add a port of IPv6 to its own configuration.";

struct Text {
    text: String,
    /// Where it stands in the Dockerfile, if it does so byte for byte.
    place: Option<usize>,
}

type Texts = BTreeMap<String, Text>;

pub(super) fn plan(target: &Target<'_, '_, '_>, moves: &Moves) -> Result<Server, Vec<Reason>> {
    let texts = texts(target)?;
    let mut reading = Reading {
        texts: &texts,
        moves,
        server: Server {
            writes: WRITES.map(String::from).to_vec(),
            notes: vec![NOTE],
            ..Server::default()
        },
        changed: Vec::new(),
        reasons: Vec::new(),
        read: Vec::new(),
    };
    reading.file(MAIN);
    if !reading.reasons.is_empty() {
        return Err(reading.reasons.into_iter().map(Reason::new).collect());
    }
    let is_default = |path: &String| {
        path == DEFAULT && texts.get(path).is_some_and(|one| one.text == DEFAULT_TEXT)
    };
    let has_default = reading.read.iter().any(is_default);
    let mut server = reading.server;
    if has_default {
        server.notes.push(NOTE_OF_DEFAULT);
    }
    server.ports.sort_unstable();
    server.ports.dedup();
    if !reading.changed.is_empty() {
        let files = reading.changed.join(" ");
        let command = |port: &u16| {
            let to = moves.get(port).unwrap_or(port);
            format!("s/(listen[[:space:]]+([^;[:space:]]*:)?){port}([;[:space:]])/\\1{to}\\3/g")
        };
        let scripts: Vec<String> = server.ports.iter().map(command).collect();
        server
            .commands
            .push(format!("sed -ri '{}' {files}", scripts.join("; ")));
    }
    Ok(server)
}

/// The files of the configuration at the end of the build.
fn texts(target: &Target<'_, '_, '_>) -> Result<Texts, Vec<Reason>> {
    let (model, lineage) = (target.model, target.lineage.as_slice());
    let of_image = |text: &str| Text {
        text: text.to_string(),
        place: None,
    };
    let mut texts: Texts = BTreeMap::from([
        (MAIN.to_string(), of_image(MAIN_TEXT)),
        (DEFAULT.to_string(), of_image(DEFAULT_TEXT)),
    ]);
    let mut reasons = Vec::new();
    let mut events: Vec<(Span, Event)> = Vec::new();
    for folder in [ROOT, SCRIPTS] {
        for one in context::copied_below(model, lineage, folder, &FOLDERS) {
            events.push((one.span, Event::Copied(one.path, one.content)));
        }
    }
    let needles = [
        ROOT,
        "nginx.conf",
        "conf.d",
        SCRIPTS,
        "apt-get install",
        "apk add",
    ];
    for found in changes::of_runs(model, lineage, &needles) {
        events.push((found.span, Event::Changed(found.change)));
    }
    events.sort_by_key(|(span, _)| *span);
    for (span, event) in events {
        if let Err(why) = apply(&mut texts, event, model.file.source) {
            reasons.push(Reason::at(span, why));
        }
    }
    match reasons.is_empty() {
        true => Ok(texts),
        false => Err(reasons),
    }
}

enum Event {
    Copied(String, Content),
    Changed(Change),
}

fn apply(texts: &mut Texts, event: Event, source: &str) -> Result<(), String> {
    match event {
        Event::Copied(path, content) => copied(texts, path, content, source),
        Event::Changed(Change::Removed(paths)) => {
            for path in paths {
                let pattern = WildMatch::new(&path);
                let is_gone =
                    |file: &String| pattern.matches(file) || files::is_inside(file, &path);
                texts.retain(|file, _| !is_gone(file));
            }
            Ok(())
        }
        Event::Changed(Change::Written { path, text }) => {
            texts.insert(normal(&path), Text { text, place: None });
            Ok(())
        }
        Event::Changed(Change::Appended { path, text }) => {
            match texts.get_mut(&normal(&path)) {
                Some(old) => {
                    old.text.push_str(&text);
                    old.place = None;
                }
                None => drop(texts.insert(normal(&path), Text { text, place: None })),
            }
            Ok(())
        }
        Event::Changed(Change::Called(words)) if !is_about_nginx(&words) => Ok(()),
        Event::Changed(_) => Err(
            "this RUN changes the configuration of nginx in a way that harden does not read"
                .to_string(),
        ),
    }
}

/// Whether a command that is called, which may only install packages, is about nginx.
fn is_about_nginx(words: &[String]) -> bool {
    words.iter().any(|word| {
        word.contains(ROOT)
            || word.contains(SCRIPTS)
            || word.contains("conf.d")
            || word.starts_with("nginx")
    })
}

fn copied(texts: &mut Texts, path: String, content: Content, source: &str) -> Result<(), String> {
    if files::is_inside(&path, SCRIPTS) {
        return Err(format!(
            "`{path}` runs when the image starts, and was not read"
        ));
    }
    if files::is_inside(&path, "/etc/nginx/templates") {
        return Err(
            "nginx writes its configuration from templates when the image starts".to_string(),
        );
    }
    match content {
        Content::Text(text) => {
            texts.insert(path, Text { text, place: None });
        }
        Content::Heredoc(body) => {
            let text = body.slice(source).to_string();
            let place = Some(body.start);
            texts.insert(path, Text { text, place });
        }
        Content::NotAtHand(name) => {
            let is_configuration = path.ends_with(".conf") || !path.starts_with("/etc/nginx/") || {
                let name = path.rsplit('/').next().unwrap_or("");
                !name.contains('.')
            };
            if is_configuration {
                return Err(format!(
                    "`{name}` was not read: it may say where nginx listens and what it writes"
                ));
            }
        }
    }
    Ok(())
}

/// Goes through the configuration as nginx does.
struct Reading<'r> {
    texts: &'r Texts,
    moves: &'r Moves,
    server: Server,
    /// The files of the image whose ports move.
    changed: Vec<String>,
    reasons: Vec<String>,
    read: Vec<String>,
}

impl Reading<'_> {
    fn file(&mut self, path: &str) {
        let Some(text) = self.texts.get(path) else {
            self.reasons.push(format!("`{path}` of nginx is not there"));
            return;
        };
        if self.read.iter().any(|one| one == path) {
            return;
        }
        self.read.push(path.to_string());
        let mut moved = Vec::new();
        let mut open: Vec<(bool, bool)> = Vec::new();
        for directive in directives(&text.text) {
            match (directive.name.as_str(), directive.end) {
                (_, End::Closed) => {
                    if let Some((true, false)) = open.pop() {
                        self.reasons
                            .push(format!("a server in `{path}` says no port"));
                    }
                }
                (name, End::Opened) => open.push((name == "server", false)),
                ("listen", End::Semicolon) => {
                    if let Some((_, has_port)) = open.last_mut() {
                        *has_port = true;
                    }
                    moved.extend(self.listen(&directive, &text.text));
                }
                ("include", End::Semicolon) => self.include(&directive),
                _ => self.place(&directive),
            }
        }
        if moved.is_empty() {
            return;
        }
        self.server
            .ports
            .extend(moved.iter().map(|(_, port)| *port));
        match text.place {
            None => self.changed.push(path.to_string()),
            Some(start) => self.server.edits.extend(moved.iter().map(|(span, port)| {
                let to = self.moves.get(port).unwrap_or(port).to_string();
                Edit::replace(Span::new(start + span.start, start + span.end), to)
            })),
        }
    }

    /// The port below 1024 that a `listen` opens, and where its digits are.
    fn listen(&mut self, directive: &Directive, text: &str) -> Option<(Span, u16)> {
        let (address, span) = directive.arguments.first()?;
        if address.starts_with("unix:") {
            return None;
        }
        let digits = address.rsplit(':').next().unwrap_or(address);
        let is_port =
            !digits.contains(']') && (digits.len() == address.len() || address.contains(':'));
        let Some(port) = digits.parse::<u16>().ok().filter(|_| is_port) else {
            self.reasons
                .push(format!("`listen {address}` says no port that harden reads"));
            return None;
        };
        match ports::moved(port, self.moves) {
            Ok(to) if to == port => None,
            Ok(_) => {
                let between = text.get(directive.start..span.start).unwrap_or("\n");
                let is_written_so =
                    span.len() == address.len() && !between.contains(['\n', '#', '"', '\'']);
                if !is_written_so {
                    self.reasons
                        .push(format!("`listen {address}` is written in an unusual way"));
                    return None;
                }
                Some((Span::new(span.end - digits.len(), span.end), port))
            }
            Err(why) => {
                self.reasons.push(why);
                None
            }
        }
    }

    fn include(&mut self, directive: &Directive) {
        let Some((name, _)) = directive.arguments.first() else {
            return;
        };
        let path = match name.starts_with('/') {
            true => normal(name),
            false => normal(&format!("{ROOT}/{name}")),
        };
        if path.contains(['*', '?', '[']) {
            let pattern = WildMatch::new(&path);
            let fitting: Vec<String> = self
                .texts
                .keys()
                .filter(|file| pattern.matches(file))
                .cloned()
                .collect();
            fitting.iter().for_each(|file| self.file(file));
            return;
        }
        let is_of_image = path
            .strip_prefix("/etc/nginx/")
            .is_some_and(|name| INCLUDED.contains(&name));
        if self.texts.contains_key(&path) {
            self.file(&path);
        } else if !is_of_image {
            self.reasons
                .push(format!("`{path}` is included and was not read"));
        }
    }

    /// What a directive makes nginx write or read.
    fn place(&mut self, directive: &Directive) {
        let name = directive.name.as_str();
        let Some((path, _)) = directive.arguments.first() else {
            return;
        };
        let may_write = |folders: &[&str]| {
            let is_system = path.starts_with("/dev/");
            is_system || folders.iter().any(|folder| files::is_inside(path, folder))
        };
        let temporary = ["/tmp", "/var/tmp", "/run", "/var/run", "/var/cache/nginx"];
        match name {
            "error_log" | "access_log" => {
                let is_no_file =
                    matches!(path.as_str(), "off" | "stderr") || path.starts_with("syslog:");
                if is_no_file || may_write(&temporary) {
                } else if matches!(
                    path.as_str(),
                    "/var/log/nginx/access.log" | "/var/log/nginx/error.log"
                ) {
                    // Links of the image to the standard streams.
                } else if files::is_inside(path, "/var/log/nginx") {
                    let folder = "/var/log/nginx".to_string();
                    if !self.server.writes.contains(&folder) {
                        self.server.writes.push(folder);
                    }
                } else {
                    self.reasons.push(format!("nginx writes `{path}`"));
                }
            }
            "pid" | "lock_file" if !may_write(&temporary) => {
                self.reasons.push(format!("nginx writes `{path}`"));
            }
            name if (name.ends_with("_temp_path") || name.ends_with("_cache_path"))
                && !may_write(&temporary) =>
            {
                self.reasons.push(format!("nginx writes `{path}`"));
            }
            "ssl_certificate_key" => {
                self.reasons
                    .push(format!("the key `{path}` may be for root alone to read"));
            }
            _ => {}
        }
    }
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum End {
    Semicolon,
    Opened,
    /// The end of a block, without a name.
    Closed,
}

#[derive(Debug)]
struct Directive {
    name: String,
    start: usize,
    /// With their places, quotes included.
    arguments: Vec<(String, Span)>,
    end: End,
}

/// The directives of a text, blocks as their starts and ends.
fn directives(text: &str) -> Vec<Directive> {
    let mut found = Vec::new();
    let mut words: Vec<(String, Span)> = Vec::new();
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let end = match character {
            ';' => End::Semicolon,
            '{' => End::Opened,
            '}' => End::Closed,
            '#' => {
                while characters.next_if(|(_, one)| *one != '\n').is_some() {}
                continue;
            }
            one if one.is_whitespace() => continue,
            first => {
                let mut word = String::new();
                let quote = matches!(first, '"' | '\'').then_some(first);
                if quote.is_none() {
                    word.push(first);
                }
                let mut last = at + first.len_utf8();
                let mut is_escaped = first == '\\';
                let mut braces = 0_usize;
                while let Some((next, one)) = characters.peek().copied() {
                    let is_end = match quote {
                        Some(quote) => one == quote && !is_escaped,
                        // `${name}` is part of a word.
                        None if one == '{' && word.ends_with('$') => {
                            braces += 1;
                            false
                        }
                        None if one == '}' && braces > 0 => {
                            braces -= 1;
                            false
                        }
                        None => {
                            !is_escaped && (one.is_whitespace() || matches!(one, ';' | '{' | '}'))
                        }
                    };
                    if is_end {
                        if quote.is_some() {
                            characters.next();
                            last = next + one.len_utf8();
                        }
                        break;
                    }
                    characters.next();
                    is_escaped = one == '\\' && !is_escaped;
                    word.push(one);
                    last = next + one.len_utf8();
                }
                words.push((word, Span::new(at, last)));
                continue;
            }
        };
        let mut taken = std::mem::take(&mut words).into_iter();
        let (name, span) = taken.next().unwrap_or((String::new(), Span::at(at)));
        if name.is_empty() && end == End::Semicolon {
            continue;
        }
        found.push(Directive {
            name,
            start: span.start,
            arguments: taken.collect(),
            end,
        });
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn directives_are_read_as_nginx_does() {
        let text = "# listen 1;\nserver {\n  listen [::]:80 default; add_header X \"a;b\";\n  set $a ${b}c;\n}";
        let names: Vec<String> = directives(text)
            .iter()
            .map(|one| format!("{} {}", one.name, one.arguments.len()))
            .collect();
        assert_eq!(
            names,
            ["server 0", "listen 2", "add_header 2", "set 2", " 0"]
        );
    }
}
