use crate::fix::Reason;
use crate::model::Model;
use crate::rule::{Check, Finding, Rule, Severity, Survey, Verdict};
use crate::syntax::{Flag, Instruction};
use crate::text::{Edit, Span};

pub const RULE: Rule = Rule {
    id: "redundant-target-platform",
    summary: "FROM asks for the platform that it has anyway",
    severity: Severity::Info,
    since: "0.1.0",
    page: include_str!("redundant_target_platform.md"),
    aliases: &["hadolint:DL3065", "buildkit:RedundantTargetPlatform"],
    check: Check::Dockerfile(check),
};

const VARIABLE: &str = "TARGETPLATFORM";

fn check(model: &Survey<'_>) -> Vec<Finding> {
    if !model.file.source.contains(VARIABLE) {
        return Vec::new();
    }
    let froms = model
        .stages
        .iter()
        .filter_map(|stage| model.instruction(stage.from));
    froms
        .filter_map(|from| {
            let flag = from.flag("platform")?;
            let value = flag.value()?;
            let is_target = value == "$TARGETPLATFORM" || value == "${TARGETPLATFORM}";
            is_target.then(|| {
                let message = "the target platform is the default";
                Finding::of(&RULE, flag.span, message, verdict(model, from, flag))
            })
        })
        .collect()
}

fn verdict(model: &Model<'_>, from: &Instruction<'_>, flag: &Flag) -> Verdict {
    let mut global = model.global_arguments.iter();
    let set_here = global.find(|argument| argument.name == VARIABLE && argument.default.is_some());
    if let Some(argument) = set_here {
        let span = model.instruction(argument.instruction).map(|one| one.span);
        let text = format!("this file gives `{VARIABLE}` a default of its own");
        return Verdict::held(Reason { text, span });
    }
    let source = model.file.source;
    let before = source.get(from.span.start..flag.span.start).unwrap_or("");
    let blanks = before.len() - before.trim_end_matches([' ', '\t']).len();
    if blanks == 0 {
        let text = "the flag stands on a line of its own";
        return Verdict::held(Reason::at(flag.span, text));
    }
    let span = Span::new(flag.span.start - blanks, flag.span.end);
    Verdict::safe("leave out the platform", vec![Edit::delete(span)])
}
