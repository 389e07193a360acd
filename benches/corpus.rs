//! How fast the core is over the corpus, on one thread: `cargo bench --bench corpus`.

use std::path::Path;
use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use harden::engine::{self, Plan};
use harden::profile::library;
use harden::syntax;

#[path = "../tests/common/mod.rs"]
mod common;

static CORPUS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let shared = common::shared().expect("a corpus");
    let files = common::corpus(&shared);
    files.into_iter().map(|(_, text)| text).collect()
});

fn bench(bencher: Bencher<'_, '_>, work: impl Fn(&str) + Sync) {
    let bytes: usize = CORPUS.iter().map(String::len).sum();
    bencher
        .counter(BytesCount::new(bytes))
        .counter(ItemsCount::new(CORPUS.len()))
        .bench(|| CORPUS.iter().for_each(|text| work(text)));
}

#[divan::bench(sample_count = 10)]
fn parse(bencher: Bencher<'_, '_>) {
    bench(bencher, |text| {
        divan::black_box(syntax::parse(text));
    });
}

/// Everything between the text of a file and its outcome.
#[divan::bench(args = ["baseline", "dotnet-ubi"], sample_count = 10)]
fn harden(bencher: Bencher<'_, '_>, name: &str) {
    let profile = library::resolve(name, &|name, _| Err(format!("no profile `{name}`")));
    let profile = profile.expect("a built-in profile");
    let plan = Plan::of(vec![&profile]);
    bench(bencher, |text| {
        divan::black_box(engine::harden(text, &plan, library::facts()));
    });
}

fn main() {
    if common::shared_or_skip("benchmarks")
        .is_some_and(|shared| Path::new(&shared).join("corpus").is_dir())
    {
        divan::main();
    }
}
