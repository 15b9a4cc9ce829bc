//! Images in a Docker Engine, over its socket.

mod transport;

use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::PathBuf;
use std::time::Duration;

use model::Digest;
use serde::Deserialize;
use ureq::unversioned::resolver::DefaultResolver;
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use crate::registry::{Origin, percent};
use transport::{NoLookup, UnixConnector};

const LARGEST_ANSWER: u64 = 8 << 20;
/// An engine on another disk may think long before an export starts.
const SILENCE: Duration = Duration::from_mins(5);

/// Where a Docker Engine listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DockerHost {
    /// A socket in the file system.
    Unix(PathBuf),
    /// Plain HTTP on this machine's loopback, as `http://host:port`.
    Loopback(String),
}

impl Default for DockerHost {
    fn default() -> Self {
        Self::Unix(PathBuf::from("/var/run/docker.sock"))
    }
}

impl DockerHost {
    /// Reads the value of `DOCKER_HOST` or a bare path. Engines beyond this machine are refused: the
    /// conversation is not encrypted, and whoever listens there rules the engine's machine.
    pub fn parse(text: &str) -> Result<Self, DockerError> {
        if let Some(path) = text.strip_prefix("unix://") {
            return Ok(Self::Unix(PathBuf::from(path)));
        }
        if text.starts_with('/') {
            return Ok(Self::Unix(PathBuf::from(text)));
        }
        let address = text
            .strip_prefix("tcp://")
            .or_else(|| text.strip_prefix("http://"))
            .ok_or(DockerError::Host)?
            .trim_end_matches('/');
        let base = format!("http://{address}");
        match Origin::of(&base) {
            Some(origin) if !address.contains('/') && origin.is_loopback() => {
                Ok(Self::Loopback(base))
            }
            _ => Err(DockerError::Host),
        }
    }
}

/// What the engine knows about an image without exporting it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inspected {
    /// The engine's id: digest of the configuration (or of the manifest, with the containerd store).
    pub id: Digest,
    /// Names with tag under which the engine knows it.
    pub tags: Vec<String>,
    /// Names with digest by which registries know it; empty for what was built or imported here.
    pub repo_digests: Vec<String>,
    /// Such as `linux`.
    pub os: String,
    /// Such as `amd64`.
    pub architecture: String,
    /// Such as `v8`; often empty.
    pub variant: String,
    /// Unpacked size in bytes, as the engine counts.
    pub size: u64,
}

/// A Docker Engine that answers.
#[derive(Debug)]
pub struct Engine {
    agent: Agent,
    base: String,
}

impl Engine {
    /// Prepares the conversation; nothing is sent yet.
    pub fn new(host: &DockerHost) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .proxy(None)
            .accept_encoding("identity")
            .user_agent(concat!("haechi/", env!("CARGO_PKG_VERSION")))
            .timeout_connect(Some(Duration::from_secs(10)))
            .timeout_recv_response(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .build();
        match host {
            DockerHost::Unix(path) => {
                let connector = UnixConnector::new(path.clone());
                let agent = Agent::with_parts(config, connector, NoLookup);
                Self { agent, base: "http://docker".to_owned() }
            }
            DockerHost::Loopback(base) => {
                let connector = DefaultConnector::default();
                let agent = Agent::with_parts(config, connector, DefaultResolver::default());
                Self { agent, base: base.clone() }
            }
        }
    }

    /// `GET /images/{name}/json`: cheap, so that a known id need not be exported again.
    pub fn inspect(&self, name: &str) -> Result<Inspected, DockerError> {
        let body = self.get(name, "json")?;
        let bytes = read_bounded(body)?;
        let answer: ImageAnswer =
            serde_json::from_slice(&bytes).map_err(|source| DockerError::Answer { source })?;
        Ok(Inspected {
            id: answer.id.parse().map_err(|_shape| DockerError::Id)?,
            tags: answer.repo_tags.unwrap_or_default(),
            repo_digests: answer.repo_digests.unwrap_or_default(),
            os: answer.os,
            architecture: answer.architecture,
            variant: answer.variant,
            size: answer.size,
        })
    }

    /// `GET /images/{name}/get`: the image as a docker-archive, produced while it is read. The engine
    /// gives no length beforehand; the consumer bounds what it takes.
    ///
    /// Ask with [`Inspected::id`] so that a tag that moved in between changes nothing.
    pub fn export(&self, name: &str) -> Result<impl Read + Send + use<>, DockerError> {
        Ok(self.get(name, "get")?.into_reader())
    }

    fn get(&self, name: &str, what: &str) -> Result<Body, DockerError> {
        // The engine routes `{name:.*}`: slashes stay, all else that could end the path is encoded.
        let name: Vec<String> = name.split('/').map(percent).collect();
        if name.iter().any(|part| part.is_empty() || part == "." || part == "..") {
            return Err(DockerError::NotFound);
        }
        let url = format!("{}/images/{}/{what}", self.base, name.join("/"));
        let response = self.agent.get(url).call().map_err(DockerError::from_transport)?;
        match response.status().as_u16() {
            200 => Ok(response.into_body()),
            404 => Err(DockerError::NotFound),
            status => {
                // `{"message": ...}`, the engine's own words.
                let message = read_bounded(response.into_body())
                    .ok()
                    .and_then(|bytes| {
                        serde_json::from_slice::<BTreeMap<String, String>>(&bytes).ok()
                    })
                    .and_then(|mut answer| answer.remove("message"))
                    .unwrap_or_default();
                let message = model::visible(&message).chars().take(300).collect();
                Err(DockerError::Status { status, message })
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ImageAnswer {
    id: String,
    repo_tags: Option<Vec<String>>,
    repo_digests: Option<Vec<String>>,
    #[serde(default)]
    os: String,
    #[serde(default)]
    architecture: String,
    #[serde(default)]
    variant: String,
    #[serde(default)]
    size: u64,
}

fn read_bounded(mut body: Body) -> Result<Vec<u8>, DockerError> {
    let mut bytes = Vec::new();
    body.as_reader()
        .take(LARGEST_ANSWER + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| DockerError::Connection { source })?;
    if bytes.len() as u64 > LARGEST_ANSWER { Err(DockerError::TooLarge) } else { Ok(bytes) }
}

/// Why a Docker Engine gave no image.
#[derive(Debug, thiserror::Error)]
pub enum DockerError {
    /// Neither `unix://PATH`, a path, nor `tcp://` to this machine.
    #[error("engine address is neither unix://PATH nor tcp:// on loopback")]
    Host,
    /// Nothing listens, or permission is missing.
    #[error("no conversation with the Docker Engine")]
    Connection {
        /// Why.
        source: io::Error,
    },
    /// Status 404.
    #[error("Docker Engine has no such image")]
    NotFound,
    /// Another status.
    #[error("Docker Engine answers with status {status}: {message}")]
    Status {
        /// The status.
        status: u16,
        /// The engine's words, made harmless.
        message: String,
    },
    /// The answer is not the JSON of the Engine API.
    #[error("Docker Engine's answer is not an image description")]
    Answer {
        /// Why.
        source: serde_json::Error,
    },
    /// The id is no digest.
    #[error("Docker Engine's image id is not a digest")]
    Id,
    /// Beyond 8 MiB of description.
    #[error("Docker Engine's answer is larger than {LARGEST_ANSWER} bytes")]
    TooLarge,
}

impl DockerError {
    fn from_transport(fault: ureq::Error) -> Self {
        Self::Connection { source: fault.into_io() }
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;
    use std::thread;

    use testkit::registry::{Reply, Server};

    use super::*;

    const ANSWER: &str = r#"{"Id":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "RepoTags":["app:1"],"RepoDigests":null,"Os":"linux","Architecture":"amd64","Size":7}"#;

    #[test]
    fn only_this_machine_is_asked() {
        let unix = |path: &str| Some(DockerHost::Unix(path.into()));
        let parse = |text| DockerHost::parse(text).ok();
        assert_eq!(parse("unix:///run/docker.sock"), unix("/run/docker.sock"));
        assert_eq!(parse("/run/docker.sock"), unix("/run/docker.sock"));
        assert_eq!(
            parse("tcp://127.0.0.1:2375"),
            Some(DockerHost::Loopback("http://127.0.0.1:2375".into()))
        );
        assert_eq!(parse("tcp://docker.example:2375"), None);
        assert_eq!(parse("tcp://127.0.0.1:2375/x"), None);
        assert_eq!(parse("ssh://root@127.0.0.1"), None);
    }

    #[test]
    fn names_cannot_leave_the_images_path() {
        let server = Server::start(|_| Reply::ok(ANSWER)).unwrap();
        let engine = Engine::new(&DockerHost::Loopback(format!("http://{}", server.address())));
        assert!(matches!(engine.inspect("../containers"), Err(DockerError::NotFound)));
        assert!(matches!(engine.inspect(""), Err(DockerError::NotFound)));
        let found = engine.inspect("r.example:5000/a b?x#y:1").unwrap();
        assert_eq!(
            (found.tags, found.repo_digests.len(), found.size),
            (vec!["app:1".into()], 0, 7)
        );
        let targets: Vec<_> = server.seen().into_iter().map(|request| request.target).collect();
        assert_eq!(targets, ["/images/r.example%3A5000/a%20b%3Fx%23y%3A1/json"]);
    }

    #[test]
    fn engine_words_are_shown_harmless_and_answers_are_bounded() {
        let host = |server: &Server| DockerHost::Loopback(format!("http://{}", server.address()));
        let server = Server::start(|request| {
            if request.target.contains("huge") {
                Reply::ok(vec![b' '; 1 << 16]).endless()
            } else {
                Reply::ok(r#"{"message":"a\u001b[31mb"}"#).with_status(500)
            }
        })
        .unwrap();
        let engine = Engine::new(&host(&server));
        let fault = engine.inspect("a").unwrap_err().to_string();
        assert!(fault.contains("status 500") && !fault.contains('\u{1b}'), "{fault}");
        assert!(matches!(engine.inspect("huge"), Err(DockerError::TooLarge)));
    }

    #[test]
    fn unix_socket_carries_inspect_and_export() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let server = thread::spawn(move || {
            let mut lines = Vec::new();
            for body in [ANSWER, "tar bytes"] {
                let (stream, _) = listener.accept().unwrap();
                let mut reader = BufReader::new(&stream);
                let mut line = String::new();
                reader.read_line(&mut line).unwrap();
                lines.push(line.trim_end().to_owned());
                while line.trim() != "" {
                    line.clear();
                    reader.read_line(&mut line).unwrap();
                }
                write!(
                    &stream,
                    "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n\
                     {:x}\r\n{body}\r\n0\r\n\r\n",
                    body.len()
                )
                .unwrap();
            }
            lines
        });
        let engine = Engine::new(&DockerHost::Unix(path));
        let id = engine.inspect("app:1").unwrap().id.to_string();
        let mut content = String::new();
        engine.export(&id).unwrap().read_to_string(&mut content).unwrap();
        assert_eq!(content, "tar bytes");
        let lines = server.join().unwrap();
        assert_eq!(lines.first().unwrap(), "GET /images/app%3A1/json HTTP/1.1");
        assert!(lines.last().unwrap().starts_with("GET /images/sha256%3Ae3b0c"));
    }

    #[test]
    fn missing_socket_is_a_clear_fault() {
        let engine = Engine::new(&DockerHost::Unix("/nonexistent/docker.sock".into()));
        let fault = engine.inspect("a").unwrap_err();
        assert!(
            matches!(fault, DockerError::Connection { source } if source.kind() == io::ErrorKind::NotFound)
        );
    }
}
