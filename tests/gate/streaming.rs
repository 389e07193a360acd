//! A report is read as a stream: what it takes does not grow with the bytes that are skipped.

#[cfg(target_os = "linux")]
#[test]
fn memory_does_not_grow_with_the_report() {
    use std::io::{Read as _, Write as _};
    use std::process::Stdio;

    use super::sandbox::Sandbox;

    const BYTES: usize = 96 * 1024 * 1024;
    let sandbox = Sandbox::new();
    let mut command = sandbox.command();
    command.args(["gate", "-", "--fail-on", "low"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let mut input = child.stdin.take().expect("a pipe");
    let text = "x".repeat(8 * 1024);
    let start = r#"{"SchemaVersion":2,"ArtifactName":"big","Results":[{"Class":"os-pkgs","Vulnerabilities":["#;
    input.write_all(start.as_bytes()).expect("the start");
    let (mut written, mut number) = (0, 0);
    while written < BYTES || number % 2 == 1 {
        // Each stands there twice.
        let id = number / 2;
        let separator = if number > 0 { "," } else { "" };
        let one = format!(
            r#"{separator}{{"VulnerabilityID":"CVE-{id}","PkgName":"a","Severity":"LOW","Description":"{text}","References":["{text}"]}}"#
        );
        input.write_all(one.as_bytes()).expect("a finding");
        written += one.len();
        number += 1;
    }
    // All but what is in the pipe has been read, and the program waits for the rest.
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.expect("the state of the program");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|line| line.trim().split(' ').next()?.parse::<usize>().ok());
    let peak = peak.expect("a peak") * 1024;
    input.write_all(b"]}]}").expect("the end");
    drop(input);
    let mut told = String::new();
    let mut output = child.stdout.take().expect("a pipe");
    output.read_to_string(&mut told).expect("text");
    assert_eq!(child.wait().expect("an end").code(), Some(1), "{told}");
    assert!(peak < BYTES / 3, "{peak} bytes for a report of {written}");
    let row = told
        .lines()
        .find(|line| line.trim().starts_with("low "))
        .expect("a row");
    let all = row.split_whitespace().nth(1).expect("a number");
    assert_eq!(all, (number / 2).to_string(), "{row}");
}
