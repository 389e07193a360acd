//! A second run changes nothing, and what cannot be read is left as it is.
#![no_main]

use std::sync::LazyLock;

use harden::engine::{self, Plan};
use harden::profile::{Profile, library};
use harden::syntax;
use libfuzzer_sys::fuzz_target;

static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    let load = |name: &str, _: Option<&str>| Err(format!("no profile `{name}`"));
    let names = ["baseline", "dotnet-ubi-sdk"].iter();
    names
        .map(|name| library::resolve(name, &load).expect("a built-in profile"))
        .collect()
});

fuzz_target!(|text: &str| {
    for profile in PROFILES.iter() {
        let plan = Plan::of(vec![profile]);
        let once = engine::harden(text, &plan, library::facts());
        if !once.errors.is_empty() {
            let internal = once
                .errors
                .iter()
                .find(|error| error.message.contains("internal"));
            assert_eq!(internal, None);
            assert_eq!(once.text, text);
            continue;
        }
        assert!(syntax::parse(&once.text).errors.is_empty());
        let twice = engine::harden(&once.text, &plan, library::facts());
        assert_eq!(twice.text, once.text);
    }
});
