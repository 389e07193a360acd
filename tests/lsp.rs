//! `harden lsp` as an editor sees it: whole conversations with the program, over its standard input and output.

use std::collections::VecDeque;
use std::io::{BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use lsp_server::{Message, Notification, Request, Response};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An editor, with one server.
struct Editor {
    server: Child,
    input: Option<ChildStdin>,
    output: Option<BufReader<ChildStdout>>,
    notifications: VecDeque<Notification>,
    requests: i32,
}

impl Editor {
    fn start(folder: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
        command.arg("lsp").args(arguments).current_dir(folder);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut server = command
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        Self {
            input: server.stdin.take(),
            output: server.stdout.take().map(BufReader::new),
            server,
            notifications: VecDeque::new(),
            requests: 0,
        }
    }

    fn greeted(folder: &Path, arguments: &[&str]) -> Self {
        let mut editor = Self::start(folder, arguments);
        editor.ask("initialize", json!({ "capabilities": {} }));
        editor.tell("initialized", json!({}));
        editor
    }

    fn send(&mut self, message: &Message) {
        let input = self.input.as_mut().expect("an open pipe");
        message.write(input).expect("the server reads");
    }

    fn read(&mut self) -> Option<Message> {
        let output = self.output.as_mut().expect("an open pipe");
        Message::read(output).expect("a message")
    }

    fn tell(&mut self, method: &str, params: Value) {
        let method = method.to_string();
        self.send(&Notification { method, params }.into());
    }

    fn answer(&mut self, method: &str, params: Value) -> Response {
        self.requests += 1;
        let id = self.requests.into();
        self.send(&Request::new(id, method.to_string(), params).into());
        loop {
            match self.read() {
                Some(Message::Response(response)) => {
                    assert_eq!(response.id, self.requests.into());
                    return response;
                }
                Some(Message::Notification(one)) => self.notifications.push_back(one),
                other => panic!("{other:?}"),
            }
        }
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        let result = self.answer(method, params).response_result;
        result.unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    fn refused(&mut self, method: &str, params: Value) -> i32 {
        let result = self.answer(method, params).response_result;
        result.expect_err("no answer").code
    }

    /// The diagnostics that the server publishes next.
    fn published(&mut self) -> Value {
        let next = self.notifications.pop_front();
        let note = next.unwrap_or_else(|| match self.read() {
            Some(Message::Notification(one)) => one,
            other => panic!("{other:?}"),
        });
        assert_eq!(note.method, "textDocument/publishDiagnostics");
        note.params
    }

    fn open(&mut self, uri: &str, text: &str) -> Value {
        let document =
            json!({ "uri": uri, "languageId": "dockerfile", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        let published = self.published();
        assert_eq!(published["uri"], uri);
        published["diagnostics"].clone()
    }

    fn change(&mut self, uri: &str, version: i32, text: &str) -> Value {
        let params = json!({
            "textDocument": { "uri": uri, "version": version },
            "contentChanges": [{ "text": text }],
        });
        self.tell("textDocument/didChange", params);
        let published = self.published();
        assert_eq!(published["version"], version);
        published["diagnostics"].clone()
    }

    fn actions(&mut self, uri: &str, range: &Value, only: &[&str]) -> Vec<Value> {
        let mut context = json!({ "diagnostics": [] });
        if !only.is_empty() {
            context["only"] = json!(only);
        }
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": context });
        let actions = self.ask("textDocument/codeAction", params);
        actions.as_array().expect("a list").clone()
    }

    fn hover(&mut self, uri: &str, line: usize, character: usize) -> Value {
        let position = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": uri }, "position": position });
        self.ask("textDocument/hover", params)
    }

    /// The exit status and standard error, once the server has ended.
    fn end(mut self) -> (Option<i32>, String) {
        drop(self.input.take());
        let output = self.server.wait_with_output().expect("the server ends");
        let errors = String::from_utf8(output.stderr).expect("UTF-8");
        (output.status.code(), errors)
    }
}

/// The offset of a place: lines end with LF, CR LF or CR, columns are units of UTF-16.
fn offset(text: &str, place: &Value) -> usize {
    let number = |value: &Value| value.as_u64().expect("a number");
    let (mut line, mut character) = (number(&place["line"]), number(&place["character"]));
    let mut letters = text.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        if line == 0 {
            if character == 0 {
                return at;
            }
            character -= letter.len_utf16() as u64;
            continue;
        }
        let is_pair = letter == '\r' && letters.peek().is_some_and(|next| next.1 == '\n');
        if letter == '\n' || (letter == '\r' && !is_pair) {
            line -= 1;
        }
    }
    assert_eq!((line, character), (0, 0), "a place that is not there");
    text.len()
}

/// The text after the edits of an action.
fn apply(text: &str, action: &Value, uri: &str) -> String {
    let edits = action["edit"]["changes"][uri].as_array().expect("edits");
    let mut edits: Vec<(usize, usize, &str)> = edits
        .iter()
        .map(|edit| {
            let range = &edit["range"];
            let new = edit["newText"].as_str().expect("a text");
            (
                offset(text, &range["start"]),
                offset(text, &range["end"]),
                new,
            )
        })
        .collect();
    edits.sort_by_key(|edit| (edit.0, edit.1));
    let mut text = text.to_string();
    for (start, end, new) in edits.iter().rev() {
        text.replace_range(start..end, new);
    }
    text
}

fn uri(path: &Path) -> String {
    format!("file://{}", path.to_str().expect("a plain path"))
}

fn folder() -> TempDir {
    TempDir::new().expect("a folder")
}

fn write(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(&path, text).expect("a file");
    path
}

/// What `--write` makes of a text.
fn written(text: &str, arguments: &[&str]) -> String {
    let folder = folder();
    let path = write(folder.path(), "Dockerfile", text);
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(["--write", "--quiet", "Dockerfile"]);
    let output = command.args(arguments).current_dir(folder.path()).output();
    let status = output.expect("the program runs").status.code();
    assert_ne!(status, Some(2), "{text}");
    std::fs::read_to_string(path).expect("UTF-8")
}

const TEXT: &str =
    "FROM alpine:3.20\r\nENV a \u{1f600}\u{fc} b\r\nENV c \u{4e2d}\r\nCMD [\"x\"]\r\n";

#[test]
fn a_whole_conversation() {
    let folder = folder();
    let uri = uri(&folder.path().join("Dockerfile"));
    let rule = ["--rule", "legacy-env-format"];
    let mut editor = Editor::start(folder.path(), &rule);
    let hello = editor.ask("initialize", json!({ "capabilities": {} }));
    assert_eq!(hello["capabilities"]["textDocumentSync"]["change"], 1);
    assert_eq!(hello["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(hello["serverInfo"]["version"], env!("CARGO_PKG_VERSION"));
    editor.tell("initialized", json!({}));

    // The file was never saved.
    let found = editor.open(&uri, TEXT);
    assert_eq!(found.as_array().expect("a list").len(), 2, "{found}");
    assert_eq!(found[0]["code"], "legacy-env-format");
    assert_eq!(found[0]["source"], "harden");
    assert_eq!(found[0]["severity"], 2);
    assert_eq!(
        found[0]["message"],
        "ENV `a` has no equals sign\nsafe: write an equals sign"
    );
    let range =
        json!({ "start": { "line": 1, "character": 4 }, "end": { "line": 1, "character": 11 } });
    assert_eq!(found[0]["range"], range);

    let actions = editor.actions(&uri, &range, &["quickfix"]);
    assert_eq!(actions.len(), 1, "{actions:?}");
    assert_eq!(
        actions[0]["title"],
        "write an equals sign (legacy-env-format, safe)"
    );
    assert_eq!(actions[0]["diagnostics"][0], found[0]);
    assert_eq!(actions[0]["isPreferred"], true);
    let fixed = apply(TEXT, &actions[0], &uri);
    assert_eq!(
        fixed,
        TEXT.replace("a \u{1f600}\u{fc} b", "a=\"\u{1f600}\u{fc} b\"")
    );
    let other = TEXT.replace("ENV c ", "ENV c=");
    assert_eq!(written(&other, &rule), fixed.replace("ENV c ", "ENV c="));

    let page = editor.hover(&uri, 2, 5);
    let text = page["contents"]["value"].as_str().expect("a text");
    assert!(text.contains("# legacy-env-format\n"), "{text}");
    assert_eq!(page["contents"]["kind"], "markdown");
    assert_eq!(page["range"], found[1]["range"]);
    assert_eq!(editor.hover(&uri, 0, 2), Value::Null);

    let all = editor.actions(&uri, &range, &["source.fixAll"]);
    assert_eq!(all[0]["title"], "harden the file: 2 fixes");
    let fixed = apply(TEXT, &all[0], &uri);
    assert_eq!(fixed, written(TEXT, &rule));
    assert_eq!(editor.change(&uri, 2, &fixed), json!([]));
    assert_eq!(editor.actions(&uri, &range, &[]), [Value::Null; 0]);

    let broken = editor.change(&uri, 3, "FROM a\nFORM \u{fc}\n");
    assert_eq!(broken[0]["message"], "unknown instruction: FORM");
    assert_eq!(broken[0]["severity"], 1);
    assert_eq!(
        broken[0]["range"]["start"],
        json!({ "line": 1, "character": 0 })
    );

    editor.tell(
        "textDocument/didClose",
        json!({ "textDocument": { "uri": uri } }),
    );
    assert_eq!(editor.published()["diagnostics"], json!([]));
    assert_eq!(editor.hover(&uri, 0, 0), Value::Null);
    assert_eq!(editor.ask("shutdown", Value::Null), Value::Null);
    editor.tell("exit", Value::Null);
    assert_eq!(editor.end(), (Some(0), String::new()));
}

#[test]
fn the_configuration_and_the_lock_beside_the_file_count() {
    let folder = folder();
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    let old = "FROM alpine:3.20\nENV a b\nUSER 5\nCMD [\"x\"]\n";
    write(
        folder.path(),
        ".harden.yaml",
        "version: 1\nrules: { legacy-env-format: { severity: high } }\nexclude: [generated]\n",
    );
    write(
        folder.path(),
        "off/.harden.yaml",
        "version: 1\nrules: { legacy-env-format: off }\n",
    );
    write(
        folder.path(),
        "wrong/.harden.yaml",
        "version: 1\nrulse: {}\n",
    );
    write(folder.path(), "lock/harden.lock", "not a lock");
    let elsewhere = TempDir::new().expect("a folder");
    let mut editor = Editor::greeted(elsewhere.path(), &["--allow", "floating-tag"]);
    let mut found = |name: &str| -> Vec<String> {
        let uri = uri(&folder.path().join(name));
        let all = editor.open(&uri, old);
        let all = all.as_array().expect("a list").iter();
        all.map(|one| format!("{} {} {}", one["severity"], one["code"], one["message"]))
            .collect()
    };
    let env = "1 \"legacy-env-format\" \"ENV `a` has no equals sign\\nsafe: write an equals sign\"";
    assert_eq!(found("Dockerfile"), [env]);
    assert_eq!(found("deeper/and/deeper/Dockerfile"), [env]);
    assert_eq!(found("off/Dockerfile"), [""; 0]);
    assert_eq!(found("generated/Dockerfile"), [""; 0]);
    let wrong = found("wrong/Dockerfile");
    assert!(
        wrong[0].contains("unknown field `rulse`") && wrong[0].contains("did you mean"),
        "{wrong:?}"
    );
    let lock = found("lock/Dockerfile");
    assert!(lock[0].contains("cannot read the lock"), "{lock:?}");
    // What changes on the disk counts with the next change of the document.
    write(folder.path(), "off/.harden.yaml", "version: 1\n");
    assert_eq!(found("off/Dockerfile").len(), 1);
    let mut isolated = Editor::greeted(
        elsewhere.path(),
        &["--isolated", "--rule", "legacy-env-format"],
    );
    let found = isolated.open(&uri(&folder.path().join("Dockerfile")), old);
    assert_eq!(found[0]["severity"], 2);
    let found = isolated.open("untitled:Untitled-1", old);
    assert_eq!(found[0]["severity"], 2);
}

#[test]
fn what_is_allowed_is_not_told_but_has_its_page() {
    let folder = folder();
    let uri = uri(&folder.path().join("Dockerfile"));
    let mut editor = Editor::greeted(folder.path(), &["--rule", "legacy-env-format"]);
    let text = "FROM a\n# harden: allow legacy-env-format -- it is old\nENV a b\n";
    assert_eq!(editor.open(&uri, text), json!([]));
    assert!(
        editor
            .hover(&uri, 2, 5)
            .to_string()
            .contains("legacy-env-format")
    );
}

/// The inputs of all cases with the endings of lines of both kinds: all fixes of a file are what `--write` makes of it, and
/// each alone keeps to its own lines.
#[test]
fn the_action_for_the_file_is_what_is_written() {
    let folder = folder();
    let mut texts = Vec::new();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for group in std::fs::read_dir(root).expect("the cases") {
        for case in std::fs::read_dir(group.expect("a group").path()).expect("a group") {
            let Ok(text) = std::fs::read_to_string(case.expect("a case").path().join("Dockerfile"))
            else {
                continue;
            };
            texts.push(text.replace("\r\n", "\n").replace('\n', "\r\n"));
            texts.push(text.replacen("FROM", "# \u{1f600}\rhere\nFROM", 1));
            texts.push(text);
        }
    }
    let name = |number: usize| format!("case{number}/Dockerfile");
    for (number, text) in texts.iter().enumerate() {
        write(folder.path(), &name(number), text);
    }
    let profiles = ["-p", "dotnet-ubi-sdk", "-p", "baseline"];
    let mut editor = Editor::greeted(folder.path(), &profiles);
    let start = json!({ "line": 0, "character": 0 });
    let range = json!({ "start": start, "end": { "line": 99_999, "character": 0 } });
    let mut hardened = Vec::new();
    for (number, text) in texts.iter().enumerate() {
        let uri = uri(&folder.path().join(name(number)));
        editor.open(&uri, text);
        let all = editor.actions(&uri, &range, &["source.fixAll.harden"]);
        hardened.push(
            all.first()
                .map_or(text.clone(), |all| apply(text, all, &uri)),
        );
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_harden"));
    command.args(profiles).args(["--write", "--quiet"]);
    let output = command.current_dir(folder.path()).output();
    output.expect("the program runs");
    let mut changed = 0;
    for (number, text) in hardened.iter().enumerate() {
        let written = std::fs::read_to_string(folder.path().join(name(number))).expect("UTF-8");
        assert_eq!(*text, written, "{}", texts[number]);
        changed += usize::from(*text != texts[number]);
    }
    assert!(changed > 200, "only {changed} texts change");
}

#[test]
fn pipelines_and_workflows_are_documents_too() {
    let folder = folder();
    let here = folder.path();
    std::fs::create_dir(here.join(".git")).expect("a folder");
    let build = "build:\n  image: docker:24\n  script:\n    - docker login -p \"$TOKEN\" && make\n";
    let workflow =
        "on: push\njobs:\n  a:\n    runs-on: x\n    container: node\n    steps: [{ run: make }]\n";
    write(here, ".gitlab-ci.yml", "include: [ci/build.yml]\n");
    write(here, "ci/build.yml", build);
    let uri_of = |name: &str| uri(&here.join(name));
    let codes = |found: &Value| -> Vec<String> {
        let found = found.as_array().expect("a list").iter();
        found
            .map(|one| one["code"].as_str().expect("a rule").to_string())
            .collect()
    };

    let profiles = ["-p", "gitlab-ci", "-p", "github-workflows"];
    let mut editor = Editor::greeted(here, &profiles);
    let included = uri_of("ci/build.yml");
    let found = editor.open(&included, build);
    assert_eq!(codes(&found), ["password-as-argument"], "{found}");
    let actions = editor.actions(&included, &found[0]["range"], &["quickfix"]);
    let fixed = apply(build, &actions[0], &included);
    assert!(
        fixed.contains("- printf \"%s\" \"$TOKEN\" | docker login --password-stdin && make\n"),
        "{fixed}"
    );
    let all = editor.actions(&included, &found[0]["range"], &["source.fixAll"]);
    assert_eq!(apply(build, &all[0], &included), fixed);

    let root = uri_of(".gitlab-ci.yml");
    let broken = editor.open(&root, "a:\n\tb: c\n");
    assert_eq!(
        broken[0]["range"]["start"],
        json!({ "line": 1, "character": 0 })
    );

    // Neither saved nor to be changed.
    let path = uri_of(".github/workflows/a.yml");
    let found = editor.open(&path, workflow);
    assert_eq!(codes(&found), ["unpinned-job-image"], "{found}");
    assert_eq!(
        editor.actions(&path, &found[0]["range"], &[]),
        [Value::Null; 0]
    );

    // All other YAML is passed over, and so is this where no profile is about it.
    for name in ["compose.yml", "ci/other.yml", "k8s/a.yaml"] {
        assert_eq!(editor.open(&uri_of(name), "a: [\n"), json!([]), "{name}");
    }
    let mut editor = Editor::greeted(here, &[]);
    for name in [".gitlab-ci.yml", ".github/workflows/a.yml"] {
        assert_eq!(editor.open(&uri_of(name), "a: [\n"), json!([]), "{name}");
    }
}

#[test]
fn requests_out_of_place_are_refused() {
    let folder = folder();
    let mut editor = Editor::start(folder.path(), &[]);
    assert_eq!(editor.refused("textDocument/hover", json!({})), -32002);
    editor.tell("textDocument/didOpen", json!({}));
    editor.ask("initialize", json!({ "capabilities": {} }));
    assert_eq!(editor.refused("initialize", json!({})), -32600);
    assert_eq!(
        editor.refused("textDocument/hover", json!({ "a": 1 })),
        -32602
    );
    assert_eq!(editor.refused("textDocument/rename", json!({})), -32601);
    editor.tell("$/cancelRequest", json!({ "id": 7 }));
    editor.tell("textDocument/didOpen", json!({ "textDocument": 1 }));
    editor.tell("textDocument/didChange", json!([]));
    // A part of a text that was not agreed upon: better no findings than wrong places.
    let uri = uri(&folder.path().join("Dockerfile"));
    editor.open(&uri, "FROM a\nMAINTAINER b\n");
    let start = json!({ "line": 0, "character": 0 });
    let part = json!({ "range": { "start": start, "end": start }, "text": "x" });
    let document = json!({ "uri": uri, "version": 2 });
    editor.tell(
        "textDocument/didChange",
        json!({ "textDocument": document, "contentChanges": [part] }),
    );
    assert_eq!(editor.published()["diagnostics"], json!([]));
    let binary = editor.open(&uri, "FROM a\0\n");
    assert!(binary.to_string().contains("NUL byte"), "{binary}");
    editor.ask("shutdown", Value::Null);
    assert_eq!(editor.refused("textDocument/hover", json!({})), -32600);
    assert_eq!(editor.end().0, Some(0));
}

#[test]
fn an_editor_that_dies_is_no_crash() {
    let folder = folder();
    for (bytes, status, error) in [
        (&b""[..], 1, ""),
        (
            b"Content-Length: 100\r\n\r\n{\"jsonrpc\":",
            2,
            "error: the editor went away in the middle of a message\n",
        ),
        (
            b"Content-Length: 5\r\n\r\n{}{}{",
            2,
            "standard input has no message of the protocol",
        ),
        (
            b"Content-Length: x\r\n\r\n",
            2,
            "standard input has no message of the protocol",
        ),
        (
            b"Content-Le",
            2,
            "standard input has no message of the protocol",
        ),
        (b"FROM alpine\n", 2, "help: `harden lsp` is for editors"),
        (
            b"Content-Length: 2\r\n\r\n\xff\xff",
            2,
            "standard input has no message of the protocol",
        ),
    ] {
        let mut editor = Editor::greeted(folder.path(), &[]);
        let input = editor.input.as_mut().expect("a pipe");
        input.write_all(bytes).expect("the server reads");
        let (code, errors) = editor.end();
        let shown = String::from_utf8_lossy(bytes);
        assert_eq!(code, Some(status), "{shown}: {errors}");
        assert!(
            errors.contains(error) && !errors.contains("internal error"),
            "{shown}: {errors}"
        );
    }
    let mut editor = Editor::greeted(folder.path(), &[]);
    editor.tell("exit", Value::Null);
    assert_eq!(
        editor.end(),
        (Some(1), String::new()),
        "no shutdown came before"
    );
}

#[test]
fn an_editor_that_does_not_read_is_no_crash() {
    let folder = folder();
    let mut editor = Editor::greeted(folder.path(), &[]);
    drop(editor.output.take());
    let mut input = editor.input.take().expect("a pipe");
    let document = json!({ "uri": "file:///x/Dockerfile", "languageId": "dockerfile", "version": 1, "text": "FROM a\n" });
    let params = json!({ "textDocument": document });
    let note = Notification {
        method: "textDocument/didOpen".to_string(),
        params,
    };
    // A process that another test starts in this moment may hold the pipe for a while, so that the server still writes.
    for _ in 0..1000 {
        let is_sent = Message::from(note.clone()).write(&mut input).is_ok();
        if !is_sent || editor.server.try_wait().expect("a process").is_some() {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    drop(input);
    assert_eq!(
        editor.end(),
        (Some(0), String::new()),
        "as for any reader that went away"
    );
}

#[test]
fn wrong_arguments_are_told_at_once() {
    let folder = folder();
    let editor = Editor::start(folder.path(), &["-p", "baselin"]);
    let (status, errors) = editor.end();
    assert_eq!(status, Some(2));
    assert!(errors.contains("did you mean `baseline`?"), "{errors}");
}
