//! Apache as the official images of PHP and of httpd start it.
//!
//! Source: docker-library/php (its variants with Apache) and docker-library/httpd. Apache writes its PID file, locks and
//! logs in folders of its own; its workers, and with them PHP, are `www-data` already.

use super::changes::{self, Change};
use super::{Server, Target};
use crate::fix::Reason;
use crate::model::context::{self, Content};
use crate::profile::ports::Moves;

const NOTE: &str = "PHP has run as this user all along.";

/// A layout of Apache.
struct Layout {
    root: &'static str,
    folders: &'static [&'static str],
    needles: &'static [&'static str],
    writes: &'static [&'static str],
}

const DEBIAN: Layout = Layout {
    root: "/etc/apache2",
    folders: &[
        "/etc/apache2",
        "/etc/apache2/conf-available",
        "/etc/apache2/conf-enabled",
        "/etc/apache2/mods-available",
        "/etc/apache2/mods-enabled",
        "/etc/apache2/sites-available",
        "/etc/apache2/sites-enabled",
    ],
    needles: &[
        "apache2",
        "APACHE_",
        "a2en",
        "a2dis",
        "sites-",
        "ports.conf",
        "httpd",
    ],
    writes: &["/var/lock/apache2", "/var/log/apache2", "/var/run/apache2"],
};

const HTTPD: Layout = Layout {
    root: "/usr/local/apache2/conf",
    folders: &["/usr/local/apache2/conf", "/usr/local/apache2/conf/extra"],
    needles: &["httpd", "apache2", "HTTPD_", "conf/"],
    writes: &["/usr/local/apache2/logs"],
};

pub(super) fn plan(target: &Target<'_, '_, '_>, moves: &Moves) -> Result<Server, Vec<Reason>> {
    let facts = &target.facts;
    let is_debian = facts
        .cmd
        .as_deref()
        .is_some_and(|cmd| cmd.first().is_some_and(|one| one.starts_with("apache2")));
    let layout = if is_debian { DEBIAN } else { HTTPD };
    let entrypoint: Vec<&str> = facts
        .entrypoint
        .iter()
        .flatten()
        .map(String::as_str)
        .collect();
    if !matches!(entrypoint.as_slice(), [] | ["docker-php-entrypoint"]) {
        let text = "the entrypoint of the base image sets the application up as root";
        return Err(vec![Reason::new(text)]);
    }
    let mut reasons = against(target, &layout);
    let (Some(http), Some(end)) = (moves.get(&80), target.end()) else {
        return Err(vec![Reason::new("the profile moves port 80 nowhere")]);
    };
    let variables = [
        "APACHE_RUN_DIR",
        "APACHE_PID_FILE",
        "APACHE_LOCK_DIR",
        "APACHE_LOG_DIR",
    ];
    reasons.extend(
        variables
            .iter()
            .filter(|name| end.scope.environment(name).is_some())
            .map(|name| Reason::new(format!("`{name}` moves what Apache writes"))),
    );
    if !reasons.is_empty() {
        return Err(reasons);
    }
    let script = format!(
        "s/^([[:space:]]*Listen[[:space:]]+)80$/\\1{http}/; s/(<VirtualHost[[:space:]][^>]*:)80>/\\1{http}>/"
    );
    Ok(Server {
        writes: layout.writes.iter().map(|one| (*one).to_string()).collect(),
        commands: vec![format!(
            "find {} -type f -name '*.conf' -exec sed -ri '{script}' '{{}}' +",
            layout.root
        )],
        ports: vec![80],
        notes: is_debian.then_some(NOTE).into_iter().collect(),
        ..Server::default()
    })
}

/// What in the file may change where Apache listens.
fn against(target: &Target<'_, '_, '_>, layout: &Layout) -> Vec<Reason> {
    let (model, lineage) = (target.model, target.lineage.as_slice());
    let mut reasons = Vec::new();
    for one in context::copied_below(model, lineage, layout.root, layout.folders) {
        let text = match &one.content {
            Content::Text(text) => text,
            Content::Heredoc(body) => body.slice(model.file.source),
            Content::NotAtHand(name) => {
                let text = format!(
                    "`{name}` was not read: it may say where Apache listens and what it writes"
                );
                reasons.push(Reason::at(one.span, text));
                continue;
            }
        };
        if let Some(line) = text.lines().find(|line| is_unusual(line)) {
            let text = format!(
                "`{}` of `{}` is not the image's own way",
                line.trim(),
                one.path
            );
            reasons.push(Reason::at(one.span, text));
        }
    }
    for found in changes::of_runs(model, lineage, layout.needles) {
        let is_known = match &found.change {
            Change::Removed(paths) => !paths.iter().any(|path| path.contains("apache2")),
            Change::Written { text, path } | Change::Appended { text, path } => {
                !path.ends_with("envvars")
                    && !text.lines().any(|line| is_unusual(line) || says_port(line))
            }
            Change::Edited(scripts) => !scripts.iter().any(|script| touches_ports(script)),
            Change::Called(words) => is_harmless(words),
            Change::Unknown => false,
        };
        if !is_known {
            let text =
                "this RUN changes the configuration of Apache in a way that harden does not read";
            reasons.push(Reason::at(found.span, text));
        }
    }
    reasons
}

/// A line that makes Apache listen or write elsewhere than its image does, or that the change of the port would miss.
fn is_unusual(line: &str) -> bool {
    let line = line.trim().to_ascii_lowercase();
    let mut words = line.split_whitespace();
    match words.next().unwrap_or("") {
        "listen" => words.next() != Some("80") || words.next().is_some(),
        "<virtualhost" => !line.ends_with(":80>") || line.matches(':').count() != 1,
        "errorlog" | "customlog" | "transferlog" => {
            let path = words.next().unwrap_or("").trim_matches('"');
            let is_image_own = path.starts_with("${apache_log_dir}/")
                || path.starts_with("/dev/")
                || path.starts_with("/proc/self/");
            !is_image_own
        }
        "pidfile"
        | "mutex"
        | "defaultruntimedir"
        | "sslcertificatekeyfile"
        | "sslengine"
        | "include"
        | "includeoptional"
        | "define" => true,
        _ => false,
    }
}

fn says_port(line: &str) -> bool {
    let line = line.trim().to_ascii_lowercase();
    line.starts_with("listen") || line.starts_with("<virtualhost")
}

/// Whether a script of sed may change lines with ports, or is more than a substitution.
fn touches_ports(script: &str) -> bool {
    let is_substitution = script.starts_with('s')
        && script
            .chars()
            .nth(1)
            .is_some_and(|one| one.is_ascii_punctuation());
    let lower = script.to_ascii_lowercase();
    !is_substitution
        || ["80", "443", "listen", "virtualhost", "pidfile", "mutex"]
            .iter()
            .any(|one| lower.contains(one))
}

/// Commands that switch modules or settings on which open no port, and those that build or install.
fn is_harmless(words: &[String]) -> bool {
    let named = |name: &str| words.iter().skip(1).any(|word| word.contains(name));
    match words.first().map(String::as_str) {
        Some("a2enmod" | "a2dismod" | "a2enconf" | "a2disconf") => !named("ssl") && !named("mpm"),
        Some("docker-php-ext-install" | "docker-php-ext-configure" | "docker-php-ext-enable") => {
            true
        }
        Some("set" | "cd" | "true" | "command") => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_scripts_that_keep_the_ports() {
        for line in [
            "DocumentRoot /x",
            "Listen 80",
            "<VirtualHost *:80>",
            "ErrorLog ${APACHE_LOG_DIR}/error.log",
        ] {
            assert!(!is_unusual(line), "{line}");
        }
        for line in [
            "Listen 443",
            "Listen 80 http",
            "<VirtualHost *>",
            "PidFile /x",
            "ErrorLog /srv/x.log",
        ] {
            assert!(is_unusual(line), "{line}");
        }
        assert!(!touches_ports("s!/var/www/html!${APACHE_DOCUMENT_ROOT}!g"));
        assert!(touches_ports("s/80/8080/") && touches_ports("/Listen/d"));
    }
}
