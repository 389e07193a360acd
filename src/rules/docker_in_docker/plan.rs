//! What the scripts of a job do with Docker, in the order in which they do it.

use crate::fix::Reason;
use crate::pipeline::docker::{Build, Call, Term};
use crate::pipeline::script::{Item, StepKind};

/// A login to a registry.
pub struct Login {
    pub user: Term,
    pub password: Term,
    pub registry: Option<Term>,
}

/// A build with the names under which the image is pushed.
pub struct Image {
    pub build: Build,
    pub pushed: Vec<Term>,
    /// It is built in another folder than that of the project.
    pub has_moved: bool,
}

/// What is to be written in place of a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    Keep,
    /// All logins, unless they are written already.
    Logins,
    /// An image, behind all logins.
    Image(usize),
    Nothing,
}

/// All that the scripts do.
#[derive(Default)]
pub struct Plan {
    pub logins: Vec<Login>,
    pub images: Vec<Image>,
    /// Names of images that no push sends anywhere.
    pub left: Vec<Term>,
    /// For each item of each script, for each of its steps.
    pub pieces: Vec<Vec<Vec<Piece>>>,
}

/// Reads the scripts, each a row of items.
pub fn read(scripts: &[&[Item]]) -> Result<Plan, Vec<Reason>> {
    let mut reader = Reader::default();
    for items in scripts {
        let rows = items.iter().map(|item| reader.item(item)).collect();
        reader.plan.pieces.push(rows);
    }
    reader.end(scripts)
}

#[derive(Default)]
struct Reader {
    plan: Plan,
    reasons: Vec<Reason>,
    /// Other names of images: what `docker tag` gave, with the number of the image.
    aliases: Vec<(Term, usize)>,
    /// A command that does more than print came behind a build.
    changed_behind: Option<Reason>,
    /// Another folder is the current one.
    has_moved: bool,
}

impl Reader {
    fn item(&mut self, item: &Item) -> Vec<Piece> {
        let steps = item.steps.iter();
        steps
            .map(|step| {
                let hold = |text: String| Reason::at(item.span, text);
                match &step.kind {
                    StepKind::Held(why) => {
                        self.reasons.push(hold(why.clone()));
                        Piece::Nothing
                    }
                    StepKind::Kept { only_prints, moves } => {
                        self.has_moved |= *moves;
                        if !only_prints
                            && !self.plan.images.is_empty()
                            && self.changed_behind.is_none()
                        {
                            let what = step
                                .text
                                .split_whitespace()
                                .next()
                                .unwrap_or("")
                                .to_string();
                            self.changed_behind = Some(hold(format!(
                                "`{what}` runs between the build and the push"
                            )));
                        }
                        Piece::Keep
                    }
                    StepKind::Docker(call) => match self.call(call) {
                        Ok(piece) => piece,
                        Err(why) => {
                            // What follows from a build that is not carried over says nothing new.
                            let follows = matches!(call, Call::Tag { .. } | Call::Push(_));
                            if !(follows && self.reasons.iter().any(|one| one.span.is_some())) {
                                self.reasons.push(hold(why));
                            }
                            Piece::Nothing
                        }
                    },
                }
            })
            .collect()
    }

    fn call(&mut self, call: &Call) -> Result<Piece, String> {
        match call {
            Call::Daemon => Ok(Piece::Nothing),
            Call::Other(why) => Err(why.clone()),
            Call::Login {
                user,
                password,
                registry,
                ..
            } => {
                let (Some(user), Some(password)) = (user, password) else {
                    return Err("a login without the name and password of a user".to_string());
                };
                self.plan.logins.push(Login {
                    user: user.clone(),
                    password: password.clone(),
                    registry: registry.clone(),
                });
                Ok(Piece::Logins)
            }
            Call::Build(build) => {
                let pushed = if build.pushes {
                    build.names.clone()
                } else {
                    Vec::new()
                };
                let build = Build::clone(build);
                self.plan.images.push(Image {
                    build,
                    pushed,
                    has_moved: self.has_moved,
                });
                Ok(Piece::Image(self.plan.images.len() - 1))
            }
            // Before a build it only warms the cache of a daemon.
            Call::Pull(_) if self.plan.images.is_empty() => Ok(Piece::Nothing),
            Call::Pull(_) => Err("an image is pulled behind a build".to_string()),
            Call::Tag { from, to } => {
                let image = self.image_of(from);
                let image =
                    image.ok_or_else(|| format!("`{}` is not built in this job", from.text))?;
                self.aliases.push((to.clone(), image));
                Ok(Piece::Nothing)
            }
            Call::Push(name) => {
                let image = self.image_of(name);
                let image =
                    image.ok_or_else(|| format!("`{}` is not built in this job", name.text))?;
                if let Some(reason) = self.changed_behind.take() {
                    self.reasons.push(reason);
                }
                if let Some(image) = self.plan.images.get_mut(image) {
                    image.pushed.push(name.clone());
                }
                Ok(Piece::Nothing)
            }
        }
    }

    /// The image of a name. The last build counts where two have the same name.
    fn image_of(&self, name: &Term) -> Option<usize> {
        let alias = self.aliases.iter().rev().find(|(one, _)| one.is(name));
        if let Some((_, image)) = alias {
            return Some(*image);
        }
        self.plan
            .images
            .iter()
            .rposition(|image| image.build.names.iter().any(|one| one.is(name)))
    }

    fn end(mut self, scripts: &[&[Item]]) -> Result<Plan, Vec<Reason>> {
        if self.plan.images.is_empty() && self.reasons.is_empty() {
            let first = scripts
                .iter()
                .copied()
                .flatten()
                .find(|item| item.calls_docker());
            let text = "no image is built in this job";
            self.reasons
                .push(first.map_or_else(|| Reason::new(text), |item| Reason::at(item.span, text)));
        }
        let pushes = self
            .plan
            .images
            .iter()
            .any(|image| !image.pushed.is_empty());
        if pushes && self.plan.logins.is_empty() && self.reasons.is_empty() {
            self.reasons.push(Reason::new(
                "no `docker login` in this job says how its push is authorised",
            ));
        }
        if !self.reasons.is_empty() {
            return Err(self.reasons);
        }
        let images = self.plan.images.iter();
        let pushed: Vec<&Term> = images.clone().flat_map(|image| &image.pushed).collect();
        let built = images.flat_map(|image| &image.build.names);
        let names = built.chain(self.aliases.iter().map(|(name, _)| name));
        let left = names.filter(|name| !pushed.iter().any(|one| one.is(name)));
        self.plan.left = left.cloned().collect();
        Ok(self.plan)
    }
}
