//! Table tests in the shapes that real Dockerfiles have.

use super::*;
use crate::syntax::shell::parse;

fn script(text: &str) -> Script {
    parse(text, 0).unwrap_or_else(|opaque| panic!("{text:?}: {opaque:?}"))
}

/// `manager action [options] packages`, one call a line.
fn summary(text: &str) -> String {
    let script = script(text);
    let lines: Vec<_> = package_commands(&script)
        .iter()
        .map(|command| {
            let options = command.options.iter().map(|option| match &option.value {
                Some(value) => format!("{}={}", option.name, value.text.as_deref().unwrap_or("?")),
                None => option.name.clone(),
            });
            let packages = command.packages.iter().map(|package| {
                let name = package.name.as_deref().unwrap_or("?");
                match &package.version {
                    Version::Any => name.to_owned(),
                    Version::Literal(version) => format!("{name}@{version}"),
                    Version::Unknown => format!("{name}@?"),
                }
            });
            let options = options.collect::<Vec<_>>().join(" ");
            let packages = packages.collect::<Vec<_>>().join(" ");
            format!(
                "{:?} {:?} [{options}] {packages}",
                command.manager, command.action
            )
            .trim_end()
            .to_owned()
        })
        .collect();
    lines.join("\n")
}

#[test]
fn each_manager_is_read_by_its_own_grammar() {
    let table = [
        ("apt-get update", "AptGet Update []"),
        ("apt-get update -qq", "AptGet Update [-q -q -qq]"),
        (
            "apt-get install -y --no-install-recommends curl=7.1 git/stable libc6:i386 'x'",
            "AptGet Install [-y --no-install-recommends] curl@7.1 git libc6 x",
        ),
        (
            "apt-get -o Dpkg::Options::=--force-confold -t bullseye-backports install -yq a",
            "AptGet Install [-o=Dpkg::Options::=--force-confold -t=bullseye-backports -y -q] a",
        ),
        (
            "apt-get install -oAcquire::Retries=3 -q=2 a",
            "AptGet Install [-o=Acquire::Retries=3 -q=2] a",
        ),
        (
            "apt install -y ./a.deb /tmp/b.deb",
            "Apt Install [-y] ./a.deb /tmp/b.deb",
        ),
        (
            "apt-get purge -y --auto-remove a && apt-get clean",
            "AptGet Remove [-y --auto-remove] a\nAptGet Clean []",
        ),
        ("apt-get install g++ vim-", "AptGet Install [] g++ ?"),
        ("apt-get -y dist-upgrade", "AptGet Upgrade [-y]"),
        (
            "apt-get install -y $PKGS a=$V \"b\"* $(cat list)",
            "AptGet Install [-y] ?@? a@? ?@? ?@?",
        ),
        (
            "apt-get --option=$X install a",
            "AptGet Install [--option=?] a",
        ),
        ("aptitude -y safe-upgrade", "Aptitude Upgrade [-y]"),
        (
            "apk add --no-cache a=1.2-r0 b~=2 'c>3' d@edge",
            "Apk Install [--no-cache] a@1.2-r0 b@~=2 c@>3 d@@edge",
        ),
        (
            "apk --no-cache add -t .build-deps --repository http://x/y gcc",
            "Apk Install [--no-cache -t=.build-deps --repository=http://x/y] gcc",
        ),
        (
            "apk add --virtual=.d a -X $R b",
            "Apk Install [--virtual=.d -X=?] a b",
        ),
        (
            "apk add --update-cache -U a",
            "Apk Install [--update-cache -U] a",
        ),
        (
            "apk del .build-deps && apk upgrade",
            "Apk Remove [] .build-deps\nApk Upgrade []",
        ),
        (
            "yum install -y --setopt=tsflags=nodocs --enablerepo epel a-1.2 && yum clean all",
            "Yum Install [-y --setopt=tsflags=nodocs --enablerepo=epel] a-1.2\nYum Clean []",
        ),
        (
            "dnf -y group install 'Development Tools'",
            "Dnf Install [-y] Development Tools",
        ),
        ("dnf update -y", "Dnf Upgrade [-y]"),
        (
            "microdnf install -y --nodocs --setopt install_weak_deps=0 a",
            "Microdnf Install [-y --nodocs --setopt=install_weak_deps=0] a",
        ),
        ("tdnf makecache", "Tdnf Update []"),
        (
            "zypper -n --gpg-auto-import-keys ref && zypper --root /x -n in -y --no-recommends a=1 'b>=2'",
            "Zypper Update [-n --gpg-auto-import-keys]\nZypper Install [--root=/x -n -y --no-recommends] a@1 b@>=2",
        ),
        (
            "pip install --no-cache-dir -r requirements.txt 'a[b]==1.0' c>=2 git+https://x/y@z .",
            "Pip Install [--no-cache-dir -r=requirements.txt] a@1.0 c git+https://x/y@z .",
        ),
        ("python3 -m pip install -U pip", "Pip Install [-U] pip"),
        (
            "python3.11 -u -m pip install 'a~=1,<2'",
            "Pip Install [] a@~=1,<2",
        ),
        (
            "/opt/venv/bin/pip3 install -i https://x a",
            "Pip Install [-i=https://x] a",
        ),
        (
            "npm install -g yarn@1.22 @scope/x@2 y",
            "Npm Install [-g] yarn@1.22 @scope/x@2 y",
        ),
        (
            "npm ci --omit dev && npm cache clean --force",
            "Npm Install [--omit=dev]\nNpm Clean [--force]",
        ),
        ("npm run build", "Npm Other []"),
        ("yarn", "Yarn Install []"),
        ("yarn --version", "Yarn Other [--version]"),
        (
            "yarn global add --prefix /x a@1",
            "Yarn Install [--prefix=/x] a@1",
        ),
        (
            "pnpm add -D a && pnpm store prune",
            "Pnpm Install [-D] a\nPnpm Clean []",
        ),
        (
            "gem install bundler -v 2.1 --no-document",
            "Gem Install [-v=2.1 --no-document] bundler@2.1",
        ),
        (
            "go install -ldflags '-s -w' a/b@v1 ./cmd/x",
            "Go Install [-ldflags=-s -w] a/b@v1 ./cmd/x",
        ),
        ("go build -o x .", "Go Other [-o=x]"),
        (
            "cargo +nightly install --locked --version 1.2 a",
            "Cargo Install [--locked --version=1.2] a@1.2",
        ),
        (
            "composer global require a/b:^1",
            "Composer Install [] a/b@^1",
        ),
    ];
    for (text, expected) in table {
        assert_eq!(summary(text), expected, "{text:?}");
    }
}

#[test]
fn a_redirect_is_no_version() {
    // The shell takes `>=2` for a redirect, and so do we.
    assert_eq!(summary("pip install c>=2"), "Pip Install [] c");
}

#[test]
fn wrappers_assignments_and_pipes_are_looked_through() {
    let table = [
        ("sudo -E apt-get update", "AptGet Update []"),
        (
            "sudo -u root DEBIAN_FRONTEND=x apt-get install a",
            "AptGet Install [] a",
        ),
        (
            "DEBIAN_FRONTEND=noninteractive apt-get install a",
            "AptGet Install [] a",
        ),
        (
            "env -u X A=$B /usr/bin/apt-get install a",
            "AptGet Install [] a",
        ),
        ("yes | apt-get install a", "AptGet Install [] a"),
        (
            "cat list | xargs -n 1 apt-get install -y",
            "AptGet Install [-y]",
        ),
        ("timeout -k 5 60 apt-get update", "AptGet Update []"),
        ("x=$(apt-get update)", "AptGet Update []"),
        (
            "if ! apk add a; then apk add b; fi",
            "Apk Install [] a\nApk Install [] b",
        ),
        ("sh -c 'apt-get update'", ""),
        ("echo apt-get install a", ""),
        ("$SUDO apt-get update", ""),
        ("command -v apt-get", ""),
        ("apt-get $ACTION a", "AptGet Other []"),
        ("apt-get", "AptGet Other []"),
    ];
    for (text, expected) in table {
        assert_eq!(summary(text), expected, "{text:?}");
    }
}

#[test]
fn words_are_found_again_by_their_indices() {
    let text = "sudo FOO=bar apt-get -t sid install -y curl git=$V";
    let script = script(text);
    let commands = package_commands(&script);
    let command = &commands[0];
    let word = |index: usize| command.site.command.words[index].span.slice(text);
    assert_eq!(word(command.name_index), "apt-get");
    assert_eq!(command.action_index.map(word), Some("install"));
    let names: Vec<_> = command
        .packages
        .iter()
        .map(|package| word(package.index))
        .collect();
    assert_eq!(names, ["curl", "git=$V"]);
    assert_eq!(command.packages[1].span.slice(text), "git=$V");
    let release = command.option(&["-t"]).expect("an option");
    assert_eq!(
        release.value.as_ref().map(|value| word(value.index)),
        Some("sid")
    );
    assert_eq!(command.environment[0].name, "FOO");
    assert_eq!(command.environment[0].value.as_deref(), Some("bar"));
    assert_eq!(command.span().slice(text), text);
    assert!(command.all_packages_known());
}

#[test]
fn questions_are_answered_by_flags_pipes_or_nobody() {
    let table = [
        ("apt-get install a", false),
        ("apt-get install -y a", true),
        ("apt-get -qqy install a", true),
        ("apt-get -qq install a", true),
        ("apt-get -q install a", false),
        ("yes | apt-get install a", true),
        ("yum install a --assumeyes", true),
        ("zypper -n in a", true),
        ("apk add a", true),
    ];
    for (text, expected) in table {
        let script = script(text);
        assert_eq!(
            package_commands(&script)[0].is_non_interactive(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn emptied_caches_are_found() {
    use Cache::*;
    let table: &[(&str, &[Cache])] = &[
        ("rm -rf /var/lib/apt/lists/*", &[AptLists]),
        (
            "rm -fr \"/var/lib/apt/lists\"/* /var/cache/apk/*",
            &[AptLists, Apk],
        ),
        ("rm -r /var/lib/apt/lists /tmp/*", &[AptLists]),
        (
            "rm --recursive /var/cache",
            &[AptArchives, Apk, Yum, Dnf, Tdnf, Zypper],
        ),
        ("rm /var/lib/apt/lists/*", &[]),
        ("rm /var/cache/apk/*", &[Apk]),
        ("sudo rm -rf /var/lib/apt/lists/", &[AptLists]),
        ("rm -rf /var/lib/apt/lists/*.gz", &[]),
        ("rm -rf /var/lib/apt/lists/$X", &[]),
        ("rm -rf /var/lib/apt/listsx", &[]),
        ("rm -rf ~/.cache/pip /root/.npm", &[Pip, Npm]),
        ("apt-get clean", &[AptArchives]),
        ("apt-get autoclean", &[]),
        ("apt-get dist-clean", &[AptArchives, AptLists]),
        ("yum clean all && rm -rf /var/cache/yum", &[Yum, Yum]),
        ("yum clean metadata", &[]),
        (
            "dnf -y clean all; microdnf clean all; tdnf clean all",
            &[Dnf, Dnf, Tdnf],
        ),
        ("zypper clean -a && zypper cc --all", &[Zypper, Zypper]),
        ("zypper clean", &[]),
        ("pip cache purge", &[Pip]),
        ("npm cache clean --force", &[Npm]),
        ("npm cache clean", &[]),
        ("yarn cache clean", &[Yarn]),
        ("rm -rf", &[]),
    ];
    for (text, expected) in table {
        let script = script(text);
        let found: Vec<_> = cleanups(&script)
            .iter()
            .map(|cleanup| cleanup.cache)
            .collect();
        assert_eq!(&found, expected, "{text:?}");
    }
}

/// `name` of each use, `?name` where more may run, `(name)` for a look-up.
fn uses(text: &str) -> String {
    let script = script(text);
    let names: Vec<_> = commands_used(&script)
        .iter()
        .map(|used| {
            assert!(!used.span.slice(text).is_empty());
            let name = used.name.as_deref().unwrap_or("");
            match (used.is_lookup, used.unknown) {
                (true, _) => format!("({name})"),
                (false, Some(_)) => format!("?{name}"),
                (false, None) => name.to_owned(),
            }
        })
        .collect();
    names.join(" ")
}

#[test]
fn every_command_word_is_listed() {
    let table = [
        ("set -e; a && b | c || ! d", "set a b c d"),
        ("a $(b `c`) <(d) \"${X:-$(e)}\"", "a b c d e"),
        ("if a; then b; else c; fi; while d; do e; done", "a b c d e"),
        (
            "exec a; env X=1 b; sudo -u x c; nohup d; time e; timeout 5 f",
            "exec a env b sudo c nohup d time e timeout f",
        ),
        ("x | xargs -0 -n 1 rm -f", "x xargs rm"),
        (
            "command -v a >/dev/null; command b; which c",
            "command (a) command b which (c)",
        ),
        (
            "find / -name x -exec chmod a-s {} + -exec $C {} \\;",
            "find chmod ?",
        ),
        ("$CMD x", "?"),
        ("eval \"$X\"", "?eval"),
        (
            "sh script; bash -c 'a'; . ./env; curl x | sh",
            "?sh ?bash ?. curl ?sh",
        ),
        (
            "make -j4 install; ./configure; /opt/x/run.sh; python3 setup.py",
            "?make ?./configure ?/opt/x/run.sh ?python3",
        ),
        (
            "/usr/bin/curl x; python3 --version",
            "/usr/bin/curl python3",
        ),
        ("a `b \\`c\\``", "a ?"),
        ("f() { a; }; f", "a f"),
        ("env -S 'a b'", "?env"),
        ("A=1 B=$(c)", "c"),
        ("cat <<E\n$(a)\nE\n", "cat a"),
        ("trap 'rm x' EXIT", "trap ?"),
    ];
    for (text, expected) in table {
        let found = uses(text);
        assert_eq!(found, expected, "{text:?}");
    }
}
