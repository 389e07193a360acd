//! From musl to glibc: what was compiled for one does not run on the other.

use super::Site;
use crate::fix::{Reason, Step};
use crate::model::Body;
use crate::model::facts::Libc;
use crate::profile::format::{BaseMap, Copies};
use crate::syntax::{Instruction, Keyword};
use crate::text::Edit;

/// What makes the output of a build more than assemblies that run anywhere.
const NATIVE: [&str; 5] = [
    "musl",
    "self-contained",
    "selfcontained",
    "singlefile",
    "aot",
];

impl Site<'_, '_> {
    /// A .NET application that is started by its own small program is started by `dotnet` instead: the program is
    /// compiled for musl, the assembly beside it is not.
    pub(super) fn other_libc(&self, row: &BaseMap) -> Result<Option<Step>, Vec<Reason>> {
        let is_static = row.copies == Copies::Static;
        if is_static || self.old.libc != Some(Libc::Musl) || self.new.libc != Some(Libc::Glibc) {
            return Ok(None);
        }
        let mut reasons: Vec<Reason> = self.native_builds().collect();
        let mut edits = Vec::new();
        let is_dotnet = row.image.contains("/dotnet/");
        for (index, instruction) in self.instructions() {
            if !matches!(instruction.keyword, Keyword::Entrypoint | Keyword::Cmd) {
                continue;
            }
            if !is_dotnet {
                reasons.extend(self.compiled_start(instruction, self.model.body(index), row));
                continue;
            }
            match start(instruction, self.model.body(index)) {
                Ok(edit) => edits.extend(edit),
                Err(program) => {
                    let text = format!(
                        "`{program}` may be compiled for musl, and the new base image has glibc"
                    );
                    reasons.push(Reason::at(instruction.span, text));
                }
            }
        }
        if !reasons.is_empty() {
            return Err(reasons);
        }
        let why = "The program of its own that the build makes is compiled for musl; the assembly beside it is not.";
        let step = Step::new(
            "start the assembly with `dotnet`",
            Some(why.to_string()),
            edits,
        );
        Ok((!step.edits.is_empty()).then_some(step))
    }

    /// A program that is started by its path may be compiled for musl. One that is found by its name comes from packages,
    /// which the build installs anew; so do environments of Python and modules of Node.js.
    fn compiled_start(
        &self,
        instruction: &Instruction<'_>,
        body: &Body,
        row: &BaseMap,
    ) -> Option<Reason> {
        let program = match body {
            Body::Exec(words) => words.first()?.clone(),
            Body::Script(script) => script.commands().first()?.command.name()?,
            _ => return None,
        };
        let is_installed = [".sh", ".js", ".py"]
            .iter()
            .any(|end| program.ends_with(end))
            || ["venv/", "node_modules/"]
                .iter()
                .any(|part| program.contains(part))
            || ["/bin/", "/usr/bin/"]
                .iter()
                .any(|part| program.starts_with(part));
        let is_rebuilt = row.copies == Copies::Together || self.new.has_command(&program);
        let is_safe = is_installed || is_rebuilt && !program.contains('/');
        let text =
            format!("`{program}` may be compiled for musl, and the new base image has glibc");
        (!is_safe && !is_of_shell(&program)).then(|| Reason::at(instruction.span, text))
    }

    fn native_builds(&self) -> impl Iterator<Item = Reason> {
        let runs = self
            .model
            .file
            .instructions
            .iter()
            .filter(|one| one.keyword == Keyword::Run);
        runs.filter(|run| {
            let text = run.line.text().to_ascii_lowercase();
            text.contains("dotnet") && NATIVE.iter().any(|word| text.contains(word))
        })
        .map(|run| {
            Reason::at(
                run.span,
                "this may compile for musl, and the new base image has glibc",
            )
        })
    }
}

fn is_of_shell(program: &str) -> bool {
    matches!(program, "sh" | "bash" | "exec" | "env" | "cd" | "echo")
}

/// The edit that starts an assembly; the program where it is none of .NET.
fn start(instruction: &Instruction<'_>, body: &Body) -> Result<Option<Edit>, String> {
    let words = match body {
        Body::Exec(words) => words,
        Body::None => return Ok(None),
        Body::Script(script) => {
            let sites = script.commands();
            let program = sites.first().and_then(|site| site.command.name());
            return match program.as_deref() {
                Some("dotnet") => Ok(None),
                _ => Err(program.unwrap_or_else(|| "the start command".to_string())),
            };
        }
        Body::Opaque(_) => return Err("the start command".to_string()),
    };
    let (Some(program), Some(word)) = (words.first(), instruction.words().first()) else {
        return Ok(None);
    };
    if program == "dotnet" || program.starts_with('-') {
        return Ok(None);
    }
    let Some(name) = program
        .rsplit('/')
        .next()
        .filter(|name| program.contains('/') && !name.ends_with(".sh"))
    else {
        return Err(program.clone());
    };
    let folder = program
        .strip_suffix(name)
        .unwrap_or("")
        .trim_start_matches("./");
    let assembly = serde_json::Value::from(format!("{folder}{name}.dll"));
    Ok(Some(Edit::replace(
        word.span,
        format!("\"dotnet\", {assembly}"),
    )))
}
