//! What is no pipeline, or a hostile one: an error with its place, in bounded time, and nothing changed.

use std::time::{Duration, Instant};

use super::{profile, run};

/// Each text with the line and a part of its error.
fn refused(profile: &str, texts: &[(&str, usize, &str)]) {
    let profile = self::profile(profile);
    for (source, line, part) in texts {
        let outcome = run(&profile, source, &[]);
        let [error] = outcome.errors.as_slice() else {
            panic!("{source:?}: {outcome:?}");
        };
        assert!(
            error.message.contains(part),
            "{source:?}: {}",
            error.message
        );
        assert_eq!(
            error.position.map(|place| place.line),
            Some(*line),
            "{source:?}: {}",
            error.message
        );
        assert_eq!(outcome.text, *source);
    }
}

#[test]
fn errors_have_a_place() {
    let texts = [
        ("build:\n  script: [docker build .\n", 3, "not valid YAML"),
        ("build:\n\tscript: x\n", 2, "a tab in the indentation"),
        (
            "build:\n  script: x\nbuild:\n  script: y\n",
            3,
            "the key `build` stands twice",
        ),
        ("- a\n- b\n", 1, "no mapping"),
        ("", 1, "no YAML in it"),
        ("a: 1\n---\nb: 1\n---\nc: 1\n", 3, "more than one document"),
        ("a: *none\n", 1, "not valid YAML"),
        ("a: &a\n  b: *a\n", 2, "an alias for what it stands in"),
    ];
    refused("gitlab-ci-kaniko", &texts);
}

#[test]
fn errors_of_workflows_have_a_place() {
    let texts = [
        ("on: push\njobs:\n  a: [x\n", 4, "not valid YAML"),
        ("on: push\njobs:\n\ta: x\n", 3, "a tab in the indentation"),
        (
            "on: push\njobs:\n  a: {}\n  a: {}\n",
            4,
            "the key `a` stands twice",
        ),
        ("- a\n- b\n", 1, "no mapping `jobs`"),
        ("# nothing\n", 1, "no YAML in it"),
        ("on: push\n", 1, "no mapping `jobs`"),
        ("on: push\njobs:\n", 1, "no mapping `jobs`"),
        ("jobs: {}\n---\njobs: {}\n", 3, "more than one document"),
    ];
    refused("github-workflows", &texts);
}

#[test]
fn hostile_workflows_take_bounded_time() {
    let profile = profile("github-workflows");
    let job = "  job-NUMBER:\n    needs: [job-LAST, job-FIRST]\n    steps:\n      - uses: docker/build-push-action@v6\n        with: { push: true }\n      - run: curl x | sh\n";
    let many = |count: usize| -> String {
        let job = |n: usize| {
            job.replace("NUMBER", &n.to_string())
                .replace("LAST", &((n + 1) % count).to_string())
                .replace("FIRST", &(n / 2).to_string())
        };
        (0..count).map(job).collect()
    };
    let mut bomb = "on: push\nx0: &a0 [{ run: docker push a }]\n".to_string();
    for level in 1..64 {
        let last = level - 1;
        bomb.push_str(&format!(
            "x{level}: &a{level} [*a{last}, *a{last}, *a{last}]\n"
        ));
    }
    bomb.push_str("jobs:\n  a: { steps: *a63 }\n");
    let steps = "      - *s\n".repeat(20_000);
    let shared = format!(
        "on: push\nx: &s {{ run: \"{}\" }}\njobs:\n  a:\n    steps:\n{steps}",
        "curl x | sh; docker push a; ".repeat(500)
    );
    for (name, source) in [
        ("an alias bomb", bomb),
        ("a step with a thousand commands, in 20,000 places", shared),
        ("a net of jobs", format!("on: push\njobs:\n{}", many(500))),
        (
            "10 MB",
            format!(
                "on: push\njobs:\n{}",
                "  a0: { steps: [{ run: make }, { uses: a/b@v1 }] }\n"
                    .repeat(200_000)
                    .split_inclusive('\n')
                    .enumerate()
                    .map(|(n, line)| line.replace("a0", &format!("a{n}")))
                    .collect::<String>()
            ),
        ),
        (
            "a long line",
            format!(
                "on: push\njobs:\n  a:\n    steps:\n      - run: \"{}\"\n",
                "curl x | sh; docker push a; ".repeat(30_000)
            ),
        ),
    ] {
        let start = Instant::now();
        let outcome = run(&profile, &source, &[]);
        assert_eq!(outcome.text, source, "{name}");
        assert!(outcome.errors.is_empty(), "{name}: {:?}", outcome.errors);
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(20), "{name}: {taken:?}");
        println!("{name}: {taken:?}");
    }
}

#[test]
fn hostile_files_take_bounded_time() {
    let profile = profile("gitlab-ci");
    let mut bomb = "a0: &a0 [x]\n".to_string();
    for level in 1..64 {
        let last = level - 1;
        bomb.push_str(&format!(
            "a{level}: &a{level} [*a{last}, *a{last}, *a{last}, *a{last}]\n"
        ));
    }
    bomb.push_str("build:\n  image: docker\n  script: *a63\n");
    let merges: String = (0..2000)
        .map(|n| format!(".t{n}: &t{n}\n  <<: *t{}\n", n.max(1) - 1))
        .collect();
    let merges = merges.replacen("  <<: *t0\n", "  a: b\n", 1);
    let extends: String = (0..2000)
        .map(|n| {
            format!(
                ".e{n}:\n  extends: [.e{}, .e{}]\n",
                (n + 1) % 2000,
                (n + 2) % 2000
            )
        })
        .collect();
    let job = "job-NUMBER:\n  image: alpine\n  script:\n    - make test\n    - echo done\n";
    let large: String = (0..150_000)
        .map(|n| job.replace("NUMBER", &n.to_string()))
        .collect();
    let deep = format!("a: {}{}\n", "[".repeat(100_000), "]".repeat(100_000));
    for (name, source) in [
        ("an alias bomb", bomb),
        ("a chain of merges", merges),
        (
            "a net of extends",
            format!("{extends}build:\n  extends: .e0\n  script: docker build .\n"),
        ),
        ("10 MB", large),
        ("deep nesting", deep),
        (
            "long lines",
            format!(
                "build:\n  script: \"{}\"\n",
                "docker build . && ".repeat(100_000)
            ),
        ),
    ] {
        let start = Instant::now();
        let outcome = run(&profile, &source, &[]);
        assert_eq!(outcome.text, source, "{name}");
        let taken = start.elapsed();
        assert!(taken < Duration::from_secs(20), "{name}: {taken:?}");
        println!("{name}: {taken:?}");
    }
}
