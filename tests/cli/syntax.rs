//! `harden syntax`: one line of JSON a file.

use super::sandbox::{Sandbox, status, stderr, stdout};
use insta::assert_snapshot;

const TEXT: &str = r#"# syntax=docker/dockerfile:1
from alpine:3.20 as base
ARG version=1 name
RUN --mount=type=cache,target=/c \
    # why
    echo "a  b"
COPY --chown=1001 <<EOF <<-"other" /x/
one $two
EOF
	tab
	other
ENV a=b c="d e"
HEALTHCHECK --interval=5s CMD ["curl", "localhost"]
ONBUILD RUN --network=none ["a", "\u0062"]
Volume ["/data"]
FORM x
"#;

#[test]
fn every_kind_of_instruction() {
    let sandbox = Sandbox::with(TEXT);
    let output = sandbox.run(["syntax", "Dockerfile"]);
    assert_eq!(status(&output), 2, "the last instruction is unknown");
    let line = stdout(&output);
    assert_eq!(line.lines().count(), 1);
    let report: serde_json::Value = serde_json::from_str(&line).expect("JSON");
    let mut shown = format!("{}\n{}\n", report["path"], report["errors"]);
    for instruction in report["instructions"].as_array().expect("instructions") {
        shown.push_str(&format!("{instruction}\n"));
    }
    assert_snapshot!(shown, @"");
}

#[test]
fn a_line_a_file_and_errors_beside() {
    let sandbox = Sandbox::new();
    sandbox.file("a/Dockerfile", "FROM a\n");
    sandbox.file("b/Dockerfile", "FROM b\0\n");
    sandbox.file("c/Dockerfile", "# empty\n");
    let output = sandbox.run(["syntax", "a", "b/Dockerfile", "c", "missing"]);
    assert_snapshot!(sandbox.screen(&output), @"");
    let good = sandbox.run(["syntax", "a"]);
    assert_eq!((status(&good), stderr(&good).as_str()), (0, ""));
    let input = sandbox.run_with_input(&["syntax", "-"], b"FROM a\n");
    assert!(stdout(&input).starts_with(r#"{"path":"-","instructions":[{"keyword":"FROM""#));
}
