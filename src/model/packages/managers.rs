//! The package managers: their names, and what holds for each of them.

use super::grammars::{
    APK, APT, CARGO, COMPOSER, GEM, GO, Grammar, NPM, PIP, PNPM, RPM, YARN, ZYPPER,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PackageManager {
    AptGet,
    Apt,
    Aptitude,
    Apk,
    Yum,
    Dnf,
    Microdnf,
    Tdnf,
    Zypper,
    Pip,
    Npm,
    Yarn,
    Pnpm,
    Gem,
    Go,
    Cargo,
    Composer,
}

impl PackageManager {
    /// The manager that a program name stands for. `python -m pip` is not a name and is found elsewhere.
    pub fn from_program(name: &str) -> Option<Self> {
        Some(match name {
            "apt-get" => Self::AptGet,
            "apt" => Self::Apt,
            "aptitude" => Self::Aptitude,
            "apk" => Self::Apk,
            "yum" => Self::Yum,
            "dnf" | "dnf5" | "dnf-3" => Self::Dnf,
            "microdnf" => Self::Microdnf,
            "tdnf" => Self::Tdnf,
            "zypper" => Self::Zypper,
            "npm" => Self::Npm,
            "yarn" | "yarnpkg" => Self::Yarn,
            "pnpm" => Self::Pnpm,
            "gem" => Self::Gem,
            "go" => Self::Go,
            "cargo" => Self::Cargo,
            "composer" | "composer.phar" => Self::Composer,
            _ if is_versioned(name, "pip") => Self::Pip,
            _ => return None,
        })
    }

    /// Whether the manager installs what the operating system is made of.
    pub fn is_system(self) -> bool {
        matches!(
            self,
            Self::AptGet
                | Self::Apt
                | Self::Aptitude
                | Self::Apk
                | Self::Yum
                | Self::Dnf
                | Self::Microdnf
                | Self::Tdnf
                | Self::Zypper
        )
    }

    /// Whether the manager reads Debian packages.
    pub fn is_debian(self) -> bool {
        matches!(self, Self::AptGet | Self::Apt | Self::Aptitude)
    }

    pub(super) fn grammar(self) -> &'static Grammar {
        match self {
            Self::AptGet | Self::Apt | Self::Aptitude => &APT,
            Self::Apk => &APK,
            Self::Yum | Self::Dnf | Self::Microdnf | Self::Tdnf => &RPM,
            Self::Zypper => &ZYPPER,
            Self::Pip => &PIP,
            Self::Npm => &NPM,
            Self::Yarn => &YARN,
            Self::Pnpm => &PNPM,
            Self::Gem => &GEM,
            Self::Go => &GO,
            Self::Cargo => &CARGO,
            Self::Composer => &COMPOSER,
        }
    }

    /// Options that answer all questions with yes.
    pub(super) fn yes_options(self) -> &'static [&'static str] {
        match self {
            Self::AptGet | Self::Apt | Self::Aptitude => &["-y", "--yes", "--assume-yes", "-qq"],
            Self::Yum | Self::Dnf | Self::Microdnf | Self::Tdnf => &["-y", "--assumeyes"],
            Self::Zypper => &["-y", "--no-confirm", "-n", "--non-interactive"],
            Self::Pip => &["-y", "--yes"],
            Self::Composer => &["-n", "--no-interaction"],
            _ => &[],
        }
    }

    /// Whether the manager installs without a question.
    pub(super) fn never_asks(self) -> bool {
        matches!(
            self,
            Self::Apk | Self::Npm | Self::Yarn | Self::Pnpm | Self::Gem | Self::Go | Self::Cargo
        )
    }
}

/// Whether `name` is `stem`, or `stem` and a version: `pip3`, `python3.11`.
pub(super) fn is_versioned(name: &str, stem: &str) -> bool {
    name.strip_prefix(stem).is_some_and(|version| {
        version
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.')
    })
}
