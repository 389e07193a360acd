//! The report in a real browser: driven by hand and by keyboard, on three screens, with nothing from anywhere.

use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use super::tools;
use crate::repositories::{of_corpus, said};

#[test]
#[ignore = "installs a browser"]
fn the_report_is_searched_filtered_read_and_kept() {
    let test = "the_report_is_searched_filtered_read_and_kept";
    let Some((library, chromium)) = tools::browser(test) else {
        return;
    };
    let Some(place) = of_corpus(test, 120) else {
        return;
    };
    let output = place.plan(&["repositories", "-p", "dotnet-ubi", "-p", "node-ubi"]);
    assert!(output.status.success(), "{}", said(&output));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/integrations/report.mjs");
    let page = place.path().join("try/report.html");
    // Nobody else's settings, and none that stay.
    let mut command = Command::new("node");
    command.arg(script).arg(library).arg(chromium).arg(page);
    command
        .args(std::env::var_os("HARDEN_PICTURES"))
        .env("HOME", place.path());
    let output = command.output().expect("node runs");
    assert!(output.status.success(), "{}", said(&output));
    let seen: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    eprintln!(
        "opened in milliseconds: {}; nine keys of a search: {}",
        seen["opened"], seen["typing"]
    );
    for nothing in ["errors", "requests", "contrast"] {
        assert_eq!(seen[nothing], json!([]), "{nothing}");
    }
    let number = |key: &str| -> usize {
        let text = seen[key].as_str().unwrap_or_default().replace(',', "");
        text.split(' ')
            .next()
            .and_then(|word| word.parse().ok())
            .expect("a number")
    };
    assert_eq!(number("all"), 6952);
    assert!(
        number("searched") > 0 && number("searched") < 6952 && seen["fits"] == true,
        "{seen}"
    );
    assert_eq!(
        seen["none"],
        "Nothing fits. Clear the search or the filters."
    );
    assert!(number("chosen") > 0 && number("chosen") < 6952);
    // A reason of the work list leads to as many files as it says, which can be kept.
    let worked = &seen["worked"];
    assert_eq!(
        worked[1].as_str().and_then(|text| text.split(' ').next()),
        worked[0].as_str()
    );
    let files = worked[0].as_str().expect("a number").replace(',', "");
    assert_eq!(seen["csv"].to_string(), files);
    let sorted: Vec<u64> = seen["sorted"]
        .as_array()
        .expect("rows")
        .iter()
        .filter_map(Value::as_u64)
        .collect();
    assert!(
        sorted.is_sorted_by(|one, next| one >= next) && sorted[0] > 0,
        "{sorted:?}"
    );
    assert!(
        seen["drawn"].as_u64().is_some_and(|rows| rows < 60),
        "only rows in view are drawn"
    );
    assert_eq!(seen["theme"], "light");
    assert_eq!(
        (&seen["reachesTabs"], &seen["tab"]),
        (&json!(true), &json!("BUTTON#tab-bases."))
    );
    let moved = &seen["moved"];
    assert!(
        moved[0].as_u64() > Some(1) && moved[1].as_u64() > moved[0].as_u64(),
        "{moved}"
    );
    assert_eq!(seen["filtered"], 1);
    assert_eq!(seen["inDrawer"], "H2#drawer-title.");
    assert_eq!(
        (&seen["back"], &seen["search"]),
        (&json!("DIV#.row"), &json!("search"))
    );
    assert!(
        seen["wide"].as_u64() <= Some(390) && seen["wideDrawer"].as_u64() <= Some(390),
        "{seen}"
    );
}
