//! What is known of packages: their names in each family of distributions, and what they are for.
//!
//! Source: `profiles/packages.yaml`, in which every fact has its own.

use serde::Deserialize;

/// A package. What is `None` is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Our own name for it, mostly Debian's.
    pub name: &'static str,
    pub purpose: &'static str,
    /// The programs that it brings.
    pub commands: &'static [&'static str],
    /// By Debian's names, the packages with programs that come along there only because they are recommended.
    pub recommends: &'static [&'static str],
    /// What to install instead on RHEL and UBI; empty: nothing, it is not needed there.
    pub rhel: Option<&'static [&'static str]>,
    /// The RHEL majors whose UBI repositories are known to have all of `rhel`; empty: known to need a subscription.
    pub ubi: Option<&'static [u64]>,
    /// The RHEL majors whose UBI images bring it, or something in its place that would conflict.
    pub preinstalled: &'static [u64],
    /// Whether UBI's minimal images have it without its files.
    pub reinstall: bool,
    pub note: Option<&'static str>,
}

/// What a package is for, of the kinds that an application can do without. A library, say, is used without being named, so
/// there is no purpose for it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Purpose {
    Archive,
    BuildTool,
    Compiler,
    Debugger,
    Documentation,
    Download,
    Editor,
    NetworkTool,
    PackageManager,
    ShellComfort,
    SshClient,
    SshServer,
    VersionControl,
}

impl Purpose {
    /// As [`Package::purpose`] has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Archive => "archive",
            Self::BuildTool => "build-tool",
            Self::Compiler => "compiler",
            Self::Debugger => "debugger",
            Self::Documentation => "documentation",
            Self::Download => "download",
            Self::Editor => "editor",
            Self::NetworkTool => "network-tool",
            Self::PackageManager => "package-manager",
            Self::ShellComfort => "shell-comfort",
            Self::SshClient => "ssh-client",
            Self::SshServer => "ssh-server",
            Self::VersionControl => "version-control",
        }
    }
}

/// A family of distributions that share package names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Debian and Ubuntu
    Debian,
    Alpine,
    /// RHEL, UBI, CentOS, Fedora and their like
    RedHat,
}

include!(concat!(env!("OUT_DIR"), "/packages.rs"));

/// The package of that name in a family.
pub fn find(family: Family, name: &str) -> Option<&'static Package> {
    let index = match family {
        Family::Debian => APT,
        Family::Alpine => APK,
        Family::RedHat => RHEL,
    };
    let at = index.binary_search_by(|(one, _)| (*one).cmp(name)).ok()?;
    let (_, number) = index.get(at)?;
    ALL.get(*number)
}

/// Whether a known package of a distribution brings this program.
pub fn is_command(program: &str) -> bool {
    ALL.iter().any(|one| one.commands.contains(&program))
}

/// The name of a package that is known on Debian.
pub fn debian_name(name: &str) -> Option<&'static str> {
    let at = APT.binary_search_by(|(one, _)| (*one).cmp(name)).ok()?;
    APT.get(at).map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_their_family() {
        let curl = find(Family::Debian, "curl").unwrap();
        assert_eq!(curl.rhel, Some(&["curl"][..]));
        assert_eq!(
            find(Family::Alpine, "icu-libs").unwrap().rhel,
            Some(&["libicu"][..])
        );
        assert_eq!(find(Family::Debian, "no-such-package"), None);
    }

    #[test]
    fn every_purpose_is_that_of_a_package() {
        use Purpose::*;
        for purpose in [
            Archive,
            BuildTool,
            Compiler,
            Debugger,
            Documentation,
            Download,
            Editor,
            NetworkTool,
            PackageManager,
            ShellComfort,
            SshClient,
            SshServer,
            VersionControl,
        ] {
            let name = purpose.as_str();
            assert!(ALL.iter().any(|one| one.purpose == name), "{name}");
        }
    }

    #[test]
    fn a_name_stands_once_in_a_family() {
        for index in [APT, APK, RHEL] {
            assert!(index.windows(2).all(|pair| pair[0].0 < pair[1].0));
        }
    }
}
