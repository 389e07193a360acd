//! The book, built by mdbook.

use super::repository::{Repository, root, said};
use super::tools;

#[test]
#[ignore = "installs mdbook"]
fn mdbook_builds_the_book() {
    let Some(program) = tools::mdbook("mdbook_builds_the_book") else {
        return;
    };
    let folder = Repository::new(&[], &[("x", "")]);
    let book = folder.path().join("book");
    let mut command = folder.command(&program);
    command.args(["build", "--dest-dir"]).arg(&book);
    let output = command.arg(root().join("docs")).output();
    let output = output.expect("mdbook runs");
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("WARN") && !said.contains("ERROR"), "{said}");
    for page in [
        "index.html",
        "standards.html",
        "rules/legacy-env-format.html",
        "profiles/dotnet-ubi.html",
    ] {
        assert!(book.join(page).is_file(), "{page}: {said}");
    }
}
