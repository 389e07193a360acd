//! `harden lsp`: the Language Server Protocol over standard input and output.
//!
//! One thread reads a message, answers it, and reads the next one: a file takes about a millisecond.

mod check;
mod document;
mod positions;

use std::collections::HashMap;
use std::io;
use std::path::Path;

use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProvider,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    HoverParams, HoverProvider, InitializeResult, PositionEncodingKind, PublishDiagnosticsParams,
    ServerCapabilities, ServerInfo, TextDocumentContentChangeEvent, TextDocumentSync,
    TextDocumentSyncKind, TextDocumentSyncOptions, Uri,
};
use lsp_server::{ErrorCode, Message, Notification, Request, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Status, output_error};
use crate::cli::PlanArguments;
use crate::output::Screen;
use crate::plan::Selection;
use crate::report::Problem;
use check::Checker;
use document::{Document, FIX_ALL};

pub fn run(
    arguments: &PlanArguments,
    config: (Option<&Path>, bool),
    screen: &mut Screen,
) -> anyhow::Result<Status> {
    // A wrong argument is told before the editor waits for an answer.
    let own = crate::config::Config::load(config.0, true)?;
    Selection::new(arguments, &own)?;
    let mut server = Server {
        checker: Checker { arguments, config },
        documents: HashMap::new(),
        state: State::New,
        screen,
    };
    let mut input = io::stdin().lock();
    loop {
        let message = Message::read(&mut input).map_err(|error| broken(&error))?;
        match message {
            Some(message) => server.take(message)?,
            None => server.state = server.state.ended(),
        }
        if let State::Ended(status) = server.state {
            return Ok(status);
        }
        if server.screen.is_closed() {
            return Ok(Status::Left);
        }
    }
}

fn broken(error: &io::Error) -> Problem {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => {
            Problem::new("the editor went away in the middle of a message")
        }
        io::ErrorKind::InvalidData => Problem::new("standard input has no message of the protocol")
            .help("`harden lsp` is for editors, which start it and speak first"),
        _ => Problem::io("cannot read standard input", error),
    }
}

/// What the client has asked for so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    New,
    Running,
    ShutDown,
    Ended(Status),
}

impl State {
    /// After `exit`, or the end of the input. The protocol wants an error where no `shutdown` came before.
    fn ended(self) -> Self {
        Self::Ended(match self {
            Self::ShutDown => Status::Done,
            _ => Status::Left,
        })
    }
}

struct Server<'s> {
    checker: Checker<'s>,
    documents: HashMap<Uri, Document>,
    state: State,
    screen: &'s mut Screen,
}

/// The code and the message of an answer that is none.
type Refusal = (ErrorCode, String);

impl Server<'_> {
    fn take(&mut self, message: Message) -> anyhow::Result<()> {
        match message {
            Message::Request(request) => {
                let id = request.id.clone();
                let response = match self.answer(request) {
                    Ok(value) => Response::new_ok(id, value),
                    Err((code, message)) => Response::new_err(id, code as i32, message),
                };
                self.send(&response.into())
            }
            Message::Notification(one) if one.method == "exit" => {
                self.state = self.state.ended();
                Ok(())
            }
            Message::Notification(one) if self.state == State::Running => self.note(one),
            Message::Notification(_) | Message::Response(_) => Ok(()),
        }
    }

    fn answer(&mut self, request: Request) -> Result<Value, Refusal> {
        match (self.state, &*request.method) {
            (State::New, "initialize") => {
                self.state = State::Running;
                Ok(value(&greeting()))
            }
            (State::New, _) => Err((
                ErrorCode::ServerNotInitialized,
                "the first request is `initialize`".to_string(),
            )),
            (State::Running, "shutdown") => {
                self.state = State::ShutDown;
                Ok(Value::Null)
            }
            (State::Running, "textDocument/codeAction") => {
                let asked: CodeActionParams = parameters(request.params)?;
                let document = self.documents.get(&asked.text_document.uri);
                let only = asked.context.only.as_deref();
                let actions = document.map(|one| one.actions(asked.range, only));
                Ok(value(&actions.unwrap_or_default()))
            }
            (State::Running, "textDocument/hover") => {
                let asked: HoverParams = parameters(request.params)?;
                let asked = asked.text_document_position_params;
                let document = self.documents.get(&asked.text_document.uri);
                Ok(value(&document.and_then(|one| one.hover(asked.position))))
            }
            (State::Running, "initialize") | (State::ShutDown | State::Ended(_), _) => Err((
                ErrorCode::InvalidRequest,
                format!("`{}` is out of place", request.method),
            )),
            (State::Running, method) => Err((
                ErrorCode::MethodNotFound,
                format!("harden does not know `{method}`"),
            )),
        }
    }

    /// What cannot be read is passed over, as the protocol asks for what a server does not know.
    fn note(&mut self, note: Notification) -> anyhow::Result<()> {
        match &*note.method {
            "textDocument/didOpen" => {
                let opened: Option<DidOpenTextDocumentParams> = read(note.params);
                let document = opened.map(|one| one.text_document);
                document.map_or(Ok(()), |one| self.open(one.uri, one.version, one.text))
            }
            "textDocument/didChange" => {
                let Some(mut changed) = read::<DidChangeTextDocumentParams>(note.params) else {
                    return Ok(());
                };
                let (uri, version) = (
                    changed.text_document.text_document_identifier.uri,
                    changed.text_document.version,
                );
                match changed.content_changes.pop() {
                    Some(
                        TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(all),
                    ) => self.open(uri, version, all.text),
                    // Not what was agreed upon: the text is not known from here on.
                    Some(_) => self.close(uri),
                    None => Ok(()),
                }
            }
            "textDocument/didClose" => {
                let closed: Option<DidCloseTextDocumentParams> = read(note.params);
                closed.map_or(Ok(()), |one| self.close(one.text_document.uri))
            }
            _ => Ok(()),
        }
    }

    fn open(&mut self, uri: Uri, version: i32, text: String) -> anyhow::Result<()> {
        let checked = self.checker.check(&uri, text);
        let document = Document::new(uri.clone(), checked);
        let diagnostics = document.diagnostics();
        self.documents.insert(uri.clone(), document);
        self.publish(PublishDiagnosticsParams {
            uri,
            version: Some(version),
            diagnostics,
        })
    }

    fn close(&mut self, uri: Uri) -> anyhow::Result<()> {
        self.documents.remove(&uri);
        self.publish(PublishDiagnosticsParams {
            uri,
            version: None,
            diagnostics: Vec::new(),
        })
    }

    fn publish(&mut self, found: PublishDiagnosticsParams) -> anyhow::Result<()> {
        let method = "textDocument/publishDiagnostics".to_string();
        let params = value(&found);
        self.send(&Notification { method, params }.into())
    }

    fn send(&mut self, message: &Message) -> anyhow::Result<()> {
        let mut bytes = Vec::new();
        message.write(&mut bytes)?;
        let text = String::from_utf8(bytes)?;
        self.screen.print(&text).map_err(output_error)?;
        self.screen.flush().map_err(output_error)
    }
}

/// What the server can do.
fn greeting() -> InitializeResult {
    let kinds = [
        CodeActionKind::QuickFix,
        CodeActionKind::from(FIX_ALL.to_string()),
    ];
    InitializeResult {
        capabilities: ServerCapabilities {
            position_encoding: Some(PositionEncodingKind::UTF16),
            text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
                open_close: Some(true),
                change: Some(TextDocumentSyncKind::Full),
                ..TextDocumentSyncOptions::default()
            })),
            code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
                code_action_kinds: Some(kinds.to_vec()),
                ..CodeActionOptions::default()
            })),
            hover_provider: Some(HoverProvider::Bool(true)),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "harden".to_string(),
            version: Some(env!("CARGO_PKG_VERSION").to_string()),
        }),
    }
}

fn value(message: &impl Serialize) -> Value {
    serde_json::to_value(message).unwrap_or_default()
}

fn parameters<P: DeserializeOwned>(params: Value) -> Result<P, Refusal> {
    serde_json::from_value(params).map_err(|error| (ErrorCode::InvalidParams, error.to_string()))
}

fn read<P: DeserializeOwned>(params: Value) -> Option<P> {
    parameters(params).ok()
}
