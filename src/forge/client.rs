//! Questions and answers in JSON, page by page, and what a refusal means.

use std::collections::HashSet;

use serde_json::{Value, json};

use super::{Answer, Failure, Kind, Settings};
use crate::http::{self, Method, Request, Response, Transport, Verb, shown};
use crate::report::Problem;

const MOST_BYTES: u64 = 64 << 20;
const MOST_PAGES: usize = 2000;

pub(super) struct Client {
    transport: Transport,
    /// Without a slash at its end.
    api: String,
    authorization: Option<String>,
    accept: &'static str,
}

impl Client {
    /// # Errors
    /// Where the address is of no use, or a token would go over the wire as it is.
    pub(super) fn new(settings: &Settings, api: &str) -> Result<Self, Problem> {
        let api = api.trim_end_matches('/');
        let Some((scheme, host)) = http::origin(api).filter(|_| !api.contains(['?', '#', '@']))
        else {
            let message = format!("`{}` is no address of a forge", shown(api));
            return Err(
                Problem::new(message).help("for example `--api https://gitlab.example.com/api/v4`")
            );
        };
        if scheme == "http" && !settings.insecure && !http::is_loopback(&host) {
            let message =
                format!("`{api}` is without TLS: the token would be seen by all that are between");
            return Err(Problem::new(message)
                .help("`--insecure` does it all the same; `--api URL` names another address"));
        }
        let transport = http::Settings {
            authorities: settings.authorities.clone(),
            timeout: settings.timeout,
            retries: settings.retries,
            when_busy: "run harden again later: it goes on where it was",
        };
        let word = match settings.kind {
            super::ForgeKind::Gitea => "token",
            _ => "Bearer",
        };
        Ok(Self {
            transport: Transport::new(&transport, settings.trace)?,
            api: api.to_string(),
            authorization: settings
                .token
                .as_ref()
                .map(|token| format!("{word} {}", token.expose())),
            accept: match settings.kind {
                super::ForgeKind::Github => "application/vnd.github+json",
                _ => "application/json",
            },
        })
    }

    pub(super) fn get(&self, path: &str) -> Answer<Value> {
        self.judge(self.ask(&self.url(path), Method::Get)?)
    }

    /// The items of all pages of a list.
    pub(super) fn all(&self, path: &str) -> Answer<Vec<Value>> {
        let mut items = Vec::new();
        let mut seen = HashSet::new();
        let first = self.url(path);
        let mut next = Some(first.clone());
        for _ in 0..MOST_PAGES {
            let Some(url) = next.take() else {
                return Ok(items);
            };
            if !seen.insert(url.clone()) {
                break;
            }
            let response = self.ask(&url, Method::Get)?;
            let link = response.header("link").and_then(http::next_page);
            next = link.and_then(|link| http::resolve(&url, link));
            if next.is_none() {
                let page = response
                    .header("x-next-page")
                    .filter(|page| !page.is_empty());
                let page = page.and_then(|page| page.parse::<u64>().ok());
                next = page.map(|page| with_page(&first, page));
            }
            // The token goes with the question, and so nowhere else.
            if next
                .as_ref()
                .is_some_and(|next| http::origin(next) != http::origin(&first))
            {
                let message = format!("the list at `{}` goes on elsewhere", shown(&first));
                return Err(Failure::new(Kind::Refused, message));
            }
            match self.judge(response)? {
                Value::Array(page) => items.extend(page),
                _ => return Err(Self::strange(&url)),
            }
        }
        let message = format!("the list at `{}` has no end", shown(&first));
        Err(Failure::new(Kind::Refused, message))
    }

    /// Writes, and gives the answer of a status from 200 to 299.
    pub(super) fn write(&self, verb: Verb, path: &str, body: &Value) -> Answer<Value> {
        let response = self.ask(&self.url(path), Method::Write(verb, &body.to_string()))?;
        self.judge(response)
    }

    /// The texts of the comments in a list.
    pub(super) fn bodies(&self, path: &str) -> Answer<Vec<String>> {
        let notes = self.all(path)?;
        Ok(notes.iter().map(|note| text(note, "body")).collect())
    }

    /// Adds a comment to a list.
    pub(super) fn add_body(&self, path: &str, words: &str) -> Answer<()> {
        let body = json!({ "body": words });
        self.write(Verb::Post, path, &body).map(|_| ())
    }

    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.api)
    }

    fn ask(&self, url: &str, method: Method<'_>) -> Answer<Response> {
        self.transport.send(&Request {
            url,
            accept: Some(self.accept),
            authorization: self.authorization.as_deref(),
            method,
            most_bytes: MOST_BYTES,
        })
    }

    fn judge(&self, response: Response) -> Answer<Value> {
        let url = shown(&self.api);
        let said = said(&response.body);
        let refused = |what: String| Failure::new(Kind::Refused, format!("`{url}` {what}{said}"));
        match response.status {
            204 | 205 => Ok(Value::Null),
            200..=299 if response.body.is_empty() => Ok(Value::Null),
            200..=299 => serde_json::from_slice(&response.body).map_err(|_| Self::strange(&url)),
            401 => Err(refused("does not know the token, or it has expired".to_string())
                .help("`HARDEN_TOKEN`, or `--token-file FILE`, has the token; nothing more was done, and harden goes on from here when it is run again")),
            403 => Err(refused("does not allow that with this token".to_string())
                .help("the token needs the right to write to the repository and to open requests")),
            404 => Err(Failure::new(Kind::NotFound, format!("`{url}` has no such repository or request, or the token may not see it{said}"))),
            301 | 302 | 307 | 308 => Err(refused("says that the repository has moved".to_string())
                .help("name the repository by its new address")),
            status => Err(refused(format!("answers with status {status}"))),
        }
    }

    fn strange(url: &str) -> Failure {
        let message = format!(
            "`{}` answers with something else than was asked for",
            shown(url)
        );
        Failure::new(Kind::Refused, message)
            .help("`--api URL` and `--forge NAME` say where the forge is and what it is")
    }
}

/// The reason that a forge gives.
fn said(body: &[u8]) -> String {
    let value: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let text = [
        &value["message"],
        &value["error_description"],
        &value["error"],
    ]
    .into_iter()
    .find(|one| !one.is_null());
    let Some(text) = text else {
        return String::new();
    };
    let text = text.as_str().map_or_else(|| text.to_string(), String::from);
    let mut details: Vec<String> = value["errors"]
        .as_array()
        .into_iter()
        .flatten()
        .take(3)
        .filter_map(|one| one["message"].as_str().or(one.as_str()).map(String::from))
        .collect();
    details.insert(0, text);
    let text: String = details.join("; ").chars().take(300).collect();
    format!(": {text}")
}

/// The same address with another page.
fn with_page(url: &str, page: u64) -> String {
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let others = query
        .split('&')
        .filter(|one| !one.is_empty() && !one.starts_with("page="));
    let all: Vec<String> = others
        .map(String::from)
        .chain([format!("page={page}")])
        .collect();
    format!("{path}?{}", all.join("&"))
}

/// The text of a field, empty where there is none.
pub(super) fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_default().to_string()
}

/// The texts of a list.
pub(super) fn texts(value: &Value) -> Vec<String> {
    let items = value.as_array().into_iter().flatten();
    items
        .filter_map(|one| one.as_str().map(String::from))
        .collect()
}
