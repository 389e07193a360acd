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
    assert_snapshot!(shown, @r#"
    "Dockerfile"
    [{"line":16,"column":1,"message":"unknown instruction: FORM"}]
    {"keyword":"FROM","first_line":2,"last_line":2,"flags":[],"json":false,"args":["alpine:3.20","as","base"],"heredocs":[]}
    {"keyword":"ARG","first_line":3,"last_line":3,"flags":[],"json":false,"args":["version=1","name"],"heredocs":[]}
    {"keyword":"RUN","first_line":4,"last_line":6,"flags":["--mount=type=cache,target=/c"],"json":false,"args":["echo \"a  b\""],"heredocs":[]}
    {"keyword":"COPY","first_line":7,"last_line":11,"flags":["--chown=1001"],"json":false,"args":["<<EOF","<<-\"other\"","/x/"],"heredocs":[{"name":"EOF","content":"one $two\n"},{"name":"other","content":"\ttab\n"}]}
    {"keyword":"ENV","first_line":12,"last_line":12,"flags":[],"json":false,"args":["a","b","c","\"d e\""],"heredocs":[]}
    {"keyword":"HEALTHCHECK","first_line":13,"last_line":13,"flags":["--interval=5s"],"json":true,"args":["CMD","curl","localhost"],"heredocs":[]}
    {"keyword":"ONBUILD","first_line":14,"last_line":14,"flags":[],"json":true,"args":["a","b"],"heredocs":[],"trigger":"RUN"}
    {"keyword":"VOLUME","first_line":15,"last_line":15,"flags":[],"json":true,"args":["/data"],"heredocs":[]}
    {"keyword":"FORM","first_line":16,"last_line":16,"flags":[],"json":false,"args":[""],"heredocs":[]}
    "#);
}

#[test]
fn a_line_a_file_and_errors_beside() {
    let sandbox = Sandbox::new();
    sandbox.file("a/Dockerfile", "FROM a\n");
    sandbox.file("b/Dockerfile", "FROM b\0\n");
    sandbox.file("c/Dockerfile", "# empty\n");
    let output = sandbox.run(["syntax", "a", "b/Dockerfile", "c", "missing"]);
    assert_snapshot!(sandbox.screen(&output), @r#"
    exit status 2
    --- output
    {"path":"a/Dockerfile","instructions":[{"keyword":"FROM","first_line":1,"last_line":1,"flags":[],"json":false,"args":["a"],"heredocs":[]}],"errors":[]}
    {"path":"c/Dockerfile","instructions":[],"errors":[{"line":1,"column":1,"message":"file with no instructions"}]}
    --- errors
    error: b/Dockerfile:1:7: not a text file: a NUL byte at byte 6
    error: missing: cannot read the file: no such file or directory
    "#);
    let good = sandbox.run(["syntax", "a"]);
    assert_eq!((status(&good), stderr(&good).as_str()), (0, ""));
    let input = sandbox.run_with_input(&["syntax", "-"], b"FROM a\n");
    assert!(stdout(&input).starts_with(r#"{"path":"-","instructions":[{"keyword":"FROM""#));
}
