//! The questions that harden asks of registries.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use harden::model::lock::{LockedConfiguration, ManifestKind};
use harden::syntax::image::ImageReference;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::Settings;
use super::challenge::{Challenge, challenge};
use super::login::{Login, Logins};
use super::manifest::{self, ACCEPT, Manifest};
use crate::http::{
    Answer, Failure, Kind, Method, Request, Response, Transport, next_page, origin, resolve, shown,
};
use crate::report::Problem;

/// Registries refuse larger manifests themselves.
const MOST_MANIFEST_BYTES: u64 = 4 << 20;
const MOST_CONFIGURATION_BYTES: u64 = 4 << 20;
const MOST_TAGS_BYTES: u64 = 16 << 20;
const MOST_TOKEN_BYTES: u64 = 1 << 20;
const MOST_PAGES: usize = 200;

/// What a registry knows of an image.
#[derive(Clone, Debug)]
pub struct Found {
    pub digest: String,
    pub kind: ManifestKind,
    /// The digest of each platform; of an image without index, its own.
    pub platforms: BTreeMap<String, String>,
    /// Of one platform: linux/amd64 where there is one.
    pub configuration: Option<LockedConfiguration>,
}

/// Asks registries. Can be used from many threads.
pub struct Client {
    transport: Transport,
    settings: Settings,
    logins: Logins,
    /// Scheme and host by the name of the registry.
    bases: Mutex<HashMap<String, String>>,
    /// The value of `Authorization` by base and repository.
    authorizations: Mutex<HashMap<(String, String), String>>,
}

/// A repository at one registry.
struct Place {
    /// As references name it.
    host: String,
    repository: String,
    base: String,
}

#[derive(Deserialize)]
struct Token {
    token: Option<String>,
    access_token: Option<String>,
}

#[derive(Deserialize)]
struct TagList {
    tags: Option<Vec<String>>,
}

impl Client {
    /// `trace` is told of each request, without credentials.
    ///
    /// # Errors
    /// Where a file of the settings cannot be used.
    pub fn new(settings: Settings, trace: fn(&str)) -> Result<Self, Problem> {
        Ok(Self {
            transport: Transport::new(&settings.http(), trace)?,
            logins: Logins::read(settings.login_file.as_deref())?,
            settings,
            bases: Mutex::default(),
            authorizations: Mutex::default(),
        })
    }

    /// What the digest or the tag of a reference names, `latest` without one.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn find(&self, image: &ImageReference) -> Answer<Found> {
        let reference = image.digest().or(image.tag()).unwrap_or("latest");
        self.anywhere(&image.canonical_name(), |place| {
            self.find_at(place, reference)
        })
    }

    /// The digest of a tag, as the registry says it, without the bytes that prove it.
    ///
    /// # Errors
    /// Why that is not known.
    pub fn digest(&self, name: &str, tag: &str) -> Answer<String> {
        self.anywhere(name, |place| {
            let path = format!("manifests/{tag}");
            let response = self.ask(place, &path, Method::Head, MOST_MANIFEST_BYTES)?;
            match response.header("docker-content-digest") {
                Some(digest) if manifest::is_digest(digest) => Ok(digest.to_string()),
                _ => self
                    .document(place, &path, None)
                    .map(|bytes| manifest::digest(&bytes)),
            }
        })
    }

    /// All tags of a repository.
    ///
    /// # Errors
    /// Why they are not known.
    pub fn tags(&self, name: &str) -> Answer<Vec<String>> {
        self.anywhere(name, |place| self.tags_at(place))
    }

    fn find_at(&self, place: &Place, reference: &str) -> Answer<Found> {
        let asked = Some(reference).filter(|text| text.contains(':'));
        let bytes = self.document(place, &format!("manifests/{reference}"), asked)?;
        let found = self.manifest(place, &bytes)?;
        let digest = manifest::digest(&bytes);
        let kind = found.kind();
        let (platforms, configuration) = match found {
            Manifest::Index(platforms) => {
                let one = preferred(&platforms);
                let configuration = match one.map(|digest| self.platform(place, digest)).transpose()
                {
                    Ok(configuration) => configuration.flatten(),
                    // Mirrors have indexes without all of their platforms.
                    Err(failure) if failure.kind == Kind::NotFound => None,
                    Err(failure) => return Err(failure),
                };
                (platforms, configuration)
            }
            Manifest::Image(configuration) => {
                let configuration = self.configuration(place, &configuration)?;
                let platform = configuration
                    .iter()
                    .map(|one| (one.platform.clone(), digest.clone()));
                (platform.collect(), configuration)
            }
        };
        Ok(Found {
            digest,
            kind,
            platforms,
            configuration,
        })
    }

    fn platform(&self, place: &Place, digest: &str) -> Answer<Option<LockedConfiguration>> {
        let bytes = self.document(place, &format!("manifests/{digest}"), Some(digest))?;
        match self.manifest(place, &bytes)? {
            Manifest::Image(configuration) => self.configuration(place, &configuration),
            Manifest::Index(_) => Ok(None),
        }
    }

    fn configuration(&self, place: &Place, digest: &str) -> Answer<Option<LockedConfiguration>> {
        let path = format!("blobs/{digest}");
        let response = self.ask(place, &path, Method::Get, MOST_CONFIGURATION_BYTES)?;
        verify(place, &response, digest)?;
        Ok(manifest::configuration(&response.body))
    }

    fn manifest(&self, place: &Place, bytes: &[u8]) -> Answer<Manifest> {
        manifest::manifest(bytes).map_err(|why| {
            let message = format!(
                "`{}` has no image `{}`: {why}",
                place.host, place.repository
            );
            Failure::new(Kind::Refused, message)
        })
    }

    /// The bytes of a manifest, proven by the digest that was asked for, or that the registry says.
    fn document(&self, place: &Place, path: &str, digest: Option<&str>) -> Answer<Vec<u8>> {
        let response = self.ask(place, path, Method::Get, MOST_MANIFEST_BYTES)?;
        let said = response.header("docker-content-digest").map(String::from);
        if let Some(digest) = digest.map(String::from).or(said) {
            verify(place, &response, &digest)?;
        }
        Ok(response.body)
    }

    fn tags_at(&self, place: &Place) -> Answer<Vec<String>> {
        let mut tags = Vec::new();
        let mut seen = HashSet::new();
        let mut next = Some(place.url("tags/list?n=1000"));
        while let Some(url) = next.take() {
            if seen.len() >= MOST_PAGES || !seen.insert(url.clone()) {
                let message = format!("the list of tags of `{}` has no end", place.name());
                return Err(Failure::new(Kind::Refused, message));
            }
            let response = self.ask_url(place, &url, Method::Get, MOST_TAGS_BYTES)?;
            let page: TagList = serde_json::from_slice(&response.body).map_err(|_| {
                let message = format!("`{}` answers with something else than tags", place.host);
                Failure::new(Kind::Refused, message)
            })?;
            tags.extend(page.tags.unwrap_or_default());
            let link = response.header("link").and_then(next_page);
            next = link.and_then(|link| resolve(&url, link));
            if next
                .as_ref()
                .is_some_and(|next| origin(next) != origin(&url))
            {
                let message = format!("the list of tags of `{}` goes on elsewhere", place.name());
                return Err(Failure::new(Kind::Refused, message));
            }
        }
        Ok(tags)
    }

    /// Asks the mirror of a registry, if it has one, and then the registry.
    fn anywhere<T>(&self, name: &str, ask: impl Fn(&Place) -> Answer<T>) -> Answer<T> {
        let (host, repository) = name.split_once('/').unwrap_or(("docker.io", name));
        if let Some(mirror) = self.settings.mirror(host) {
            let (mirror_host, prefix) = mirror.split_once('/').unwrap_or((mirror, ""));
            let path = format!("{}/{repository}", prefix.trim_matches('/'));
            let place = self.place(mirror_host, path.trim_start_matches('/'));
            match place.and_then(|place| ask(&place)) {
                Err(failure) if failure.kind != Kind::Refused => {}
                other => return other,
            }
        }
        ask(&self.place(host, repository)?)
    }

    fn place(&self, host: &str, repository: &str) -> Answer<Place> {
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-/".contains(c);
        if !repository.chars().all(is_plain) {
            let message = format!(
                "`{repository}` is no name of an image: it has other characters than lower case letters, digits, `.`, `_`, `-` and `/`"
            );
            return Err(Failure::new(Kind::Refused, message));
        }
        Ok(Place {
            host: host.to_string(),
            repository: repository.to_string(),
            base: self.base(host)?,
        })
    }

    /// Scheme and host. Only where plain HTTP will do is it found out whether there is TLS.
    fn base(&self, host: &str) -> Answer<String> {
        if let Some(base) = lock(&self.bases).get(host) {
            return Ok(base.clone());
        }
        let server = match host {
            "docker.io" => "registry-1.docker.io",
            host => host,
        };
        let mut base = format!("https://{server}");
        if self.settings.is_insecure(host) {
            match self.transport.probe(&format!("{base}/v2/")) {
                Err(failure) if failure.kind == Kind::Refused => return Err(failure),
                Err(_) => base = format!("http://{server}"),
                Ok(()) => {}
            }
        }
        lock(&self.bases).insert(host.to_string(), base.clone());
        Ok(base)
    }

    fn ask(
        &self,
        place: &Place,
        path: &str,
        method: Method<'_>,
        most_bytes: u64,
    ) -> Answer<Response> {
        self.ask_url(place, &place.url(path), method, most_bytes)
    }

    fn ask_url(
        &self,
        place: &Place,
        url: &str,
        method: Method<'_>,
        most_bytes: u64,
    ) -> Answer<Response> {
        let key = (place.base.clone(), place.repository.clone());
        let known = lock(&self.authorizations).get(&key).cloned();
        let send = |authorization: Option<&str>| {
            self.transport.send(&Request {
                url,
                accept: Some(ACCEPT),
                authorization,
                method,
                most_bytes,
            })
        };
        let response = send(known.as_deref())?;
        if response.status != 401 {
            return judge(place, url, response);
        }
        let authorization = self.authorize(place, &response)?;
        let response = send(Some(&authorization))?;
        if response.status != 401 {
            lock(&self.authorizations).insert(key, authorization);
        }
        judge(place, url, response)
    }

    /// The answer to status 401.
    fn authorize(&self, place: &Place, response: &Response) -> Answer<String> {
        let headers = response.headers.get_all("www-authenticate").iter();
        let login = self.logins.of(&place.host, &place.repository);
        let login = login.map_err(|problem| Failure {
            kind: Kind::Refused,
            problem,
        })?;
        match challenge(headers.filter_map(|header| header.to_str().ok())) {
            Some(Challenge::Bearer {
                realm,
                service,
                scope,
            }) => {
                let scope =
                    scope.unwrap_or_else(|| format!("repository:{}:pull", place.repository));
                self.token(
                    place,
                    &realm,
                    &service.unwrap_or_default(),
                    &scope,
                    login.as_ref(),
                )
            }
            Some(Challenge::Basic) => login
                .and_then(|login| login.basic())
                .ok_or_else(|| needs_login(place)),
            None => {
                let message = format!(
                    "`{}` asks for a login in a way that harden does not know",
                    place.host
                );
                Err(Failure::new(Kind::Refused, message))
            }
        }
    }

    fn token(
        &self,
        place: &Place,
        realm: &str,
        service: &str,
        scope: &str,
        login: Option<&Login>,
    ) -> Answer<String> {
        let refused =
            |what: String| Failure::new(Kind::Refused, format!("`{}` {what}", place.host));
        let Some((scheme, server)) = origin(realm) else {
            return Err(refused(format!(
                "names a token server that is no address: `{}`",
                shown(realm)
            )));
        };
        if scheme == "http" && place.base.starts_with("https:") {
            return Err(refused(format!(
                "names a token server without TLS: `{}`",
                shown(realm)
            )));
        }
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let mark = if realm.contains('?') { '&' } else { '?' };
        let url = format!(
            "{realm}{mark}service={}&scope={}",
            encode(service),
            encode(scope)
        );
        let basic = login.and_then(Login::basic);
        let identity = match login {
            Some(Login::Identity(token)) => token.as_str(),
            _ => "",
        };
        let form = [
            ("grant_type", "refresh_token"),
            ("client_id", "harden"),
            ("service", service),
            ("scope", scope),
            ("refresh_token", identity),
        ];
        let response = self.transport.send(&Request {
            url: if identity.is_empty() { &url } else { realm },
            accept: None,
            authorization: basic.as_deref(),
            method: if identity.is_empty() {
                Method::Get
            } else {
                Method::Post(&form)
            },
            most_bytes: MOST_TOKEN_BYTES,
        })?;
        match response.status {
            200 => {}
            401 | 403 => return Err(needs_login(place)),
            status => {
                return Err(refused(format!(
                    "has a token server, `{server}`, that answers with status {status}"
                )));
            }
        }
        let token: Option<Token> = serde_json::from_slice(&response.body).ok();
        let token = token
            .and_then(|one| one.token.or(one.access_token))
            .filter(|one| !one.is_empty());
        match token {
            Some(token) => Ok(format!("Bearer {token}")),
            None => Err(refused(format!(
                "has a token server, `{server}`, that gives no token"
            ))),
        }
    }
}

impl Place {
    fn url(&self, path: &str) -> String {
        format!("{}/v2/{}/{path}", self.base, self.repository)
    }

    fn name(&self) -> String {
        format!("{}/{}", self.host, self.repository)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The platform whose configuration stands for all.
fn preferred(platforms: &BTreeMap<String, String>) -> Option<&String> {
    let linux = || {
        platforms
            .iter()
            .find(|(name, _)| name.starts_with("linux/"))
            .map(|(_, digest)| digest)
    };
    platforms
        .get("linux/amd64")
        .or_else(linux)
        .or_else(|| platforms.values().next())
}

fn verify(place: &Place, response: &Response, digest: &str) -> Result<(), Failure> {
    if !digest.starts_with("sha256:") {
        let message = format!(
            "`{}` uses digests that harden cannot check: `{digest}`",
            place.host
        );
        return Err(Failure::new(Kind::Refused, message));
    }
    let found = manifest::digest(&response.body);
    if found == digest {
        return Ok(());
    }
    let message = format!(
        "`{}` has been tampered with: its bytes have the digest `{found}`, not `{digest}`",
        place.name()
    );
    Err(Failure::new(Kind::Refused, message))
}

fn judge(place: &Place, url: &str, response: Response) -> Answer<Response> {
    match response.status {
        200 => Ok(response),
        404 => {
            let reference = shown(url).rsplit('/').next().unwrap_or("").to_string();
            let message = format!(
                "`{}` has no `{reference}` of `{}`",
                place.host, place.repository
            );
            Err(Failure::new(Kind::NotFound, message))
        }
        401 | 403 => Err(needs_login(place)),
        status => {
            let message = format!("`{}` answers with status {status}", shown(url));
            Err(Failure::new(Kind::Refused, message))
        }
    }
}

/// Some registries say this, and not 404, of what does not exist.
fn needs_login(place: &Place) -> Failure {
    let message = format!(
        "`{}` does not exist, or may not be read with this login",
        place.name()
    );
    let help = format!(
        "`docker login {}` keeps a login, `--registry-config FILE` names another file with logins",
        place.host
    );
    Failure::new(Kind::Refused, message).help(help)
}
