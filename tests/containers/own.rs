//! The image of harden itself: its Containerfile, built with the program of this test in place of the stage that compiles.

use std::path::Path;

use tempfile::TempDir;

use super::Planned;
use super::image::{self, let_all_read};
use super::session::Session;

const IMAGE: &str = "localhost/harden:test";

pub fn planned() -> Planned {
    Planned {
        name: "own::containerfile".to_string(),
        pending: None,
        test: Box::new(|session| Ok(check(session)?)),
    }
}

fn check(session: &Session) -> Result<(), String> {
    let context = TempDir::with_prefix("harden-").expect("a folder");
    let program = context.path().join("harden");
    std::fs::copy(env!("CARGO_BIN_EXE_harden"), &program).expect("the program");
    let_all_read(&program);
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("Containerfile");
    let (file, folder) = (
        file.display().to_string(),
        context.path().display().to_string(),
    );
    let arguments = [
        "bud",
        "--isolation",
        "chroot",
        "--format",
        "docker",
        "--quiet",
        "--tag",
        IMAGE,
        "--build-arg",
        "PROGRAM=prebuilt",
        "--file",
        &file,
        &folder,
    ];
    session
        .run(300, "buildah", &arguments)
        .checked("the build of harden's image")?;
    let config = image::inspect(session, IMAGE)?.config;
    if config.get("User").and_then(|user| user.as_str()) != Some("65532:65532") {
        return Err(format!("the user of the image is {:?}", config.get("User")));
    }
    hardens(session)
}

/// The image hardens a folder that is mounted, read-only and without capabilities.
fn hardens(session: &Session) -> Result<(), String> {
    let work = TempDir::with_prefix("harden-").expect("a folder");
    let text = "FROM docker.io/library/debian:12\nENV a b\nUSER 5\nCMD [\"x\"]\n";
    std::fs::write(work.path().join("Dockerfile"), text).expect("a file");
    let_all_read(&work.path().join("Dockerfile"));
    let_all_read(work.path());
    let volume = format!("{}:/work:ro", work.path().display());
    let arguments = [
        "run",
        "--rm",
        "--network=none",
        "--read-only",
        "--cap-drop",
        "ALL",
        "--volume",
        &volume,
        IMAGE,
        "--rule",
        "legacy-env-format",
        "--exit-zero",
    ];
    let patch = session
        .run(60, "podman", &arguments)
        .checked("harden in its image")?;
    match patch.contains("\n-ENV a b\n+ENV a=b\n") {
        true => Ok(()),
        false => Err(format!("no such patch:\n{patch}")),
    }
}
