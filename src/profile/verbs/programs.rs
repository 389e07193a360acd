//! What is known of programs that images start.

/// Programs that start as root because they start others, switch users, or need capabilities.
const NEED_ROOT: &[&str] = &[
    "adduser",
    "apk",
    "apt",
    "apt-get",
    "chgrp",
    "chown",
    "dnf",
    "groupadd",
    "ldconfig",
    "microdnf",
    "setcap",
    "sysctl",
    "update-ca-certificates",
    "useradd",
    "usermod",
    "yum",
    "anacron",
    "apache2",
    "apache2-foreground",
    "apache2ctl",
    "apachectl",
    "chronyd",
    "chroot",
    "containerd",
    "cron",
    "crond",
    "dhcpd",
    "dnsmasq",
    "dockerd",
    "fail2ban-server",
    "gosu",
    "haproxy",
    "httpd",
    "httpd-foreground",
    "inetd",
    "ip6tables",
    "iptables",
    "modprobe",
    "mount",
    "named",
    "nginx",
    "ntpd",
    "openvpn",
    "postfix",
    "rsyslogd",
    "runit",
    "runsvdir",
    "runuser",
    "s6-svscan",
    "service",
    "setpriv",
    "slapd",
    "smbd",
    "squid",
    "sshd",
    "su",
    "su-exec",
    "sudo",
    "supervisord",
    "systemd",
    "tailscaled",
    "tcpdump",
    "varnishd",
    "vsftpd",
    "wg-quick",
    "xinetd",
];

/// Servers that keep data in folders of their own, which the file does not show.
const KEEP_DATA: &[&str] = &[
    "cassandra",
    "catalina.sh",
    "celery",
    "clickhouse-server",
    "cockroach",
    "consul",
    "couchdb",
    "elasticsearch",
    "etcd",
    "grafana-server",
    "influxd",
    "jenkins.sh",
    "jetty.sh",
    "jupyter",
    "jupyter-lab",
    "jupyter-notebook",
    "jupyterhub",
    "kafka-server-start.sh",
    "memcached",
    "mongod",
    "mongos",
    "mysqld",
    "mysqld_safe",
    "neo4j",
    "nexus",
    "pg_ctl",
    "postgres",
    "prometheus",
    "puma",
    "rabbitmq-server",
    "rails",
    "redis-server",
    "rethinkdb",
    "riak",
    "sentinel",
    "solr",
    "standalone.sh",
    "startup.sh",
    "unicorn",
    "vault",
    "zkServer.sh",
    "zookeeper",
];

/// Programs that build, and write beside their sources.
const BUILD: &[&str] = &[
    "ant",
    "bazel",
    "cargo",
    "cmake",
    "gradle",
    "gradlew",
    "hugo",
    "jekyll",
    "lein",
    "make",
    "mvn",
    "mvnw",
    "ng",
    "ninja",
    "sbt",
    "stack",
    "tox",
    "webpack",
    "webpack-dev-server",
];

/// Words after npm, yarn, pnpm, dotnet, go or next that make them build.
const BUILD_WORDS: &[&str] = &[
    "build",
    "dev",
    "develop",
    "install",
    "run-script",
    "serve",
    "test",
    "watch",
];

/// Interpreters that wait for a person when they have nothing to run.
const INTERACTIVE: &[&str] = &[
    "R",
    "ash",
    "bash",
    "clojure",
    "cling",
    "dash",
    "elixir",
    "erl",
    "fish",
    "ghci",
    "groovysh",
    "guile",
    "iex",
    "ipython",
    "irb",
    "jshell",
    "julia",
    "ksh",
    "lua",
    "node",
    "ocaml",
    "perl",
    "php",
    "psysh",
    "pwsh",
    "pwsh-preview",
    "pypy",
    "pypy3",
    "python",
    "python2",
    "python3",
    "racket",
    "rakudo",
    "sbcl",
    "scala",
    "sh",
    "sqlite3",
    "swipl",
    "zsh",
];

/// Why a start command should not lose root; `None` where nothing is known against it.
pub(super) fn objection(words: &[String]) -> Option<String> {
    let names: Vec<&str> = words
        .iter()
        .map(|word| word.rsplit('/').next().unwrap_or(word))
        .collect();
    let known = words.iter().zip(&names);
    if let Some(objection) = known
        .into_iter()
        .find_map(|(word, name)| known_program(word, name))
    {
        return Some(objection);
    }
    builds_by_word(&names).or_else(|| waits_for_a_person(&names))
}

/// What is known against a program, by the word that names it and by its name alone.
fn known_program(word: &str, name: &str) -> Option<String> {
    let is_init = matches!(
        word,
        "/sbin/init" | "/usr/sbin/init" | "/init" | "/lib/systemd/systemd"
    );
    if NEED_ROOT.contains(&name) || name.starts_with("php-fpm") || is_init {
        return Some(format!("`{name}` is made to start as root"));
    }
    if KEEP_DATA.contains(&name) {
        return Some(format!(
            "`{name}` keeps data in folders that the file does not show"
        ));
    }
    if BUILD.contains(&name) {
        return Some(format!(
            "`{name}` builds when the image starts, and writes beside its sources"
        ));
    }
    word.starts_with("/root/")
        .then(|| format!("`{word}` is in the home of root, where no other user can read"))
}

/// Programs that start the program that their words name.
const WRAPPERS: &[&str] = &[
    "command",
    "dumb-init",
    "env",
    "exec",
    "nohup",
    "tini",
    "time",
];

/// The words of a command from the program on that others only start.
pub(super) fn without_wrappers(words: &[String]) -> &[String] {
    let is_wrapper = |word: &String| {
        let name = word.rsplit('/').next().unwrap_or(word);
        WRAPPERS.contains(&name) || name == "--" || name.contains('=')
    };
    let start = words.iter().take_while(|word| is_wrapper(word)).count();
    words.get(start..).unwrap_or(&[])
}

/// Why a command of a start script should not lose root; what its other words name does not count.
pub(super) fn objection_to_command(words: &[String]) -> Option<String> {
    let name = |word: &String| word.rsplit('/').next().unwrap_or(word).to_string();
    let first = words.first().filter(|word| !word.is_empty())?;
    let known = known_program(first, &name(first));
    let names: Vec<String> = words.iter().map(name).collect();
    known.or_else(|| builds_by_word(&names.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn builds_by_word(names: &[&str]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let words = match *first {
        "npm" | "yarn" | "pnpm" | "next" | "npx" | "bun" => BUILD_WORDS,
        "go" | "dotnet" | "swift" | "flutter" | "deno" => &["run", "build", "test", "watch"][..],
        _ => return None,
    };
    let found = rest.iter().find(|word| words.contains(word))?;
    Some(format!(
        "`{first} {found}` builds when the image starts, and writes beside its sources"
    ))
}

/// A shell or an interpreter without a script.
fn waits_for_a_person(names: &[&str]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let is_interpreter = INTERACTIVE.contains(first) || first.starts_with("python3.");
    let options_only = rest.iter().all(|word| {
        matches!(
            *word,
            "-i" | "-l" | "-a" | "--login" | "-s" | "--interactive" | "-"
        )
    });
    (is_interpreter && options_only).then(|| {
        format!(
            "`{first}` waits for a person, so this is a base for other images or a place to work in"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn has_objection(words: &[&str]) -> bool {
        objection(
            &words
                .iter()
                .map(|word| (*word).to_string())
                .collect::<Vec<_>>(),
        )
        .is_some()
    }

    #[test]
    fn servers_builds_and_shells_keep_root() {
        for words in [
            &["/usr/sbin/sshd", "-D"][..],
            &["tini", "--", "supervisord"],
            &["php-fpm7.4"],
            &["bash"],
            &["php", "-a"],
            &["npm", "run", "dev"],
            &["dotnet", "run"],
            &["./gradlew", "bootRun"],
            &["/root/app/run"],
            &["redis-server"],
        ] {
            assert!(has_objection(words), "{words:?}");
        }
        for words in [
            &["python", "app.py"][..],
            &["node", "server.js"],
            &["npm", "start"],
            &["java", "-jar", "/app.jar"],
            &["dotnet", "App.dll"],
            &["gunicorn", "app:app"],
            &["/entrypoint.sh"],
            &["sh", "-c", "exec app"],
        ] {
            assert!(!has_objection(words), "{words:?}");
        }
    }
}
