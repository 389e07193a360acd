//! The program itself, and git.

use std::path::Path;
use std::process::{Command, Output};

/// Runs harden in a folder, without what the environment could change.
pub fn harden(folder: &Path, arguments: &[String]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    for variable in [
        "CI",
        "NO_COLOR",
        "CLICOLOR",
        "CLICOLOR_FORCE",
        "FORCE_COLOR",
    ] {
        command.env_remove(variable);
    }
    command.args(arguments).current_dir(folder);
    command.output().expect("the program runs")
}

/// Applies a patch to the files of a folder.
///
/// # Errors
/// What git says against it.
pub fn apply(folder: &Path, patch: &[u8]) -> Result<(), String> {
    let file = folder.join(".patch");
    std::fs::write(&file, patch).expect("a patch");
    let mut command = Command::new("git");
    command.args(["apply", "--whitespace=nowarn", ".patch"]);
    command.current_dir(folder).env(
        "GIT_CEILING_DIRECTORIES",
        folder.parent().expect("a parent"),
    );
    command
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null");
    let output = command.output().expect("git runs");
    std::fs::remove_file(&file).expect("the patch");
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}
