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
    pub fn takes(&self, target: &Target) -> bool {
        let fits = |pattern: &String| WildMatch::new(pattern).matches(&target.name);
        let about = &target.about;
        let has_topic = |topic: &String| about.topics.contains(topic);
        (self.include.is_empty() || self.include.iter().any(fits))
            && !self.exclude.iter().any(fits)
            && (self.topics.is_empty() || self.topics.iter().any(has_topic))
            && (self.archived || !about.is_archived)
            && (self.forks || !about.is_fork)
            && !matches!((self.largest, about.bytes), (Some(most), Some(bytes)) if bytes > most.saturating_mul(1024 * 1024))
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
            let taken = all.iter().filter(|one| filter.takes(one));
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
        assert_eq!(
            names(Filter {
                topics: some(&["dotnet"]),
                ..Filter::default()
            }),
            ["x/topic"]
        );
    }
}
