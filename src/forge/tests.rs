//! Lists of repositories, page by page, from servers that answer as the documents of the forges say.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use super::*;

/// Serves what `answer` makes of a target: a status, a line of a header, and JSON.
fn serve(answer: fn(&str, &str) -> (u16, String, &'static str)) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let host = listener.local_addr().unwrap().to_string();
    let own = host.clone();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
            let first = lines.next().unwrap().unwrap();
            while lines.next().is_some_and(|line| !line.unwrap().is_empty()) {}
            let (status, header, body) = answer(first.split(' ').nth(1).unwrap(), &own);
            let length = body.len();
            let head = format!(
                "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {length}\r\n{header}\r\n"
            );
            stream.write_all((head + body).as_bytes()).unwrap();
        }
    });
    host
}

fn list(kind: ForgeKind, host: &str) -> Answer<Vec<Listed>> {
    let settings = Settings {
        kind,
        api: None,
        token: Some(Token("x".to_string())),
        authorities: None,
        insecure: false,
        timeout: Duration::from_secs(5),
        retries: 0,
        trace: |_| {},
    };
    connect_project(&settings, "http", host, "")
        .unwrap()
        .repositories("a/b")
}

#[test]
fn of_a_group_of_gitlab() {
    let host = serve(|target, _| {
        let start = "/api/v4/groups/a%2Fb/projects?include_subgroups=true&with_shared=false&statistics=true";
        assert!(target.starts_with(start), "{target}");
        match target.contains("page=2") {
            false => (
                200,
                "x-next-page: 2\r\n".to_string(),
                r#"[{"path_with_namespace":"a/b/z","http_url_to_repo":"http://h/a/b/z.git","default_branch":"main","archived":true,"topics":["x"],"statistics":{"repository_size":4096}}]"#,
            ),
            true => (
                200,
                "x-next-page: \r\n".to_string(),
                r#"[{"path_with_namespace":"a/b/c","http_url_to_repo":"http://h/a/b/c.git","default_branch":null,"archived":false,"forked_from_project":{"id":1},"topics":[]}]"#,
            ),
        }
    });
    let found = list(ForgeKind::Gitlab, &host).unwrap();
    let [first, second] = found.as_slice() else {
        panic!("{found:?}")
    };
    assert_eq!(
        (first.name.as_str(), first.is_fork, &first.default_branch),
        ("a/b/c", true, &None)
    );
    assert_eq!(
        (second.is_archived, second.kibibytes, second.topics.len()),
        (true, Some(4), 1)
    );
    assert_eq!(second.clone_url, "http://h/a/b/z.git");
}

#[test]
fn of_a_person_where_there_is_no_organisation() {
    for (kind, query) in [
        (ForgeKind::Github, "type=all&sort=full_name&per_page=100"),
        (ForgeKind::Gitea, "limit=50"),
    ] {
        let host = serve(|target, host| {
            let next = |path: &str| {
                format!(
                    "link: <http://{host}{path}>; rel=\"next\", <http://{host}/x>; rel=\"last\"\r\n"
                )
            };
            match target {
                one if one.contains("/orgs/") => (404, String::new(), "{}"),
                one if one.ends_with("&page=2") => (
                    200,
                    String::new(),
                    r#"[{"full_name":"a/a","clone_url":"http://h/a/a.git","default_branch":"main","empty":true,"fork":true}]"#,
                ),
                one => (
                    200,
                    next(&format!("{one}&page=2")),
                    r#"[{"full_name":"a/c","clone_url":"http://h/a/c.git","default_branch":"main","archived":true,"size":7,"topics":["t"]}]"#,
                ),
            }
        });
        let found = list(kind, &host).unwrap();
        let [first, second] = found.as_slice() else {
            panic!("{query}: {found:?}")
        };
        assert_eq!(
            (first.name.as_str(), first.is_fork, &first.default_branch),
            ("a/a", true, &None)
        );
        assert_eq!(
            (second.is_archived, second.kibibytes, second.topics.len()),
            (true, Some(7), 1)
        );
    }
}

#[test]
fn a_list_without_end_or_elsewhere_is_refused() {
    let host = serve(|_, _| {
        (
            200,
            "link: <http://127.0.0.1:1/x>; rel=\"next\"\r\n".to_string(),
            "[]",
        )
    });
    let failure = list(ForgeKind::Gitea, &host).unwrap_err();
    assert!(
        failure.problem.message.contains("goes on elsewhere"),
        "{failure:?}"
    );
    let host = serve(|target, host| {
        (
            200,
            format!("link: <http://{host}{target}>; rel=\"next\"\r\n"),
            "[]",
        )
    });
    let failure = list(ForgeKind::Gitea, &host).unwrap_err();
    assert!(
        failure.problem.message.contains("has no end"),
        "{failure:?}"
    );
}

#[test]
fn a_token_goes_to_no_forge_without_tls() {
    let settings = Settings {
        kind: ForgeKind::Gitlab,
        api: Some("http://gitlab.example.com/api/v4".to_string()),
        token: Some(Token("x".to_string())),
        authorities: None,
        insecure: false,
        timeout: Duration::from_secs(5),
        retries: 0,
        trace: |_| {},
    };
    assert!(!format!("{settings:?}").contains("\"x\""));
    let problem = connect_project(&settings, "https", "gitlab.example.com", "g/p")
        .err()
        .unwrap();
    assert!(problem.message.contains("without TLS"), "{problem}");
    let names = [
        "gitlab.com",
        "code.gitlab.example.com",
        "github.example.com",
        "git.example.com",
        "mygitlab.example.com",
    ];
    let kinds = names.map(ForgeKind::of_host);
    assert_eq!(
        kinds,
        [
            Some(ForgeKind::Gitlab),
            Some(ForgeKind::Gitlab),
            Some(ForgeKind::Github),
            None,
            None
        ]
    );
}
