//! The report in its formats, with texts that would like to be more than texts.

use serde_json::Value;

use crate::repositories::{OLD, Place, said};

const HOSTILE: &str = "FROM alpine:3.20\nENV a b\nLABEL x=\"</script><script>alert(1)</script><!-- \u{2028}\"\nUSER 5\nCMD [\"x\"]\n";

fn place() -> Place {
    let place = Place::new();
    place.add(
        "team/app",
        &[
            ("Dockerfile", OLD),
            ("=1+1/Dockerfile", HOSTILE),
            (
                "a|b <i>/Dockerfile",
                "FROM debian:12\nRUN apt-get install x | y\n",
            ),
        ],
    );
    place.add("team/done", &[("Dockerfile", "FROM scratch\nUSER 5\n")]);
    place.add("team/empty", &[("README.md", "x")]);
    let output = place.plan(&["repositories"]);
    assert!(output.status.success(), "{}", said(&output));
    place
}

fn report(place: &Place, words: &[&str]) -> String {
    let words: Vec<&str> = ["batch", "report", "try"]
        .into_iter()
        .chain(words.iter().copied())
        .collect();
    let output = place.harden(&words);
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The data of the page, as its script reads it.
pub fn data(page: &str, id: &str) -> Value {
    let start = format!("<script type=\"application/json\" id=\"{id}\">");
    let text = page.split(&start).nth(1).expect("the element");
    serde_json::from_str(text.split("</script>").next().expect("the end")).expect("JSON")
}

#[test]
fn the_page_needs_nothing_and_runs_nothing_else() {
    let place = place();
    let page = report(&place, &["--format=html"]);
    assert_eq!(page, place.read("try/report.html"));
    assert!(!page.contains("alert(1)</script>") && !page.contains("<!--"));
    for place in ["src=", "href=\"http", "url(", "@import", "innerHTML"] {
        assert!(!page.contains(place), "{place}");
    }
    let policy = page
        .split("Content-Security-Policy\" content=\"")
        .nth(1)
        .expect("a policy");
    assert!(
        policy.starts_with("default-src 'none'; script-src 'sha256-"),
        "{policy}"
    );
    let data_of_page = data(&page, "data");
    assert_eq!(data_of_page["files"].as_array().map(Vec::len), Some(4));
    let chunk = data(&page, "chunk-0");
    assert!(
        chunk.to_string().contains("</script><script>alert(1)"),
        "the text itself is kept"
    );
}

#[test]
fn the_formats_say_the_same() {
    let place = place();
    let json: Value = serde_json::from_str(&report(&place, &["--format=json"])).expect("JSON");
    assert_eq!(json["summary"]["repositories"], 3);
    assert_eq!(json["summary"]["repositories_by_risk"]["review"], 1);
    assert_eq!(json["summary"]["repositories_by_risk"]["empty"], 1);
    let files = report(&place, &["--format=csv"]);
    assert_eq!(files.lines().count(), 5);
    assert!(files.contains("\"'=1+1/Dockerfile\""), "{files}");
    let repositories = report(&place, &["--format=csv", "--table=repositories"]);
    assert!(repositories.starts_with("repository,url,branch,commit,risk,files,changed,held,error,request,request_url\r\nteam/app,"), "{repositories}");
    let work = report(&place, &["--format=csv", "--table=work"]);
    assert!(
        work.starts_with("kind,rule,reason,findings,files,repositories\r\nheld,"),
        "{work}"
    );
    assert_eq!(
        work.lines().count() - 1,
        json["work"].as_array().map_or(0, Vec::len)
    );
    let markdown = report(&place, &["--format=markdown"]);
    assert!(
        markdown.starts_with("# Batch `try`\n\n3 repositories with 4 Dockerfiles: "),
        "{markdown}"
    );
    assert!(
        markdown.contains("\n| safe: only changes that keep what the image does | 0 | 2 |\n"),
        "{markdown}"
    );
    for table in ["bases", "errors"] {
        let text = report(&place, &["--format=csv", "--table", table]);
        assert_eq!(
            text.lines().count() - 1,
            json[table].as_array().map_or(0, Vec::len),
            "{table}"
        );
    }
}

#[test]
fn a_plan_may_be_named_and_a_file_written() {
    let place = place();
    let output = place.harden(&[
        "batch",
        "report",
        "try/plan.json",
        "--format=html",
        "-o",
        "page.html",
    ]);
    assert!(
        output.status.success() && said(&output).is_empty(),
        "{}",
        said(&output)
    );
    assert_eq!(place.read("page.html"), place.read("try/report.html"));
    let output = place.harden(&["batch", "report", "try", "-o", "none/page.html"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        said(&output).contains("cannot write `none/page.html`"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_plain_command_has_the_page_too() {
    let place = Place::new();
    place.write("Dockerfile", HOSTILE);
    let output = place.harden(&["--format=html", "-o", "page.html", "Dockerfile"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let data = data(&place.read("page.html"), "data");
    assert_eq!(data["files"][0][1], "Dockerfile");
    assert_eq!(data["repositories"][0][0], "");
}
