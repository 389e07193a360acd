//! The command lines of the package managers: sub-commands, and the options that take a value.
//!
//! From the manual pages and `--help` texts of apt 2.6, aptitude 0.8, apk-tools 2.14, yum 3.4, dnf 4, microdnf 3,
//! zypper 1.14, pip 23, npm 10, yarn 1.22, pnpm 9, gem 3, go 1.22, cargo 1.75 and composer 2.

mod languages;

pub(super) use languages::{CARGO, COMPOSER, GEM, GO, NPM, PIP, PNPM, YARN};

use super::Action::{self, Clean, Install, Remove, Update, Upgrade};

/// How a package word names a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PackageSyntax {
    /// `name=1`, `name/release`, `name:architecture`, and a trailing `-` or `+`
    Apt,
    /// `name=1`, `name~1`, `name>1`, `name@tag`
    Apk,
    /// `name-1-2.noarch`, which only the repository can split
    Rpm,
    /// `name=1`, `name>=1`
    Zypper,
    /// `name[extra]==1`
    Pip,
    /// `name@1`, `@scope/name@1`
    At,
    /// `name:1`
    Colon,
}

/// The command line of a package manager.
pub(super) struct Grammar {
    /// Sub-commands and what they do.
    pub actions: &'static [(&'static str, Action)],
    /// Sub-commands that want another word: `cache clean`.
    pub prefixes: &'static [&'static str],
    /// Options that take a value, in the next word unless joined.
    pub with_value: &'static [&'static str],
    /// As `with_value`, only in front of the sub-command.
    pub with_value_before: &'static [&'static str],
    /// Whether `-abc` is one option and not three.
    pub single_dash_words: bool,
    pub packages: PackageSyntax,
}

pub(super) const APT: Grammar = Grammar {
    actions: &[
        ("update", Update),
        ("install", Install),
        ("reinstall", Install),
        ("remove", Remove),
        ("purge", Remove),
        ("autoremove", Remove),
        ("auto-remove", Remove),
        ("autopurge", Remove),
        ("upgrade", Upgrade),
        ("dist-upgrade", Upgrade),
        ("full-upgrade", Upgrade),
        ("safe-upgrade", Upgrade),
        ("clean", Clean),
        ("autoclean", Clean),
        ("auto-clean", Clean),
        ("distclean", Clean),
        ("dist-clean", Clean),
    ],
    prefixes: &[],
    with_value: &[
        "-t",
        "--target-release",
        "--default-release",
        "-o",
        "--option",
        "-c",
        "--config-file",
        "-a",
        "--host-architecture",
        "-P",
        "--build-profiles",
        "--solver",
        "--planner",
        "-S",
        "--snapshot",
    ],
    with_value_before: &[],
    single_dash_words: false,
    packages: PackageSyntax::Apt,
};

pub(super) const APK: Grammar = Grammar {
    actions: &[
        ("update", Update),
        ("add", Install),
        ("del", Remove),
        ("upgrade", Upgrade),
        ("cache clean", Clean),
        ("cache purge", Clean),
    ],
    prefixes: &["cache"],
    with_value: &[
        "-t",
        "--virtual",
        "-X",
        "--repository",
        "-p",
        "--root",
        "--arch",
        "--cache-dir",
        "--cache-max-age",
        "--keys-dir",
        "--progress-fd",
        "--repositories-file",
        "--wait",
        "--timeout",
    ],
    with_value_before: &[],
    single_dash_words: false,
    packages: PackageSyntax::Apk,
};

pub(super) const RPM: Grammar = Grammar {
    actions: &[
        ("makecache", Update),
        ("check-update", Update),
        ("install", Install),
        ("in", Install),
        ("localinstall", Install),
        ("reinstall", Install),
        ("groupinstall", Install),
        ("group install", Install),
        ("groups install", Install),
        ("module install", Install),
        ("remove", Remove),
        ("erase", Remove),
        ("autoremove", Remove),
        ("groupremove", Remove),
        ("group remove", Remove),
        ("update", Upgrade),
        ("upgrade", Upgrade),
        ("update-minimal", Upgrade),
        ("upgrade-minimal", Upgrade),
        ("distro-sync", Upgrade),
        ("clean", Clean),
    ],
    prefixes: &["group", "groups", "module"],
    with_value: &[
        "-c",
        "--config",
        "-x",
        "--exclude",
        "-d",
        "--debuglevel",
        "-e",
        "--errorlevel",
        "-R",
        "--randomwait",
        "--enablerepo",
        "--disablerepo",
        "--repo",
        "--repoid",
        "--setopt",
        "--releasever",
        "--installroot",
        "--forcearch",
        "--arch",
        "--disableplugin",
        "--enableplugin",
        "--downloaddir",
        "--destdir",
        "--comment",
        "--advisory",
        "--advisories",
        "--cve",
        "--cves",
        "--bz",
        "--sec-severity",
        "--color",
        "--rpmverbosity",
        "--disableexcludes",
        "--repofrompath",
    ],
    with_value_before: &[],
    single_dash_words: false,
    packages: PackageSyntax::Rpm,
};

pub(super) const ZYPPER: Grammar = Grammar {
    actions: &[
        ("refresh", Update),
        ("ref", Update),
        ("install", Install),
        ("in", Install),
        ("remove", Remove),
        ("rm", Remove),
        ("update", Upgrade),
        ("up", Upgrade),
        ("patch", Upgrade),
        ("dist-upgrade", Upgrade),
        ("dup", Upgrade),
        ("clean", Clean),
        ("cc", Clean),
    ],
    prefixes: &[],
    with_value: &[
        "-r",
        "--repo",
        "-t",
        "--type",
        "--from",
        "--download",
        "--solver-focus",
    ],
    with_value_before: &[
        "-R",
        "--root",
        "--installroot",
        "-c",
        "--config",
        "-D",
        "--reposd-dir",
        "-C",
        "--cache-dir",
        "--raw-cache-dir",
        "--solv-cache-dir",
        "--pkg-cache-dir",
        "-p",
        "--plus-repo",
        "--plus-content",
        "--userdata",
        "--releasever",
    ],
    single_dash_words: false,
    packages: PackageSyntax::Zypper,
};
