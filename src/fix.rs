//! A change that harden proposes: what it does, how sure harden is, and why.

use crate::text::{Edit, EditSet, Overlap, Span};

/// How sure harden is that a fix is wanted. Ordered; forgetting it is the cautious choice.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Safety {
    /// harden knows what is wrong, a person must choose. No edits.
    #[default]
    Manual,
    /// Meant to change behaviour, or rests on a stated assumption.
    Review,
    /// The built image behaves the same; the preconditions are proven.
    Safe,
}

impl Safety {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Review => "review",
            Self::Safe => "safe",
        }
    }
}

/// One of the things that a fix does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In the imperative: "run as UID 1001".
    pub what: String,
    pub why: Option<String>,
    pub edits: Vec<Edit>,
    /// What other tools call the thing that it does away with.
    pub aliases: &'static [&'static str],
}

impl Step {
    pub fn new(what: impl Into<String>, why: Option<String>, edits: Vec<Edit>) -> Self {
        Self {
            what: what.into(),
            why,
            edits,
            aliases: &[],
        }
    }

    /// The same, with another reason behind its own; none where that is empty.
    pub fn because(mut self, more: &str) -> Self {
        if !more.is_empty() {
            self.why = Some(match self.why {
                Some(why) => format!("{why} {more}"),
                None => more.to_string(),
            });
        }
        self
    }

    /// The same, doing away with what other tools call by these ids.
    pub fn known_as(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }
}

/// A change of one file. All its edits are made, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    title: String,
    safety: Safety,
    why: Option<String>,
    steps: Vec<Step>,
    edits: EditSet,
}

impl Fix {
    /// A fix that keeps what the image does.
    ///
    /// # Errors
    /// [`Overlap`] where its edits touch the same bytes.
    pub fn safe(title: impl Into<String>, edits: Vec<Edit>) -> Result<Self, Overlap> {
        let title = title.into();
        let step = Step::new(title.clone(), None, edits);
        Self::with(title, Safety::Safe, None, vec![step])
    }

    /// A fix that a person should look at: `why` tells what to look for.
    ///
    /// # Errors
    /// [`Overlap`] where its edits touch the same bytes.
    pub fn review(
        title: impl Into<String>,
        why: impl Into<String>,
        steps: Vec<Step>,
    ) -> Result<Self, Overlap> {
        Self::with(title.into(), Safety::Review, Some(why.into()), steps)
    }

    /// A proposal without edits.
    pub fn manual(title: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            safety: Safety::Manual,
            why: Some(why.into()),
            steps: Vec::new(),
            edits: EditSet::default(),
        }
    }

    fn with(
        title: String,
        safety: Safety,
        why: Option<String>,
        steps: Vec<Step>,
    ) -> Result<Self, Overlap> {
        let edits = EditSet::new(steps.iter().flat_map(|step| step.edits.iter().cloned()))?;
        Ok(Self {
            title,
            safety,
            why,
            steps,
            edits,
        })
    }

    /// Makes it as safe as whoever uses it wants it to be taken. A proposal without edits stays one.
    pub fn rate(&mut self, safety: Safety) {
        if self.edits.is_empty() {
            return;
        }
        if safety == Safety::Manual {
            *self = Self::manual(
                std::mem::take(&mut self.title),
                self.why.clone().unwrap_or_default(),
            );
            return;
        }
        if safety == Safety::Review && self.why.is_none() {
            self.why = Some("The configuration asks for a look at it.".to_string());
        }
        self.safety = safety;
    }

    pub fn title(&self) -> &str {
        &self.title
    }

    pub fn safety(&self) -> Safety {
        self.safety
    }

    pub fn why(&self) -> Option<&str> {
        self.why.as_deref()
    }

    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    pub fn edits(&self) -> &EditSet {
        &self.edits
    }
}

/// Why harden leaves something alone: a precondition that does not hold, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    pub text: String,
    pub span: Option<Span>,
}

impl Reason {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            span: None,
        }
    }

    pub fn at(span: Span, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            span: Some(span),
        }
    }
}
