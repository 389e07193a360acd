//! What the RUNs of a file run, for rules that look at commands.

use crate::model::{Base, Fact, Facts, Model, Stage};
use crate::syntax::shell::{Script, SimpleCommand};
use crate::syntax::{Instruction, Keyword};

/// A RUN that was read without doubt.
#[derive(Clone, Copy)]
pub struct Run<'m> {
    /// The number of the instruction.
    pub index: usize,
    pub instruction: &'m Instruction<'m>,
    pub script: &'m Script,
}

/// The RUNs that `is_asked` wants. Reading a script is dear, so a rule first looks at the text.
pub fn runs<'m>(
    model: &'m Model<'_>,
    is_asked: impl Fn(&Instruction<'_>) -> bool + 'm,
) -> impl Iterator<Item = Run<'m>> {
    let numbered = model.file.instructions.iter().enumerate();
    numbered.filter_map(move |(index, instruction)| {
        let is_asked = instruction.keyword == Keyword::Run && is_asked(instruction);
        let script = is_asked.then(|| model.body(index).script()).flatten()?;
        Some(Run {
            index,
            instruction,
            script,
        })
    })
}

/// The RUNs in whose text one of the words stands.
pub fn runs_with<'m>(model: &'m Model<'_>, words: &'m [&'m str]) -> impl Iterator<Item = Run<'m>> {
    let source = model.file.source;
    let has_word = move |text: &str| words.iter().any(|word| text.contains(word));
    let is_in_file = has_word(source);
    runs(model, move |instruction| {
        is_in_file && has_word(instruction.span.slice(source))
    })
}

/// The RUN of that number among some in the order of the file.
pub fn find<'r, 'm>(runs: &'r [Run<'m>], index: usize) -> Option<&'r Run<'m>> {
    let at = runs.binary_search_by_key(&index, |run| run.index).ok()?;
    runs.get(at)
}

/// The facts of the image that a stage stands on, directly or over other stages; `None` where nothing is known of it.
pub fn base_facts(model: &Model<'_>, stage: &Stage) -> Option<Facts> {
    match &model.root_of(stage)?.base {
        Base::Image(Fact::Known(image, _)) => model.facts.of(image).map(|(facts, _)| facts),
        _ => None,
    }
}

/// The values of the words of a command from `first` on; `None` for a word whose value is not literal.
pub fn values(command: &SimpleCommand, first: usize) -> Vec<Option<String>> {
    let words = command.words.iter().skip(first);
    words.map(|word| word.value()).collect()
}
