//! Requests over HTTP: time and size limits, patience with a busy server, and redirects that leak nothing. Registries and
//! forges are asked through here, and through nothing else.

mod addresses;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ureq::http::HeaderMap;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig};

pub use addresses::{is_loopback, next_page, origin, resolve, shown};

use crate::report::{Problem, io_message};

const MOST_REDIRECTS: usize = 5;
/// The wait before the first repetition; it doubles from one to the next.
const FIRST_WAIT: Duration = Duration::from_millis(200);
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// A server that wants more patience than this does not get it.
const MOST_PATIENCE: Duration = Duration::from_secs(60);

/// A busy server is not asked for longer than this in all.
const MOST_WAITING: Duration = Duration::from_secs(180);

/// The value of `Authorization` for a password.
pub fn basic(user: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{user}:{password}")))
}

/// How servers are reached.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A file with certificates, in PEM, that are trusted beside the public ones.
    pub authorities: Option<PathBuf>,
    /// For one request and its whole answer.
    pub timeout: Duration,
    /// How often a request is sent again.
    pub retries: u32,
    /// What to do where a server has had too many requests.
    pub when_busy: &'static str,
}

/// Why a server gave no answer.
#[derive(Clone, Debug)]
pub struct Failure {
    pub kind: Kind,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The server says that there is no such thing.
    NotFound,
    /// The server could not be reached, or is in trouble; another time or place may do.
    Unreachable,
    /// Its answer is of no use.
    Refused,
}

impl Failure {
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            problem: Problem::new(message),
        }
    }

    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.problem.help = Some(help.into());
        self
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        failure.problem
    }
}

pub type Answer<T> = Result<T, Failure>;

/// What is asked.
pub struct Request<'r> {
    pub url: &'r str,
    pub accept: Option<&'r str>,
    /// Goes to the server of `url` only.
    pub authorization: Option<&'r str>,
    pub method: Method<'r>,
    /// An answer that is longer is refused.
    pub most_bytes: u64,
}

#[derive(Clone, Copy)]
pub enum Method<'r> {
    Get,
    Head,
    /// With the fields of a form.
    Post(&'r [(&'r str, &'r str)]),
    /// With JSON; not followed to another place.
    Write(Verb, &'r str),
}

/// How something is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    Post,
    Put,
    Patch,
}

impl Method<'_> {
    /// Whether it makes no difference how often the request arrives.
    fn is_repeatable(&self) -> bool {
        !matches!(self, Self::Write(Verb::Post, _))
    }
}

pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

pub struct Transport {
    agent: ureq::Agent,
    settings: Settings,
    /// Told of each request, without credentials.
    trace: fn(&str),
}

impl Transport {
    /// # Errors
    /// Where the file with certificates is of no use.
    pub fn new(settings: &Settings, trace: fn(&str)) -> Result<Self, Problem> {
        let mut tls = TlsConfig::builder();
        if let Some(path) = &settings.authorities {
            tls = tls.root_certs(RootCerts::new_with_certs(&authorities(path)?));
        }
        let agent = ureq::Agent::config_builder()
            .tls_config(tls.build())
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .timeout_global(Some(settings.timeout))
            .user_agent(concat!("harden/", env!("CARGO_PKG_VERSION")))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            settings: settings.clone(),
            trace,
        })
    }

    /// The answer, whatever its status; that of the last place where the server sends us elsewhere.
    pub fn send(&self, request: &Request<'_>) -> Answer<Response> {
        let mut url = request.url.to_string();
        for _ in 0..=MOST_REDIRECTS {
            // What another server is sent to see is not for it.
            let is_home = origin(&url) == origin(request.url);
            let authorization = request.authorization.filter(|_| is_home);
            let response = self.patiently(&Request {
                url: &url,
                authorization,
                ..*request
            })?;
            let is_elsewhere = matches!(response.status, 301 | 302 | 303 | 307 | 308);
            if !is_elsewhere || matches!(request.method, Method::Write(..)) {
                return Ok(response);
            }
            url = self.next(&url, &response)?;
        }
        let message = format!("`{}` sends us around in circles", shown(request.url));
        Err(Failure::new(Kind::Refused, message))
    }

    /// Whether there is a server that speaks the protocol of `url`.
    pub fn probe(&self, url: &str) -> Answer<()> {
        let request = Request {
            url,
            accept: None,
            authorization: None,
            method: Method::Head,
            most_bytes: 0,
        };
        self.once(&request).map(|_| ())
    }

    fn next(&self, url: &str, response: &Response) -> Answer<String> {
        let refused = |what: &str| {
            Failure::new(
                Kind::Refused,
                format!("`{}` sends us to {what}", shown(url)),
            )
        };
        let target = response.header("location").and_then(|to| resolve(url, to));
        let target = target.ok_or_else(|| refused("no valid address"))?;
        if url.starts_with("https:") && !target.starts_with("https:") {
            return Err(refused("an address without TLS"));
        }
        Ok(target)
    }

    /// Sends a request again where the server is busy or out of reach, and where that cannot do a thing twice.
    fn patiently(&self, request: &Request<'_>) -> Answer<Response> {
        let start = Instant::now();
        let mut wait = FIRST_WAIT;
        for repetition in 0.. {
            let result = self.once(request);
            let is_last = repetition >= self.settings.retries;
            let is_repeatable = request.method.is_repeatable();
            let pause = match &result {
                Ok(response) if is_busy(response) => {
                    let asked = asked_wait(response);
                    let pause = asked.unwrap_or(wait);
                    let is_done_for = start.elapsed() + pause > MOST_WAITING;
                    let may_be_done = !is_repeatable && is_trouble(response) && asked.is_none();
                    if is_last || pause > MOST_PATIENCE || is_done_for || may_be_done {
                        return Err(self.busy(request.url, response, pause));
                    }
                    pause
                }
                Err(failure)
                    if failure.kind == Kind::Unreachable
                        && !is_last
                        && is_repeatable
                        && start.elapsed() + wait <= MOST_WAITING =>
                {
                    wait
                }
                _ => return result,
            };
            std::thread::sleep(pause);
            wait = (wait * 2).min(LONGEST_WAIT);
        }
        unreachable!("the loop returns")
    }

    fn busy(&self, url: &str, response: &Response, asked: Duration) -> Failure {
        let status = response.status;
        let (url, seconds) = (shown(url), asked.as_secs());
        let message = match status {
            403 | 429 => format!(
                "`{url}` has had too many requests and wants us to wait {seconds} s (status {status})"
            ),
            _ => format!("`{url}` is in trouble (status {status})"),
        };
        let failure = Failure::new(Kind::Unreachable, message);
        match status {
            403 | 429 => failure.help(self.settings.when_busy),
            _ => failure,
        }
    }

    fn once(&self, request: &Request<'_>) -> Answer<Response> {
        let headers = [
            ("accept", request.accept),
            ("authorization", request.authorization),
        ];
        let headers = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let result = match request.method {
            Method::Get => {
                let start = self.agent.get(request.url);
                headers
                    .fold(start, |one, (name, value)| one.header(name, value))
                    .call()
            }
            Method::Head => {
                let start = self.agent.head(request.url);
                headers
                    .fold(start, |one, (name, value)| one.header(name, value))
                    .call()
            }
            Method::Post(form) => {
                let start = self.agent.post(request.url);
                let start = headers.fold(start, |one, (name, value)| one.header(name, value));
                start.send_form(form.iter().copied())
            }
            Method::Write(verb, body) => {
                let start = match verb {
                    Verb::Post => self.agent.post(request.url),
                    Verb::Put => self.agent.put(request.url),
                    Verb::Patch => self.agent.patch(request.url),
                };
                let start = headers.fold(start, |one, (name, value)| one.header(name, value));
                start.header("content-type", "application/json").send(body)
            }
        };
        let mut response = result.map_err(|error| self.failure(request, error))?;
        (self.trace)(&format!(
            "{} {}",
            response.status().as_u16(),
            shown(request.url)
        ));
        let too_long = || {
            let limit = request.most_bytes;
            let message = format!(
                "`{}` answers with more than {limit} bytes",
                shown(request.url)
            );
            Failure::new(Kind::Refused, message)
        };
        let body = match request.method {
            Method::Head => Vec::new(),
            _ if response.body().content_length() > Some(request.most_bytes) => {
                return Err(too_long());
            }
            _ => {
                let body = response.body_mut().with_config().limit(request.most_bytes);
                body.read_to_vec().map_err(|error| match error {
                    ureq::Error::BodyExceedsLimit(_) => too_long(),
                    error => self.failure(request, error),
                })?
            }
        };
        Ok(Response {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body,
        })
    }

    fn failure(&self, request: &Request<'_>, error: ureq::Error) -> Failure {
        (self.trace)(&format!("--- {}", shown(request.url)));
        let host = origin(request.url).map_or(String::new(), |(_, host)| host);
        let fail =
            |kind, text: String| Failure::new(kind, format!("cannot reach `{host}`: {text}"));
        match error {
            ureq::Error::Timeout(_) => {
                let text = format!("no answer in {} s", self.settings.timeout.as_secs_f32());
                fail(Kind::Unreachable, text).help("`--timeout SECONDS` waits longer")
            }
            ureq::Error::HostNotFound => fail(Kind::Refused, "there is no such host".to_string()),
            ureq::Error::Io(error) if !is_certificate(&error.to_string()) => {
                fail(Kind::Unreachable, io_message(&error))
            }
            error if is_certificate(&error.to_string()) => {
                let text = error.to_string();
                let help = match text.contains("CaUsedAsEndEntity") {
                    true => {
                        "it is that of an authority; a server needs one of its own, signed by the authority"
                    }
                    false => "`--ca FILE` takes the certificate of a private authority",
                };
                let text = format!("its certificate is not trusted ({text})");
                fail(Kind::Refused, text).help(help)
            }
            error => fail(Kind::Unreachable, error.to_string()),
        }
    }
}

fn is_certificate(message: &str) -> bool {
    message.contains("invalid peer certificate")
}

fn is_busy(response: &Response) -> bool {
    let is_at_limit = response.header("x-ratelimit-remaining") == Some("0")
        || response.header("retry-after").is_some();
    match response.status {
        408 | 429 => true,
        403 => is_at_limit,
        _ => is_trouble(response),
    }
}

fn is_trouble(response: &Response) -> bool {
    matches!(response.status, 500 | 502 | 503 | 504)
}

/// How long the server asks us to wait: in seconds, or until a time of its own clock.
fn asked_wait(response: &Response) -> Option<Duration> {
    let number = |name: &str| response.header(name)?.trim().parse::<u64>().ok();
    let time = |name: &str| httpdate::parse_http_date(response.header(name)?.trim()).ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    let at = |seconds: u64| UNIX_EPOCH.checked_add(Duration::from_secs(seconds));
    let until = match time("retry-after") {
        None if response.status >= 500 => None,
        None => number("x-ratelimit-reset")
            .or_else(|| number("ratelimit-reset"))
            .and_then(at),
        until => until,
    }?;
    let now = time("date").unwrap_or_else(SystemTime::now);
    // What is over already gets a short wait.
    let wait = until.duration_since(now).unwrap_or_default();
    Some(wait.max(FIRST_WAIT))
}

/// The public authorities and those of a file.
fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>, Problem> {
    let what = format!("cannot read the certificates in `{}`", path.display());
    let text = std::fs::read(path).map_err(|error| Problem::io(&what, &error))?;
    let found = ureq::tls::parse_pem(&text).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    });
    let public = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    let public = public.map(|der| Certificate::from_der(der).to_owned());
    let mut all: Vec<Certificate<'static>> = found.collect();
    if all.is_empty() {
        return Err(Problem::new(format!("{what}: there is none in PEM")));
    }
    all.extend(public);
    Ok(all)
}
