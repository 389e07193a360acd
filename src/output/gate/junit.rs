//! The verdict as JUnit's XML: a suite for each image, a failing test case for each finding that counts, an error for each
//! report that could not be read.

use std::fmt::Write as _;

use harden::gate::ImageVerdict;

use super::{Gate, fix, origin_text, thing};
use crate::output::escape;
use crate::output::junit::{case, xml};

pub fn verdict(gate: &Gate) -> String {
    let mut text =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"harden gate\">\n"
            .to_string();
    for (path, problem) in &gate.problems {
        let path = escape::path(path);
        let place = problem.position.map(|at| format!(" at line {}", at.line));
        let message = format!("{}{}", problem.message, place.unwrap_or_default());
        suite(&mut text, &path, 1, 0, 1);
        let result = format!("<error message=\"{}\"/>", xml(&escape::line(&message)));
        case(&mut text, &path, "the report can be read", &result);
        text.push_str("  </testsuite>\n");
    }
    for image in gate.images() {
        self::image(&mut text, gate, image);
    }
    text.push_str("</testsuites>\n");
    text
}

fn suite(text: &mut String, name: &str, tests: usize, failures: usize, errors: usize) {
    let name = xml(name);
    let _ = writeln!(
        text,
        "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    );
}

fn image(text: &mut String, gate: &Gate, image: &ImageVerdict) {
    let name = escape::line(&image.name);
    let failures = image.counted().min(super::MOST_LISTED);
    // An image without findings that count is a test that passes.
    suite(text, &name, failures.max(1), failures, 0);
    for finding in image.failing().take(super::MOST_LISTED) {
        let thing = thing(finding);
        let origin = gate.origin(finding).and_then(origin_text);
        let details = [Some(thing.clone()), fix(finding), origin];
        let details: Vec<String> = details.into_iter().flatten().collect();
        let result = format!(
            "<failure type=\"{}\" message=\"{}\"/>",
            finding.severity.as_str(),
            xml(&escape::line(&details.join(", ")))
        );
        case(text, &name, &format!("{} {thing}", finding.id), &result);
    }
    if failures == 0 {
        case(text, &name, "no finding counts", "");
    }
    text.push_str("  </testsuite>\n");
}
