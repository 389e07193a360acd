//! Which of the repositories of the sources are in the batch.

use wildmatch::WildMatch;

use super::sources::Target;

#[derive(Debug, Default)]
pub struct Filter {
    /// Patterns of names with `*` and `?`; any of them fits. None: all.
    pub include: Vec<String>,
    pub exclude: Vec<String>,
    /// The repository has one of them.
    pub topics: Vec<String>,
    pub archived: bool,
    pub forks: bool,
    /// In MiB, as far as the source knows the size.
    pub largest: Option<u64>,
}

impl Filter {
    /// Why a repository is not in the batch; `None` for one that is.
    pub fn leaves_out(&self, target: &Target) -> Option<String> {
        let fits = |pattern: &String| WildMatch::new(pattern).matches(&target.name);
        let about = &target.about;
        let has_topic = |topic: &String| about.topics.contains(topic);
        let is_named = self.include.is_empty() || self.include.iter().any(fits);
        let has_topics = self.topics.is_empty() || self.topics.iter().any(has_topic);
        let is_larger = |most: &u64| {
            let most = most.saturating_mul(1024 * 1024);
            about.bytes.is_some_and(|bytes| bytes > most)
        };
        match self.largest.filter(is_larger) {
            _ if !is_named || self.exclude.iter().any(fits) => Some("by its name".to_string()),
            _ if !has_topics => Some("without the topic".to_string()),
            _ if about.is_archived && !self.archived => Some("archived".to_string()),
            _ if about.is_fork && !self.forks => Some("a fork".to_string()),
            Some(most) => Some(format!("larger than {most} MiB")),
            None => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::sources::{About, Place};

    #[test]
    fn each_filter_takes_out_what_it_names() {
        let target = |name: &str, about: About| Target {
            name: name.to_string(),
            url: String::new(),
            branch: None,
            place: Place::Remote,
            about,
        };
        let plain = target("team/app", About::default());
        let archived = target(
            "team/old",
            About {
                is_archived: true,
                ..About::default()
            },
        );
        let fork = target(
            "team/fork",
            About {
                is_fork: true,
                ..About::default()
            },
        );
        let large = target(
            "team/large",
            About {
                bytes: Some(3 << 30),
                ..About::default()
            },
        );
        let topic = target(
            "x/topic",
            About {
                topics: vec!["dotnet".to_string()],
                ..About::default()
            },
        );
        let all = [plain, archived, fork, large, topic];
        let names = |filter: Filter| -> Vec<String> {
            let taken = all.iter().filter(|one| filter.leaves_out(one).is_none());
            taken.map(|one| one.name.clone()).collect()
        };
        assert_eq!(
            names(Filter::default()),
            ["team/app", "team/large", "x/topic"]
        );
        let some = |words: &[&str]| words.iter().map(|word| (*word).to_string()).collect();
        let filter = Filter {
            include: some(&["team/*"]),
            exclude: some(&["*large"]),
            archived: true,
            forks: true,
            ..Filter::default()
        };
        assert_eq!(names(filter), ["team/app", "team/old", "team/fork"]);
        assert_eq!(
            names(Filter {
                largest: Some(100),
                ..Filter::default()
            }),
            ["team/app", "x/topic"]
        );
        let why = |filter: &Filter| -> Vec<Option<String>> {
            all.iter().map(|one| filter.leaves_out(one)).collect()
        };
        let large = Filter {
            largest: Some(100),
            ..Filter::default()
        };
        let reasons = [
            None,
            Some("archived"),
            Some("a fork"),
            Some("larger than 100 MiB"),
            None,
        ];
        assert_eq!(why(&large), reasons.map(|why| why.map(str::to_string)));
        assert_eq!(
            names(Filter {
                topics: some(&["dotnet"]),
                ..Filter::default()
            }),
            ["x/topic"]
        );
    }
}
