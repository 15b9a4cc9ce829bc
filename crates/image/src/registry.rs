//! Images in a registry: the OCI distribution API v2 with a registry that may be hostile.

mod address;
mod auth;
mod credential;
mod repository;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use model::Digest;

pub use credential::{Credential, CredentialError, DockerConfig, Lookup, Secret};

pub(crate) use address::Origin;
pub(crate) use auth::percent;
pub use repository::Repository;

/// Where plain HTTP is spoken. The choice is made by address, never by trying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Plain {
    /// Only to `localhost` and the loopback addresses.
    #[default]
    Loopback,
    /// To every registry: the user's explicit word.
    Everywhere,
}

/// How often and how patiently a busy registry (status 429 and 5xx) is asked again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// How many times after the first.
    pub count: u32,
    /// The longest single wait, whatever the registry asks for.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { count: 4, longest_wait: Duration::from_secs(30) }
    }
}

/// Finds the credentials for a registry as [`crate::ImageRef::registry`] spells it. Asked only when
/// the registry wants to know who we are.
pub type Credentials = Arc<dyn Fn(&str) -> Option<Credential> + Send + Sync>;

/// What the caller allows and knows about reaching a registry.
#[derive(Clone)]
pub struct Access {
    /// Where plain HTTP is spoken.
    pub plain_http: Plain,
    /// Finds credentials.
    pub credentials: Credentials,
    /// A PEM file with certificate authorities beside the machine's own.
    pub ca_file: Option<PathBuf>,
    /// Hosts of token services that are trusted although they share no domain with the registry.
    pub token_hosts: Vec<String>,
    /// Patience with a busy registry.
    pub retries: Retries,
}

impl Default for Access {
    fn default() -> Self {
        Self {
            plain_http: Plain::default(),
            credentials: Arc::new(|_registry| None),
            ca_file: None,
            token_hosts: Vec::new(),
            retries: Retries::default(),
        }
    }
}

impl fmt::Debug for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Access")
            .field("plain_http", &self.plain_http)
            .field("ca_file", &self.ca_file)
            .field("token_hosts", &self.token_hosts)
            .field("retries", &self.retries)
            .finish_non_exhaustive()
    }
}

/// Why a registry gave no image. Neither secrets nor URLs are in these texts.
#[derive(Debug, thiserror::Error)]
pub enum RegistryError {
    /// The registry's name makes no URL.
    #[error("registry is not an address")]
    Address,
    /// Refused with the credentials at hand, or there are none.
    #[error("registry refuses access; log in with docker login or check the image's name")]
    Unauthorized,
    /// Status 404.
    #[error("registry has no such image")]
    NotFound,
    /// Still 429 or 5xx after all retries.
    #[error("registry stays busy (status {status})")]
    Busy {
        /// The last status.
        status: u16,
    },
    /// A status that the API does not use here.
    #[error("registry answers with status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// 401 without a challenge of a known kind.
    #[error("registry asks for a kind of authentication that is not supported")]
    Challenge,
    /// The realm is not an absolute http or https URL.
    #[error("token service is not an address")]
    RealmMalformed,
    /// A token service that has nothing to do with the registry would get the credentials.
    #[error("token service on {host} is not the registry's; allow that host to trust it")]
    RealmStranger {
        /// The realm's host.
        host: String,
    },
    /// Credentials would travel in the clear.
    #[error("token service on {host} is not reached over https")]
    RealmPlain {
        /// The realm's host.
        host: String,
    },
    /// A status other than 200, 401, 403.
    #[error("token service answers with status {status}")]
    TokenStatus {
        /// The status.
        status: u16,
    },
    /// Not JSON with a usable `token` or `access_token`.
    #[error("token service gives no usable token")]
    TokenMalformed,
    /// No `Location`, or not an http or https URL.
    #[error("registry redirects to no address")]
    RedirectMalformed,
    /// From https to http, or to plain HTTP elsewhere than on this machine.
    #[error("redirect to {host} without https")]
    RedirectPlain {
        /// The target's host.
        host: String,
    },
    /// More than five.
    #[error("registry redirects without end")]
    RedirectLoop,
    /// A public registry points to an address inside.
    #[error("host {host}, named by the registry, has a private, loopback or link-local address")]
    AddressInside {
        /// The host.
        host: String,
    },
    /// The bytes are not those that the digest names.
    #[error("content has digest {actual} instead of {expected}")]
    DigestMismatch {
        /// What was asked for or announced.
        expected: Digest,
        /// What came.
        actual: Digest,
    },
    /// `Docker-Content-Digest` is no digest.
    #[error("registry announces a malformed digest")]
    AnnouncedDigest,
    /// `Content-Length` against the descriptor.
    #[error("blob of {announced} bytes where the manifest says {expected}")]
    BlobLength {
        /// The descriptor's size.
        expected: u64,
        /// `Content-Length`.
        announced: u64,
    },
    /// A manifest or token beyond its bound.
    #[error("{what} is larger than {limit} bytes")]
    TooLarge {
        /// What was read.
        what: &'static str,
        /// Its bound in bytes.
        limit: u64,
    },
    /// The body broke off.
    #[error("{what} breaks off")]
    Body {
        /// What was read.
        what: &'static str,
        /// Why.
        source: io::Error,
    },
    /// No answer in time.
    #[error("{host} does not answer in time")]
    TimedOut {
        /// The host.
        host: String,
    },
    /// Connection, TLS or HTTP fault.
    #[error("no conversation with {host}")]
    Transport {
        /// The host.
        host: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The extra certificate file cannot be read.
    #[error("certificate file {}", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The extra certificate file holds none.
    #[error("no certificate in {}", path.display())]
    CaEmpty {
        /// The file.
        path: PathBuf,
    },
    /// Nothing to check a server's certificate against.
    #[error("this machine has no trusted certificates; install ca-certificates or give a file")]
    NoRoots,
}
