//! Requests to one repository: authentication, redirects that leak nothing, bounded bodies.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::{Algorithm, Digest};
use ureq::http::Response;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::unversioned::transport::DefaultConnector;
use ureq::{Agent, Body};

use super::address::{Guard, InsideRefused, Origin, resolve_location};
use super::auth::{self, Challenge};
use super::credential::{Credential, Secret};
use super::{Access, Plain, RegistryError};
use crate::reference::{DOCKER_HUB, ImageRef};

const LARGEST_MANIFEST: u64 = 8 << 20;
const MOST_REDIRECTS: usize = 5;
const CONNECT_TIME: Duration = Duration::from_secs(15);
const SILENCE: Duration = Duration::from_mins(1);
const LONGEST_RETRY_AFTER: u64 = 30;
/// A blob that arrives slower than this many bytes a second is a stalled one.
const SLOWEST_BLOB: u64 = 8 << 10;

const MANIFEST_TYPES: &str = "application/vnd.oci.image.index.v1+json, \
    application/vnd.oci.image.manifest.v1+json, \
    application/vnd.docker.distribution.manifest.list.v2+json, \
    application/vnd.docker.distribution.manifest.v2+json";

/// The connection pool with what decides where secrets may go.
#[derive(Debug)]
pub(crate) struct Http {
    pub(crate) agent: Agent,
    pub(crate) origin: Origin,
    pub(crate) access: Access,
}

/// One repository of one registry.
#[derive(Debug)]
pub struct Repository {
    http: Http,
    base: String,
    registry: String,
    path: String,
    /// The `Authorization` value that the registry last accepted or asked for.
    authorization: Mutex<Option<Secret>>,
}

impl Repository {
    /// Prepares the conversation about the reference's repository; nothing is sent yet.
    pub fn new(reference: &ImageRef, access: &Access) -> Result<Self, RegistryError> {
        // Docker Hub's API answers under another name than its images carry.
        let host = match reference.registry() {
            DOCKER_HUB => "registry-1.docker.io",
            host => host,
        };
        let origin = |scheme: &str| {
            let base = format!("{scheme}://{host}");
            Origin::of(&base).map(|origin| (base, origin)).ok_or(RegistryError::Address)
        };
        let (base, origin) = match origin("http")? {
            plain if plain.1.is_loopback() || access.plain_http == Plain::Everywhere => plain,
            _ => origin("https")?,
        };
        let roots = roots(access, origin.tls)?;
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(provider)
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .build();
        let config = Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The default reads proxies from the environment, which only the binary may.
            .proxy(None)
            .accept_encoding("identity")
            .user_agent(concat!("haechi/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT_TIME))
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_recv_response(Some(SILENCE))
            .timeout_recv_body(Some(SILENCE))
            .timeout_per_read(Some(SILENCE))
            .build();
        let agent = Agent::with_parts(config, DefaultConnector::default(), Guard::new(&origin));
        Ok(Self {
            http: Http { agent, origin, access: access.clone() },
            base,
            registry: reference.registry().to_owned(),
            path: reference.repository().to_owned(),
            authorization: Mutex::new(None),
        })
    }

    #[cfg(test)]
    pub(crate) fn is_tls(&self) -> bool {
        self.http.origin.tls
    }

    /// Fetches the manifest or index under `digest`; other bytes than those are refused.
    pub fn manifest(&self, digest: &Digest) -> Result<Vec<u8>, RegistryError> {
        let (bytes, _) = self.manifest_bytes(&digest.to_string())?;
        let actual = content_digest(digest.algorithm(), &bytes)?;
        if actual == *digest {
            Ok(bytes)
        } else {
            Err(RegistryError::DigestMismatch { expected: digest.clone(), actual })
        }
    }

    /// Resolves a tag, once: returns the bytes and their digest, by which all else is fetched.
    pub fn resolve(&self, tag: &str) -> Result<(Vec<u8>, Digest), RegistryError> {
        let (bytes, announced) = self.manifest_bytes(tag)?;
        let Some(announced) = announced else {
            let digest = Digest::of(&bytes);
            return Ok((bytes, digest));
        };
        let expected: Digest =
            announced.parse().map_err(|_shape| RegistryError::AnnouncedDigest)?;
        let actual = content_digest(expected.algorithm(), &bytes)?;
        if actual == expected {
            Ok((bytes, actual))
        } else {
            Err(RegistryError::DigestMismatch { expected, actual })
        }
    }

    /// Fetches what `reference` names, by its digest where it has one. The digest that comes with the
    /// bytes is the one to ask by from then on.
    pub fn start(&self, reference: &ImageRef) -> Result<(Vec<u8>, Digest), RegistryError> {
        match (reference.digest(), reference.tag()) {
            (Some(digest), _) => Ok((self.manifest(digest)?, digest.clone())),
            (None, tag) => self.resolve(tag.unwrap_or("latest")),
        }
    }

    /// Streams a blob of exactly `size` bytes. The digest is for the reader's consumer to verify.
    pub fn blob(
        &self,
        digest: &Digest,
        size: u64,
    ) -> Result<impl Read + Send + use<>, RegistryError> {
        let time = SILENCE + Duration::from_secs(size / SLOWEST_BLOB);
        let response = self.get(&format!("blobs/{digest}"), None, time)?;
        let body = response.into_body();
        if let Some(length) = body.content_length()
            && length != size
        {
            return Err(RegistryError::BlobLength { expected: size, announced: length });
        }
        Ok(Exactly { inner: body.into_reader(), left: size })
    }

    fn manifest_bytes(&self, name: &str) -> Result<(Vec<u8>, Option<String>), RegistryError> {
        let mut response = self.get(&format!("manifests/{name}"), Some(MANIFEST_TYPES), SILENCE)?;
        let announced = response
            .headers()
            .get("Docker-Content-Digest")
            .map(|value| value.to_str().unwrap_or_default().to_owned());
        let bytes = bounded(response.body_mut(), LARGEST_MANIFEST, "manifest")?;
        Ok((bytes, announced))
    }

    /// One resource below the repository, whatever it takes of challenges, redirects and patience.
    fn get(
        &self,
        path: &str,
        accept: Option<&str>,
        body_time: Duration,
    ) -> Result<Response<Body>, RegistryError> {
        let url = format!("{}/v2/{}/{path}", self.base, self.path);
        let remembered = self.authorization.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let mut authorization = remembered;
        let (mut challenged, mut tried) = (false, 0);
        loop {
            let (response, at_registry) =
                self.follow(&url, accept, authorization.as_ref(), body_time)?;
            match response.status().as_u16() {
                200 => return Ok(response),
                // One answer per request: a registry that asks again has refused it. Elsewhere than at
                // the registry nobody is owed an answer.
                401 if at_registry && !challenged => {
                    challenged = true;
                    authorization = Some(self.answer(&response)?);
                    self.authorization
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .clone_from(&authorization);
                }
                401 | 403 => return Err(RegistryError::Unauthorized),
                404 => return Err(RegistryError::NotFound),
                status @ (429 | 500..=599) => {
                    if tried == self.http.access.retries.count {
                        return Err(RegistryError::Busy { status });
                    }
                    self.wait(tried, &response);
                    tried += 1;
                }
                status => return Err(RegistryError::Status { status }),
            }
        }
    }

    fn follow(
        &self,
        url: &str,
        accept: Option<&str>,
        authorization: Option<&Secret>,
        body_time: Duration,
    ) -> Result<(Response<Body>, bool), RegistryError> {
        let mut url = url.to_owned();
        let mut origin = self.http.origin.clone();
        for _ in 0..=MOST_REDIRECTS {
            let at_registry = origin == self.http.origin;
            let mut request = self.http.agent.get(&url);
            if let Some(accept) = accept {
                request = request.header("Accept", accept);
            }
            // Even another port of the same host may be somebody else's.
            if let Some(authorization) = authorization.filter(|_| at_registry) {
                request = request.header("Authorization", authorization.reveal());
            }
            let response = request
                .config()
                .timeout_recv_body(Some(body_time))
                .build()
                .call()
                .map_err(|fault| transport(&origin.host, fault))?;
            if !matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308) {
                return Ok((response, at_registry));
            }
            let location = response
                .headers()
                .get("Location")
                .and_then(|value| value.to_str().ok())
                .and_then(|location| resolve_location(&url, location))
                .ok_or(RegistryError::RedirectMalformed)?;
            let next = Origin::of(&location).ok_or(RegistryError::RedirectMalformed)?;
            if !next.tls && (origin.tls || !self.http.plain_allowed(&next)) {
                return Err(RegistryError::RedirectPlain { host: next.host });
            }
            (url, origin) = (location, next);
        }
        Err(RegistryError::RedirectLoop)
    }

    fn answer(&self, response: &Response<Body>) -> Result<Secret, RegistryError> {
        let headers = response.headers().get_all("WWW-Authenticate");
        let challenge = auth::choose(headers.iter().filter_map(|value| value.to_str().ok()))
            .ok_or(RegistryError::Challenge)?;
        let credential = (self.http.access.credentials)(&self.registry);
        match (challenge, credential) {
            (Challenge::Bearer { .. }, Some(Credential::RegistryToken(token))) => {
                auth::bearer(&token)
            }
            (Challenge::Bearer { realm, service }, credential) => {
                auth::token(&self.http, &realm, service.as_deref(), &self.path, credential.as_ref())
            }
            (Challenge::Basic, Some(Credential::Password { username, password })) => {
                Ok(auth::basic(&username, &password))
            }
            (Challenge::Basic, _) => Err(RegistryError::Unauthorized),
        }
    }

    /// Waits as long as the registry asks (RFC 9110 section 10.2.3, seconds form only: a date would need
    /// a clock), within reason, or twice as long each time.
    fn wait(&self, tried: u32, response: &Response<Body>) {
        let asked = response
            .headers()
            .get("Retry-After")
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.trim().parse::<u64>().ok());
        let seconds = asked.unwrap_or(1 << tried.min(5)).min(LONGEST_RETRY_AFTER);
        std::thread::sleep(Duration::from_secs(seconds).min(self.http.access.retries.longest_wait));
    }
}

impl Http {
    fn plain_allowed(&self, origin: &Origin) -> bool {
        !self.origin.tls && (origin.is_loopback() || self.access.plain_http == Plain::Everywhere)
    }
}

/// Says which host failed and why; URLs stay out because signed ones are secrets.
pub(crate) fn transport(host: &str, fault: ureq::Error) -> RegistryError {
    let host = host.to_owned();
    match fault {
        ureq::Error::Other(inner) if inner.is::<InsideRefused>() => {
            RegistryError::AddressInside { host }
        }
        ureq::Error::Timeout(_) => RegistryError::TimedOut { host },
        fault => RegistryError::Transport { host, source: Box::new(fault) },
    }
}

/// Reads a whole body of at most `limit` bytes.
pub(crate) fn bounded(
    body: &mut Body,
    limit: u64,
    what: &'static str,
) -> Result<Vec<u8>, RegistryError> {
    let too_large = RegistryError::TooLarge { what, limit };
    if body.content_length().is_some_and(|length| length > limit) {
        return Err(too_large);
    }
    let mut bytes = Vec::new();
    body.as_reader()
        .take(limit + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| RegistryError::Body { what, source })?;
    if bytes.len() as u64 > limit { Err(too_large) } else { Ok(bytes) }
}

/// Ends with an error instead of more or fewer bytes than promised.
struct Exactly<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        if count == 0 && !buffer.is_empty() && self.left > 0 {
            let fault = "blob is shorter than its descriptor says";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, fault));
        }
        self.left = self.left.checked_sub(count as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::InvalidData, "blob is longer than its descriptor says")
        })?;
        Ok(count)
    }
}

/// The machine's trusted certificates and those of `access.ca_file`.
fn roots(access: &Access, needed: bool) -> Result<Vec<Certificate<'static>>, RegistryError> {
    let native = rustls_native_certs::load_native_certs();
    let mut roots: Vec<_> =
        native.certs.iter().map(|cert| Certificate::from_der(cert).to_owned()).collect();
    if let Some(path) = &access.ca_file {
        let pem = std::fs::read(path)
            .map_err(|source| RegistryError::CaFile { path: path.clone(), source })?;
        let before = roots.len();
        roots.extend(parse_pem(&pem).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        }));
        if roots.len() == before {
            return Err(RegistryError::CaEmpty { path: path.clone() });
        }
    }
    if needed && roots.is_empty() { Err(RegistryError::NoRoots) } else { Ok(roots) }
}

fn content_digest(algorithm: Algorithm, bytes: &[u8]) -> Result<Digest, RegistryError> {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    match algorithm {
        Algorithm::Sha256 => Ok(Digest::of(bytes)),
        Algorithm::Sha512 => {
            let mut text = String::from("sha512:");
            for byte in sha2::Sha512::digest(bytes) {
                // Writing into a String cannot fail.
                let _infallible = write!(text, "{byte:02x}");
            }
            text.parse().map_err(|_shape| RegistryError::AnnouncedDigest)
        }
    }
}
