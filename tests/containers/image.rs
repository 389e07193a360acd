//! Images: a copy of a case's folder, hardened or not, and what a builder makes of it.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::{Map, Value};
use tempfile::TempDir;

use super::program;
use super::session::Session;

/// A copy of a case's folder, without what is about the case.
pub struct Context {
    folder: TempDir,
}

impl Context {
    pub fn of(case: &Path) -> Self {
        let folder = TempDir::with_prefix("harden-").expect("a folder");
        copy(case, folder.path());
        Self { folder }
    }

    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    pub fn dockerfile(&self) -> String {
        std::fs::read_to_string(self.path().join("Dockerfile")).expect("a Dockerfile")
    }

    pub fn append(&self, line: &str) {
        let text = format!("{}\n{line}\n", self.dockerfile());
        std::fs::write(self.path().join("Dockerfile"), text).expect("a Dockerfile");
    }

    /// Runs `harden --write` on the Dockerfile, and gives what it says of what is left.
    ///
    /// # Errors
    /// What harden said, where it could not run.
    pub fn harden(&self, arguments: &[String]) -> Result<String, String> {
        let with = |mode: &str| {
            let own = [mode, "Dockerfile"].map(str::to_string);
            let all: Vec<String> = own.iter().chain(arguments).cloned().collect();
            let output = program::harden(self.path(), &all);
            let said =
                String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
            match output.status.code() {
                Some(0 | 1) => Ok(said),
                status => Err(format!(
                    "harden {} ends with {status:?}:\n{said}",
                    all.join(" ")
                )),
            }
        };
        let said = with("--check")?;
        with("--write")?;
        Ok(said)
    }

    /// # Errors
    /// What the builder said, where it failed.
    pub fn build(&self, session: &Session, image: &str) -> Result<(), String> {
        let folder = self.path().display().to_string();
        let mut arguments = vec![
            "bud",
            "--layers",
            "--isolation",
            "chroot",
            "--format",
            "docker",
        ];
        arguments.extend(["--quiet", "--tag", image, &folder]);
        let done = session.run(300, "buildah", &arguments);
        done.checked(&format!("the build of {image}")).map(drop)
    }
}

/// So that who may read what does not depend on how this checkout was made.
pub fn let_all_read(path: &Path) {
    let mode = path.metadata().expect("a mode").permissions().mode();
    let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
    std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("a mode");
}

fn copy(from: &Path, to: &Path) {
    for entry in std::fs::read_dir(from).expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("a type").is_dir() {
            std::fs::create_dir(&target).expect("a folder");
            let_all_read(&target);
            copy(&entry.path(), &target);
        } else if entry.file_name() != "case.yaml" {
            std::fs::copy(entry.path(), &target).expect("a file");
            let_all_read(&target);
        }
    }
}

/// What an image is by its configuration, and how big.
pub struct Inspected {
    pub config: Map<String, Value>,
    /// The sum of its layers, in bytes.
    pub size: u64,
}

/// # Errors
/// What stands against looking at it.
pub fn inspect(session: &Session, image: &str) -> Result<Inspected, String> {
    let text = session
        .run(60, "podman", &["image", "inspect", image])
        .checked("podman image inspect")?;
    let all: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let mut config = all[0]["Config"].as_object().cloned().unwrap_or_default();
    for key in ["HealthCheck", "Author"] {
        config.insert(key.to_string(), all[0][key].clone());
    }
    if let Some(Value::Object(labels)) = config.get_mut("Labels") {
        labels.remove("io.buildah.version");
    }
    config.retain(|_, value| !is_empty(value));
    let size = all[0]["Size"].as_u64().ok_or("an image without a size")?;
    Ok(Inspected { config, size })
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(list) => list.is_empty(),
        Value::Object(map) => map.is_empty(),
        _ => false,
    }
}
