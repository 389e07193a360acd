//! The YAML of a profile, with every value checked where it is read, so that errors have a line and a column.

mod bases;

use std::collections::BTreeMap;

use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

pub use self::bases::{BaseMap, Copies, Remedy, Target, When};
use crate::model::package_facts::Purpose;
use crate::pipeline::Settings;

/// A profile as written; `extends` is not yet resolved.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    #[serde(deserialize_with = "version")]
    pub version: u32,
    #[serde(deserialize_with = "kebab_case")]
    pub name: String,
    pub title: String,
    /// What to know before using it; Markdown.
    #[serde(default)]
    pub description: String,
    /// A built-in profile, or a file beside this one.
    pub extends: Option<String>,
    #[serde(default, rename = "match")]
    pub matches: Match,
    #[serde(default)]
    pub bases: Vec<BaseMap>,
    /// By the name of a registry: what stands for it in references, perhaps with holes.
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub mirrors: BTreeMap<String, String>,
    #[serde(
        default,
        rename = "let",
        with = "serde_with::rust::maps_duplicate_key_is_error"
    )]
    pub holes: BTreeMap<String, Hole>,
    #[serde(default)]
    pub steps: Vec<Step>,
    /// The profile is about pipelines, and wants this of them.
    pub pipeline: Option<Settings>,
    /// What the packages are for that the rule for needless packages takes out; it has a choice of its own without them.
    #[serde(default)]
    pub strip: Vec<Purpose>,
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    pub rules: BTreeMap<String, RuleSwitch>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleSwitch {
    #[default]
    On,
    Off,
}

/// Which stages a profile is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Match {
    #[serde(default)]
    pub stage: StageRole,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StageRole {
    /// The shipped stage and the stages it is built FROM.
    #[default]
    Runtime,
    /// Every other stage with an image of its own.
    Build,
}

/// A value of the profile.
#[derive(Clone, Debug)]
pub enum Hole {
    /// That the profile gives.
    Given(String),
    /// That is read from the file.
    Read(Reading),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reading {
    pub read: Vec<StartInstruction>,
    /// The words of an exec form; the one with `*` is what fills the hole.
    pub argv: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StartInstruction {
    Entrypoint,
    Cmd,
}

/// One verb, one place, one reason.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawStep")]
pub struct Step {
    pub verb: Verb,
    pub why: Option<String>,
    /// Written as a comment line above.
    pub comment: Option<String>,
    /// Whether a blank line comes first.
    pub space: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verb {
    /// The files of the application belong to a group, and the group may do what the owner may.
    Own {
        what: Owned,
        group: String,
        /// Also given to a user.
        owner: Option<String>,
        /// The image is to run as any user of the group, so what the file gives to a user of its own is the group's too.
        any_user: bool,
    },
    /// The image runs as a numeric user.
    User {
        /// This one,
        uid: String,
        /// or the one that the image has for applications.
        prefer_image: bool,
        /// What holds of a base image whose user is not known.
        unknown_base: UnknownBase,
    },
    Env {
        values: BTreeMap<String, String>,
        /// A value that the file or the base image sets already stays.
        unless_set: bool,
    },
    /// The application opens other ports.
    Listen {
        kind: ListenKind,
        ports: BTreeMap<u16, u16>,
    },
    Expose(Expose),
    Cmd(StartCommand),
    Entrypoint(StartCommand),
    Label(BTreeMap<String, String>),
}

impl Verb {
    pub fn name(&self) -> &'static str {
        match self {
            Self::Own { .. } => "own",
            Self::User { .. } => "user",
            Self::Env { .. } => "env",
            Self::Listen { .. } => "listen",
            Self::Expose(_) => "expose",
            Self::Cmd(_) => "cmd",
            Self::Entrypoint(_) => "entrypoint",
            Self::Label(_) => "label",
        }
    }

    /// What other tools call the thing that it does away with.
    pub fn aliases(&self) -> &'static [&'static str] {
        match self {
            Self::User { .. } => &[
                "hadolint:DL3002",
                "cis:4.1",
                "trivy:DS002",
                "checkov:CKV_DOCKER_3",
                "checkov:CKV_DOCKER_8",
                "kics:fd54f200",
                "kics:67fd0c4a",
                "semgrep:dockerfile.security.missing-user.missing-user",
                "semgrep:dockerfile.security.last-user-is-root.last-user-is-root",
            ],
            _ => &[],
        }
    }
}

/// What to do where it is not known which user the base image runs as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnknownBase {
    /// Nothing.
    #[default]
    Hold,
    /// What is right where it runs as root; the assumption is said.
    AssumeRoot,
}

/// How the application is told its ports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ListenKind {
    /// ASPNETCORE_URLS, ASPNETCORE_HTTP_PORTS and their like.
    Aspnetcore,
    /// Whatever the file shows: the variables of ASP.NET Core, PORT and its like, options of the start command.
    Any,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expose {
    /// These ports, and no others.
    Only(u16),
    /// A port becomes another.
    Move(BTreeMap<u16, u16>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StartCommand {
    Shell(String),
    Exec(Vec<String>),
}

const VERBS: &str = "`own`, `user`, `env`, `listen`, `expose`, `cmd`, `entrypoint`, `label`";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    own: Option<Owned>,
    group: Option<String>,
    owner: Option<String>,
    #[serde(default)]
    any_user: bool,
    user: Option<String>,
    at: Option<At>,
    prefer: Option<Prefer>,
    unknown_base: Option<UnknownBase>,
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    env: BTreeMap<String, String>,
    #[serde(default)]
    unless_set: bool,
    listen: Option<ListenKind>,
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    ports: BTreeMap<u16, u16>,
    expose: Option<Expose>,
    cmd: Option<StartCommand>,
    entrypoint: Option<StartCommand>,
    #[serde(default, with = "serde_with::rust::maps_duplicate_key_is_error")]
    label: BTreeMap<String, String>,
    why: Option<String>,
    comment: Option<String>,
    #[serde(default)]
    space: bool,
}

/// Which files change hands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owned {
    /// What the file copies in for the application.
    AppFiles,
    /// Only what the application must write: volumes, and folders that the file makes.
    Writable,
}

#[derive(Clone, Copy, Deserialize)]
enum Prefer {
    #[serde(rename = "image")]
    Image,
}

/// The only place so far where a user can be set.
#[derive(Clone, Copy, Deserialize)]
enum At {
    #[serde(rename = "end")]
    End,
}

impl TryFrom<RawStep> for Step {
    type Error = String;

    fn try_from(raw: RawStep) -> Result<Self, String> {
        let mut verbs = Vec::new();
        if let Some(what) = raw.own {
            let group = raw.group.clone().unwrap_or_else(|| "0".to_string());
            numeric("group", &group)?;
            raw.owner
                .as_deref()
                .map_or(Ok(()), |owner| numeric("owner", owner))?;
            verbs.push(Verb::Own {
                what,
                group,
                owner: raw.owner.clone(),
                any_user: raw.any_user,
            });
        } else if raw.group.is_some() || raw.owner.is_some() || raw.any_user {
            return Err("`group`, `owner` and `any_user` go with `own`".to_string());
        }
        if let Some(user) = &raw.user {
            user.split(':').try_for_each(|part| numeric("user", part))?;
            verbs.push(Verb::User {
                uid: user.clone(),
                prefer_image: raw.prefer.is_some(),
                unknown_base: raw.unknown_base.unwrap_or_default(),
            });
        } else if raw.at.is_some() || raw.prefer.is_some() || raw.unknown_base.is_some() {
            return Err("`at`, `prefer` and `unknown_base` go with `user`".to_string());
        }
        match raw.listen {
            Some(kind) => verbs.push(Verb::Listen {
                kind,
                ports: raw.ports,
            }),
            None if raw.ports.is_empty() => {}
            None => return Err("`ports` goes with `listen`".to_string()),
        }
        if raw.unless_set && raw.env.is_empty() {
            return Err("`unless_set` goes with `env`".to_string());
        }
        verbs.extend((!raw.env.is_empty()).then_some(Verb::Env {
            values: raw.env,
            unless_set: raw.unless_set,
        }));
        verbs.extend(raw.expose.map(Verb::Expose));
        verbs.extend(raw.cmd.map(Verb::Cmd));
        verbs.extend(raw.entrypoint.map(Verb::Entrypoint));
        verbs.extend((!raw.label.is_empty()).then_some(Verb::Label(raw.label)));
        let names: Vec<&str> = verbs.iter().map(Verb::name).collect();
        if names.len() > 1 {
            return Err(format!(
                "a step has one verb, not `{}`",
                names.join("` and `")
            ));
        }
        Ok(Self {
            verb: verbs
                .pop()
                .ok_or_else(|| format!("a step has one verb of {VERBS}"))?,
            why: raw.why,
            comment: raw.comment,
            space: raw.space,
        })
    }
}

fn numeric(what: &str, text: &str) -> Result<(), String> {
    match text.parse::<u32>() {
        Ok(_) => Ok(()),
        Err(_) => Err(format!(
            "`{what}` must be a number in quotes, such as \"1001\", not `{text}`"
        )),
    }
}

fn version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    match u32::deserialize(deserializer)? {
        1 => Ok(1),
        other => Err(de::Error::custom(format!(
            "version {other} is not known; this harden reads version 1"
        ))),
    }
}

fn kebab_case<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    let text = String::deserialize(deserializer)?;
    let valid = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if text.is_empty() || !text.chars().all(valid) {
        let message = format!("`{text}` is no name: lower case letters, digits and `-`");
        return Err(de::Error::custom(message));
    }
    Ok(text)
}

/// A string is the value, a map says where it is read.
impl<'de> Deserialize<'de> for Hole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Hole;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string, or a map with `read` and `argv`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Hole, E> {
                Ok(Hole::Given(text.to_string()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Hole, A::Error> {
                let map = de::value::MapAccessDeserializer::new(map);
                Reading::deserialize(map).map(Hole::Read)
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// A string is the shell form, a list the exec form.
impl<'de> Deserialize<'de> for StartCommand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = StartCommand;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a string (shell form) or a list of strings (exec form)")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<StartCommand, E> {
                Ok(StartCommand::Shell(text.to_string()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<StartCommand, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = list.next_element()? {
                    words.push(word);
                }
                Ok(StartCommand::Exec(words))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// A number is the only port, a map moves ports.
impl<'de> Deserialize<'de> for Expose {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl<'de> Visitor<'de> for Read {
            type Value = Expose;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a port, or a map from old to new ports")
            }

            fn visit_u64<E: de::Error>(self, port: u64) -> Result<Expose, E> {
                u16::try_from(port)
                    .map(Expose::Only)
                    .map_err(|_| E::custom("a port is at most 65535"))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Expose, A::Error> {
                let mut ports = BTreeMap::new();
                while let Some((from, to)) = map.next_entry::<Port, Port>()? {
                    if ports.insert(from.0, to.0).is_some() {
                        return Err(de::Error::custom(format!("port {} stands twice", from.0)));
                    }
                }
                Ok(Expose::Move(ports))
            }
        }
        deserializer.deserialize_any(Read)
    }
}

/// `80` or `"80"`.
struct Port(u16);

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Read;
        impl Visitor<'_> for Read {
            type Value = Port;

            fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                formatter.write_str("a port number")
            }

            fn visit_u64<E: de::Error>(self, port: u64) -> Result<Port, E> {
                u16::try_from(port)
                    .map(Port)
                    .map_err(|_| E::custom("a port is at most 65535"))
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Port, E> {
                text.parse()
                    .map(Port)
                    .map_err(|_| E::custom(format!("`{text}` is no port")))
            }
        }
        deserializer.deserialize_any(Read)
    }
}
