//! Images as registries keep them: indexes, manifests, configurations.

use std::collections::BTreeMap;
use std::io::Write as _;

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::server::{Reply, Request};

pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub const MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";

pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{digits}")
}

/// Documents by digest, and tags.
#[derive(Clone, Default)]
pub struct Store {
    /// With their media type; blobs have none.
    pub documents: BTreeMap<String, (Option<&'static str>, Vec<u8>)>,
    /// By `repository:tag`.
    pub tags: BTreeMap<String, String>,
}

impl Store {
    fn add(&mut self, kind: Option<&'static str>, bytes: Vec<u8>) -> String {
        let digest = digest(&bytes);
        self.documents.insert(digest.clone(), (kind, bytes));
        digest
    }

    /// A manifest with one empty layer; `mark` makes it another image.
    pub fn image(&mut self, architecture: &str, mark: &str) -> String {
        let tar = vec![0; 1024];
        let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        writer.write_all(&tar).expect("gzip");
        let layer = writer.finish().expect("gzip");
        let configuration = json!({
            "architecture": architecture,
            "os": "linux",
            "created": "2026-11-01T00:00:00Z",
            "config": {
                "User": "1000",
                "WorkingDir": "/srv",
                "Env": ["PATH=/bin", format!("MARK={mark}")],
                "ExposedPorts": {"8080/tcp": {}},
                "Entrypoint": ["/app"],
            },
            "rootfs": {"type": "layers", "diff_ids": [digest(&tar)]},
            "history": [{"created_by": mark}],
        });
        let configuration = configuration.to_string().into_bytes();
        let describe = |kind: &str, bytes: &[u8]| -> Value {
            json!({"mediaType": kind, "size": bytes.len(), "digest": digest(bytes)})
        };
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": describe("application/vnd.docker.container.image.v1+json", &configuration),
            "layers": [describe("application/vnd.docker.image.rootfs.diff.tar.gzip", &layer)],
        });
        self.add(None, configuration);
        self.add(None, layer);
        self.add(Some(MANIFEST), manifest.to_string().into_bytes())
    }

    /// An index of two platforms.
    pub fn index(&mut self, mark: &str) -> String {
        let rows: Vec<Value> = ["amd64", "arm64"]
            .map(|architecture| {
                let digest = self.image(architecture, mark);
                let size = self.documents[&digest].1.len();
                json!({"mediaType": MANIFEST, "size": size, "digest": digest,
                    "platform": {"os": "linux", "architecture": architecture}})
            })
            .to_vec();
        let index = json!({"schemaVersion": 2, "mediaType": INDEX, "manifests": rows});
        self.add(Some(INDEX), index.to_string().into_bytes())
    }

    pub fn tag(&mut self, name: &str, digest: &str) {
        self.tags.insert(name.to_string(), digest.to_string());
    }

    /// A store with `app:1`, `app:1.2` and `app:1.2.3`, one image.
    pub fn with_app() -> Self {
        let mut store = Self::default();
        let digest = store.index("one");
        for tag in ["1", "1.2", "1.2.3"] {
            store.tag(&format!("app:{tag}"), &digest);
        }
        store
    }

    /// What a good registry answers.
    pub fn answer(&self, request: &Request) -> Reply {
        let Some(path) = request.path().strip_prefix("/v2/") else {
            return Reply::status(404);
        };
        if path.is_empty() {
            return Reply::body("{}");
        }
        if let Some(name) = path.strip_suffix("/tags/list") {
            let start = format!("{name}:");
            let tags: Vec<&str> = self
                .tags
                .keys()
                .filter_map(|tag| tag.strip_prefix(&start))
                .collect();
            return Reply::body(json!({"name": name, "tags": tags}).to_string());
        }
        let (name, reference) = path.rsplit_once('/').unwrap_or(("", path));
        let tagged = name
            .strip_suffix("/manifests")
            .map(|name| format!("{name}:{reference}"));
        let digest = tagged
            .and_then(|tag| self.tags.get(&tag))
            .map_or(reference, String::as_str);
        let Some((kind, bytes)) = self.documents.get(digest) else {
            return Reply::status(404);
        };
        // As Docker's registry: what is not asked for is not there.
        let accepts = request.header("accept").unwrap_or("");
        if kind.is_some_and(|kind| !accepts.contains(kind)) {
            return Reply::status(404);
        }
        let body = if request.method == "HEAD" {
            Vec::new()
        } else {
            bytes.clone()
        };
        let reply = Reply::body(body).with("content-length", bytes.len().to_string());
        match kind {
            Some(kind) => reply
                .with("content-type", *kind)
                .with("docker-content-digest", digest),
            None => reply,
        }
    }
}
