//! The requests of a batch at the forges of its repositories, and the repositories of a group there.

use crate::batch::apply::Requests;
use crate::batch::journal::Made;
use crate::batch::push::Push;
use crate::batch::sources::{About, Place as Source, Target, check_address};
use crate::batch::wording;
use crate::cli::mr::{ForgeArguments, ForgeName};
use crate::commands::mr;
use crate::forge::{self, Forge, ForgeKind, RequestState};
use crate::git::{Address, Change, Copy, Files, Git};
use crate::report::Problem;
use crate::report::record::RepositoryRecord;
use crate::request::{self, Action, Content, Place, Why};

/// Each request where its repository is: by the interface of a forge, or by a push.
pub struct Everywhere<'a> {
    pub push: Push<'a>,
    pub flags: &'a ForgeArguments,
}

impl Requests for Everywhere<'_> {
    fn make(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        match self.at_forge(record)? {
            Some(there) => there.make(record),
            None => self.push.make(record),
        }
    }

    fn look(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        match self.at_forge(record)? {
            Some(there) => there.look(),
            None => self.push.look(record),
        }
    }

    fn close(&self, record: &RepositoryRecord) -> Result<(), Problem> {
        match self.at_forge(record)? {
            Some(there) => there.close(record),
            None => self.push.close(record),
        }
    }

    fn comment(&self, record: &RepositoryRecord, text: &str) -> Result<(), Problem> {
        match self.at_forge(record)? {
            Some(there) => Ok(there.forge.note(there.open()?, text)?),
            None => self.push.comment(record, text),
        }
    }
}

impl Everywhere<'_> {
    /// `None` for a repository that is reached by git alone.
    fn at_forge(&self, record: &RepositoryRecord) -> Result<Option<There<'_>>, Problem> {
        let (address, _) = Address::parse(&record.url)?;
        if address.is_folder() || self.flags.forge == Some(ForgeName::Push) {
            return Ok(None);
        }
        let settings = mr::settings(self.flags, false, &address)?;
        Ok(Some(There {
            forge: forge::connect(&settings, &address)?,
            git: reach(&record.url, self.flags, &[])?,
            push: &self.push,
        }))
    }
}

/// One repository at its forge.
struct There<'a> {
    forge: Box<dyn Forge>,
    git: Git,
    push: &'a Push<'a>,
}

impl There<'_> {
    fn branch(&self) -> String {
        format!("harden/{}", self.push.batch)
    }

    /// A copy of the target in a folder that goes with what is given back first.
    fn copy(&self, record: &RepositoryRecord) -> Result<(tempfile::TempDir, Copy), Problem> {
        let mut builder = tempfile::Builder::new();
        let folder = builder.prefix("copy-").tempdir_in(self.push.scratch);
        let folder = folder.map_err(|error| Problem::io("cannot make a folder", &error))?;
        let branch = (!record.branch.is_empty()).then_some(record.branch.as_str());
        let place = folder.path().join("copy.git");
        let copy = self.git.copy(branch, Files::Small, &place)?;
        Ok((folder, copy))
    }

    fn make(&self, record: &RepositoryRecord) -> Result<Made, Problem> {
        let (_folder, copy) = self.copy(record)?;
        let Some(changes) = changes(record, &copy)? else {
            // All of it is in the target already.
            return self.look();
        };
        let profile = match self.push.profiles {
            [] => "configured".to_string(),
            names => names.join(","),
        };
        let content = Content {
            fingerprint: request::fingerprint(&profile, &changes),
            profile,
            changes,
            title: wording::title(record, self.push.profiles),
            body: wording::description(record, self.push.batch),
            is_draft: self.push.is_draft,
            labels: vec!["hardening".to_string()],
            ..Content::default()
        };
        let branch = self.branch();
        let done = request::ensure(&self.place(record, &copy, &branch), Some(&content))?;
        let state = match done.action {
            Action::Open { .. } => "created",
            Action::Update { .. } => "updated",
            Action::Note { .. } | Action::Nothing(Why::Edited(_)) => "edited",
            Action::Close { .. } | Action::Delete | Action::Nothing(Why::Declined(_)) => "closed",
            Action::Nothing(Why::TakenBack(_)) => "merged",
            Action::Nothing(_) => "open",
        };
        Ok(Made {
            state: state.to_string(),
            url: done.url.unwrap_or_default(),
            note: done.notes.join("; "),
        })
    }

    /// The newest request from the branch of the batch.
    fn look(&self) -> Result<Made, Problem> {
        let requests = self.forge.requests(&self.branch())?;
        let Some(newest) = requests.first() else {
            return Err(Problem::new("there is no request"));
        };
        let state = match newest.state {
            RequestState::Open => "open",
            RequestState::Closed => "closed",
            RequestState::Merged => "merged",
        };
        Ok(Made {
            state: state.to_string(),
            url: newest.url.clone(),
            note: String::new(),
        })
    }

    /// The number of the open request.
    fn open(&self) -> Result<u64, Problem> {
        let requests = self.forge.requests(&self.branch())?;
        let open = requests.iter().find(|one| one.state == RequestState::Open);
        open.map(|one| one.number)
            .ok_or_else(|| Problem::new("there is no open request"))
    }

    fn close(&self, record: &RepositoryRecord) -> Result<(), Problem> {
        let (_folder, copy) = self.copy(record)?;
        request::withdraw(&self.place(record, &copy, &self.branch()))
    }

    fn place<'p>(
        &'p self,
        record: &'p RepositoryRecord,
        copy: &'p Copy,
        branch: &'p str,
    ) -> Place<'p> {
        Place {
            copy,
            forge: &*self.forge,
            target: &record.branch,
            branch,
        }
    }
}

/// The planned changes of the files as they are at the target; `None` where it has them all.
fn changes(record: &RepositoryRecord, copy: &Copy) -> Result<Option<Vec<Change>>, Problem> {
    let mut changes = Vec::new();
    let mut is_open = false;
    for file in &record.files {
        let Some(change) = &file.change else { continue };
        let moved = || wording::moved(&file.path);
        let (id, old) = copy.file(&file.path)?.ok_or_else(moved)?;
        let is_there = old == change.text.as_bytes();
        if id != change.old && !is_there {
            return Err(moved());
        }
        is_open |= !is_there;
        changes.push(Change {
            path: file.path.clone(),
            old,
            new: change.text.clone().into_bytes(),
        });
    }
    changes.retain(|change| change.old != change.new);
    Ok(is_open.then_some(changes))
}

/// git as it reaches a repository: with the token of its forge, where there is one for it. Elsewhere it has its own logins.
///
/// # Errors
/// A [`Problem`] with the address.
pub fn reach(url: &str, flags: &ForgeArguments, sources: &[String]) -> Result<Git, Problem> {
    let (address, _) = Address::parse(url)?;
    let mut groups = sources.iter().filter_map(|source| Group::of(source));
    let group = groups.find(|group| {
        address
            .host()
            .is_some_and(|host| host.eq_ignore_ascii_case(group.host))
    });
    let mut flags = flags.clone();
    flags.forge = flags.forge.or(group.map(|group| group.kind));
    let (address, login) = match mr::settings(&flags, false, &address) {
        Ok(settings) => {
            let address = mr::as_served(settings.kind, address);
            let login = mr::login_of(&settings, &address, None);
            (address, login)
        }
        Err(_) => (address, None),
    };
    Git::new(mr::git_settings(&flags), address, login)
}

/// A source such as `gitlab:gitlab.example.com/group`.
struct Group<'s> {
    kind: ForgeName,
    scheme: &'s str,
    host: &'s str,
    owner: &'s str,
}

impl<'s> Group<'s> {
    /// `None` for a word that names none.
    fn of(source: &'s str) -> Option<Self> {
        let (name, rest) = source.split_once(':')?;
        let (kind, public) = match name {
            "gitlab" => (ForgeName::Gitlab, "gitlab.com"),
            "github" => (ForgeName::Github, "github.com"),
            "gitea" => (ForgeName::Gitea, "codeberg.org"),
            _ => return None,
        };
        let (scheme, rest) = rest.split_once("://").unwrap_or(("https", rest));
        let (host, owner) = match rest.split_once('/') {
            Some((host, owner)) if host.contains(['.', ':']) => (host, owner),
            _ => (public, rest),
        };
        Some(Self {
            kind,
            scheme,
            host,
            owner,
        })
    }
}

/// The repositories of a group; `None` for a source that is none.
///
/// # Errors
/// A [`Problem`] where the forge does not tell.
pub fn group(source: &str, flags: &ForgeArguments) -> Result<Option<Vec<Target>>, Problem> {
    let Some(group) = Group::of(source) else {
        return Ok(None);
    };
    let (scheme, host, owner) = (group.scheme, group.host, group.owner);
    let (address, _) = Address::parse(&format!("{scheme}://{host}/{owner}"))?;
    let flags = ForgeArguments {
        forge: Some(group.kind),
        ..flags.clone()
    };
    let settings = mr::settings(&flags, false, &address)?;
    let forge =
        forge::connect_project(&settings, address.web_scheme().unwrap_or("https"), host, "")?;
    let listed = forge.repositories(owner)?;
    let mut targets = Vec::new();
    for one in listed {
        check_address(&one.clone_url)?;
        targets.push(Target {
            name: one.name,
            url: one.clone_url,
            branch: None,
            place: Source::Remote,
            about: About {
                topics: one.topics,
                is_archived: one.is_archived,
                is_fork: one.is_fork,
                bytes: one.kibibytes.map(|size| size.saturating_mul(1024)),
            },
        });
    }
    match (targets.is_empty(), settings.kind) {
        (true, ForgeKind::Gitlab) => Err(Problem::new(format!(
            "the group `{owner}` has no repository"
        ))),
        (true, _) => Err(Problem::new(format!(
            "the organisation `{owner}` has no repository"
        ))),
        (false, _) => Ok(Some(targets)),
    }
}
