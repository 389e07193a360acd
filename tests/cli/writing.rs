//! What happens to files: all or nothing, and what else belongs to a file is kept.

use std::io::Read as _;
use std::process::Stdio;

use super::sandbox::{NEW, OLD, Sandbox, status, stderr, stdout};

#[test]
fn nothing_is_left_behind() {
    let sandbox = Sandbox::with(OLD);
    assert_eq!(status(&sandbox.rule(&["-w"])), 0);
    assert_eq!(sandbox.names(), ["Dockerfile"]);
}

#[test]
fn an_unchanged_file_is_not_touched() {
    let sandbox = Sandbox::with(NEW);
    let path = sandbox.path("Dockerfile");
    let before = std::fs::metadata(&path).expect("metadata");
    assert_eq!(status(&sandbox.rule(&["-w"])), 0);
    let after = std::fs::metadata(&path).expect("metadata");
    assert_eq!(
        before.modified().expect("a time"),
        after.modified().expect("a time")
    );
}

#[cfg(unix)]
#[test]
fn mode_and_owner_are_kept() {
    use super::sandbox::is_root;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
    let sandbox = Sandbox::with(OLD);
    let path = sandbox.path("Dockerfile");
    if is_root() {
        chown(&path, Some(1234), Some(4321)).expect("another owner");
    } else {
        println!("skipped: the owner in mode_and_owner_are_kept: only root may give files away");
    }
    let mode = std::fs::Permissions::from_mode(0o640);
    std::fs::set_permissions(&path, mode).expect("permissions");
    let before = std::fs::metadata(&path).expect("metadata");
    assert_eq!(status(&sandbox.rule(&["-w"])), 0);
    let after = std::fs::metadata(&path).expect("metadata");
    let parts = |of: &std::fs::Metadata| (of.mode(), of.uid(), of.gid());
    assert_eq!(parts(&after), parts(&before));
    assert_eq!(sandbox.read("Dockerfile"), NEW);
}

#[cfg(unix)]
#[test]
fn other_names_of_a_file_keep_the_old_text_and_that_is_told() {
    let sandbox = Sandbox::with(OLD);
    std::fs::hard_link(sandbox.path("Dockerfile"), sandbox.path("backup")).expect("a link");
    let output = sandbox.rule(&["-w"]);
    assert!(stdout(&output).contains("note: the file had other names (hard links)"));
    assert_eq!(
        (
            sandbox.read("Dockerfile").as_str(),
            sandbox.read("backup").as_str()
        ),
        (NEW, OLD)
    );
}

#[cfg(unix)]
#[test]
fn a_file_of_somebody_else_is_not_taken_over() {
    use super::sandbox::{as_nobody, is_root};
    use std::os::unix::fs::PermissionsExt as _;
    let test = "a_file_of_somebody_else_is_not_taken_over";
    let sandbox = Sandbox::with(OLD);
    let Some(mut command) = as_nobody(&sandbox, test).filter(|_| is_root()) else {
        println!("skipped: {test}: needs root to have two users");
        return;
    };
    for name in [".", "Dockerfile"] {
        let all = std::fs::Permissions::from_mode(0o777);
        std::fs::set_permissions(sandbox.path(name), all).expect("permissions");
    }
    command.args(["-w", "--rule", "legacy-env-format"]);
    let output = command.output().expect("the program runs");
    assert_eq!(status(&output), 2);
    assert!(
        stderr(&output).contains("cannot keep the owner of the file"),
        "{}",
        stderr(&output)
    );
    assert_eq!(sandbox.read("Dockerfile"), OLD);
    assert_eq!(sandbox.names(), ["Dockerfile"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_loses_nothing() {
    let test = "a_full_disk_loses_nothing";
    let sandbox = Sandbox::new();
    let disk = sandbox.path("disk");
    std::fs::create_dir(&disk).expect("a folder");
    let mut mount = sandbox.other("mount");
    mount.args(["-t", "tmpfs", "-o", "size=64k", "tmpfs", "disk"]);
    if !mount.output().is_ok_and(|output| output.status.success()) {
        println!("skipped: {test}: no tmpfs can be mounted");
        return;
    }
    let long = format!("{OLD}#{}\n", "x".repeat(20_000));
    sandbox.file("disk/Dockerfile", &long);
    sandbox.file("disk/filler", vec![0; 40_000]);
    sandbox.file("ok/Dockerfile", OLD);
    let output = sandbox.rule(&["-wq", "disk", "ok"]);
    let rest = std::fs::read_dir(&disk).expect("the disk").count();
    let kept = sandbox.read("disk/Dockerfile");
    let report = sandbox.rule(&["--format=json", "-o", "disk/report", "disk"]);
    let mut unmount = sandbox.other("umount");
    assert!(
        unmount
            .arg("disk")
            .status()
            .is_ok_and(|status| status.success())
    );
    assert_eq!((status(&output), rest), (2, 2), "{}", stderr(&output));
    assert!(kept == long, "the file is as it was");
    let expected = "error: disk/Dockerfile: cannot write the new text: no space left on device\n";
    assert_eq!(stderr(&output), expected);
    assert_eq!(sandbox.read("ok/Dockerfile"), NEW);
    assert_eq!(status(&report), 2, "{}", stderr(&report));
    assert!(stderr(&report).contains("cannot write `disk/report`: no space left"));
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_device_is_an_error_and_no_panic() {
    let sandbox = Sandbox::with(OLD);
    let output = sandbox.rule(&["-q", "-o", "/dev/full"]);
    assert_eq!(status(&output), 2);
    let expected = "error: cannot write `/dev/full`: no space left on device\n";
    assert_eq!(stderr(&output), expected);
    for (arguments, errors) in [
        (
            &["-q"][..],
            "error: cannot write to standard output: no space left on device\n",
        ),
        (
            &["profile", "list"],
            "error: cannot write to standard output: no space left on device\n",
        ),
    ] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full");
        let mut command = sandbox.command();
        command.args(arguments).stdout(full.expect("the device"));
        let output = command.output().expect("the program runs");
        assert_eq!((status(&output), stderr(&output).as_str()), (2, errors));
    }
}

#[test]
fn the_output_file_gets_all_of_standard_output() {
    let sandbox = Sandbox::with(OLD);
    let expected = stdout(&sandbox.rule(&["-q"]));
    let output = sandbox.rule(&["-o", "change.patch", "--color=always"]);
    assert_eq!((status(&output), stdout(&output).as_str()), (1, ""));
    assert_eq!(sandbox.read("change.patch"), expected);
    assert_eq!(sandbox.names(), ["Dockerfile", "change.patch"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let file = std::fs::metadata(sandbox.path("Dockerfile")).expect("metadata");
        let made = std::fs::metadata(sandbox.path("change.patch")).expect("metadata");
        assert_eq!(made.permissions().mode(), file.permissions().mode());
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let sandbox = Sandbox::new();
    for number in 0..200 {
        sandbox.file(format!("{number}/Dockerfile"), OLD);
    }
    let start = |arguments: &[&str]| {
        let mut command = sandbox.command();
        command
            .args(["--rule", "legacy-env-format"])
            .args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().expect("the program runs")
    };
    for arguments in [&["-q"][..], &["--format=json", "-q"], &["--check"]] {
        let mut child = start(arguments);
        drop(child.stdout.take());
        let mut errors = String::new();
        let mut stderr = child.stderr.take().expect("a pipe");
        stderr.read_to_string(&mut errors).expect("text");
        let status = child.wait().expect("the program ends").code();
        assert_eq!((status, errors.as_str()), (Some(0), ""), "{arguments:?}");
    }
    let mut child = start(&["--write"]);
    drop(child.stdout.take());
    assert_eq!(child.wait().expect("the program ends").code(), Some(0));
    assert_eq!(sandbox.read("199/Dockerfile"), NEW, "writing goes on");
}

#[cfg(target_os = "linux")]
#[test]
fn on_a_terminal_the_patch_is_escaped() {
    let sandbox = Sandbox::with("FROM alpine:3.20\nENV a \x1b[2Jb\nCMD [\"x\"]\n");
    let mut script = sandbox.other("script");
    let program = env!("CARGO_BIN_EXE_harden");
    let run = format!("'{program}' --rule legacy-env-format --color never");
    script
        .args(["-qec", &run, "/dev/null"])
        .stdin(Stdio::null());
    let Ok(output) = script.output() else {
        println!("skipped: on_a_terminal_the_patch_is_escaped: no `script`");
        return;
    };
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(shown.contains("\\u{1b}[2J"), "{shown:?}");
    assert!(!shown.contains('\x1b'), "{shown:?}");
}
