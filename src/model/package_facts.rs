//! What is known of packages: their names in each family of distributions, and what they are for.
//!
//! Source: `profiles/packages.yaml`, in which every fact has its own.

use serde::Deserialize;

use super::packed::Packed;

/// A package. What is `None` is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Package {
    /// Our own name for it, mostly Debian's.
    pub name: &'static str,
    pub purpose: &'static str,
    /// The programs that it brings.
    pub commands: Words,
    /// By Debian's names, the packages with programs that come along there only because they are recommended.
    pub recommends: Words,
    /// What to install instead on RHEL and UBI; empty: nothing, it is not needed there.
    pub rhel: Option<Words>,
    /// The RHEL majors whose UBI repositories are known to have all of `rhel`; empty: known to need a subscription.
    pub ubi: Option<Words>,
    /// The RHEL majors whose UBI images bring it, or something in its place that would conflict.
    pub preinstalled: Words,
    /// Whether UBI's minimal images have it without its files.
    pub reinstall: bool,
    pub note: Option<&'static str>,
}

impl Package {
    /// The fields as the build script joins them.
    fn read(line: &'static str) -> Option<Self> {
        let mut fields = line
            .split('\t')
            .map(|field| (field != "?").then_some(field));
        let mut next = || fields.next().flatten();
        Some(Self {
            name: next()?,
            purpose: next()?,
            commands: Words(next()?),
            recommends: Words(next()?),
            rhel: next().map(Words),
            ubi: next().map(Words),
            preinstalled: Words(next()?),
            reinstall: next()? == "true",
            note: next(),
        })
    }
}

/// Words with blanks between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Words(&'static str);

impl Words {
    pub fn iter(self) -> impl Iterator<Item = &'static str> {
        self.0.split_ascii_whitespace()
    }

    pub fn as_str(self) -> &'static str {
        self.0
    }

    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    pub fn has_number(self, number: u64) -> bool {
        self.iter().any(|word| word.parse() == Ok(number))
    }
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
pub fn find(family: Family, name: &str) -> Option<Package> {
    let (names, rows) = match family {
        Family::Debian => (APT, APT_ROWS),
        Family::Alpine => (APK, APK_ROWS),
        Family::RedHat => (RHEL, RHEL_ROWS),
    };
    let row = *rows.get(names.position(name)?)?;
    Package::read(ALL.get(usize::from(row))?)
}

/// Whether a known package of a distribution brings this program.
pub fn is_command(program: &str) -> bool {
    COMMANDS.position(program).is_some()
}

/// The name of a package that is known on Debian.
pub fn debian_name(name: &str) -> Option<&'static str> {
    APT.get(APT.position(name)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_their_family() {
        let curl = find(Family::Debian, "curl").unwrap();
        assert_eq!(curl.rhel, Some(Words("curl")));
        assert_eq!(
            find(Family::Alpine, "icu-libs").unwrap().rhel,
            Some(Words("libicu"))
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
            assert!(packages().any(|one| one.purpose == name), "{name}");
        }
    }

    fn all(texts: &Packed) -> impl Iterator<Item = &'static str> {
        (0..texts.ends.len()).map(|index| texts.get(index).unwrap())
    }

    fn packages() -> impl Iterator<Item = Package> {
        all(&ALL).map(|line| Package::read(line).unwrap())
    }

    #[test]
    fn every_row_is_read_whole() {
        assert!(packages().count() > 600);
        for package in packages() {
            let reads = |text: &str| text.contains('\t') || text.is_empty();
            assert!(!reads(package.name) && !reads(package.purpose));
            assert!(package.note.is_none_or(|note| !reads(note)));
            let numbers = package
                .preinstalled
                .iter()
                .chain(package.ubi.into_iter().flat_map(Words::iter));
            assert!(numbers.map(str::parse::<u64>).all(|one| one.is_ok()));
            assert!(package.commands.iter().all(is_command));
        }
    }

    #[test]
    fn a_name_stands_once_in_a_family() {
        for names in [APT, APK, RHEL, COMMANDS] {
            let names: Vec<&str> = all(&names).collect();
            assert!(names.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
