//! Who we are to a registry: secrets that never print, and Docker's `config.json`.

use std::collections::BTreeMap;
use std::fmt;

use base64::Engine as _;
use serde::Deserialize;

use crate::reference::DOCKER_HUB;

/// A text that is never shown, neither in `Debug` nor in an error.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Secret(String);

impl Secret {
    /// Wraps a password or token.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

/// What proves our identity to one registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credential {
    /// User name and password, sent as basic authentication to the registry or its token service.
    Password {
        /// The user's name.
        username: String,
        /// The password or personal access token.
        password: Secret,
    },
    /// A refresh token, exchanged at the token service (`OAuth2` `refresh_token` grant).
    IdentityToken(Secret),
    /// A bearer token, sent to the registry as it is.
    RegistryToken(Secret),
}

impl Credential {
    /// Reads what `docker-credential-NAME get` prints: `{"ServerURL", "Username", "Secret"}`. The user
    /// name `<token>` marks an identity token.
    pub fn from_helper_output(output: &[u8]) -> Result<Self, CredentialError> {
        #[derive(Deserialize)]
        #[serde(rename_all = "PascalCase")]
        struct Output {
            username: String,
            secret: Secret,
        }
        let output: Output =
            serde_json::from_slice(output).map_err(|_secret| CredentialError::HelperOutput)?;
        Ok(if output.username == "<token>" {
            Self::IdentityToken(output.secret)
        } else {
            Self::Password { username: output.username, password: output.secret }
        })
    }
}

/// Why stored credentials cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum CredentialError {
    /// Not JSON, or not an object of the known shape. The parser's words are left out because they may
    /// quote a secret.
    #[error("configuration is not the JSON that docker login writes")]
    Config,
    /// `auth` is not base64 of `user:password`.
    #[error("stored credentials for {host} are not base64 of user:password")]
    Auth {
        /// The key in `auths`.
        host: String,
    },
    /// A name that would start another program than `docker-credential-NAME`.
    #[error("credential helper name has characters outside letters, digits, dots, dashes")]
    HelperName,
    /// Not the JSON of the credential helper protocol.
    #[error("credential helper printed no credentials")]
    HelperOutput,
}

/// Where the credentials of one registry are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    /// In the file itself.
    Found(Credential),
    /// Ask `docker-credential-<helper> get` with `server` on standard input, then
    /// [`Credential::from_helper_output`].
    Helper {
        /// What comes after `docker-credential-`; checked to be a plain program name.
        helper: String,
        /// The line to write to its standard input.
        server: String,
    },
    /// Nothing stored.
    Anonymous,
}

/// Docker's `config.json`, as far as it says who we are. Podman's `auth.json` has the same shape.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DockerConfig {
    auths: BTreeMap<String, Stored>,
    creds_store: Option<String>,
    cred_helpers: BTreeMap<String, String>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Stored {
    auth: Option<Secret>,
    username: Option<String>,
    password: Option<Secret>,
    identitytoken: Option<Secret>,
    registrytoken: Option<Secret>,
}

impl DockerConfig {
    /// Reads the file's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, CredentialError> {
        serde_json::from_slice(bytes).map_err(|_secret| CredentialError::Config)
    }

    /// Finds the credentials of `registry` (as [`crate::ImageRef::registry`] spells it), in Docker's
    /// order: the registry's own helper, the general store, then what the file holds.
    pub fn lookup(&self, registry: &str) -> Result<Lookup, CredentialError> {
        let server = server_key(registry);
        let helper = self
            .cred_helpers
            .iter()
            .find(|(key, _)| names(key, registry))
            .map(|(_, helper)| helper)
            .or(self.creds_store.as_ref())
            .filter(|helper| !helper.is_empty());
        if let Some(helper) = helper {
            let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
            if !helper.bytes().all(plain) {
                return Err(CredentialError::HelperName);
            }
            return Ok(Lookup::Helper { helper: helper.clone(), server });
        }
        // The exact key wins over one that merely names the same host.
        let stored = self
            .auths
            .get_key_value(&server)
            .or_else(|| self.auths.iter().find(|(key, _)| names(key, registry)));
        match stored {
            Some((host, stored)) => stored.credential(host),
            None => Ok(Lookup::Anonymous),
        }
    }
}

impl Stored {
    fn credential(&self, host: &str) -> Result<Lookup, CredentialError> {
        let filled = |secret: &Option<Secret>| secret.clone().filter(|s| !s.0.is_empty());
        if let Some(token) = filled(&self.registrytoken) {
            return Ok(Lookup::Found(Credential::RegistryToken(token)));
        }
        if let Some(token) = filled(&self.identitytoken) {
            return Ok(Lookup::Found(Credential::IdentityToken(token)));
        }
        if let Some(auth) = filled(&self.auth) {
            let malformed = || CredentialError::Auth { host: host.to_owned() };
            let decoded = base64::engine::general_purpose::STANDARD
                .decode(auth.0.trim())
                .ok()
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(malformed)?;
            let (username, password) = decoded.split_once(':').ok_or_else(malformed)?;
            // Docker pads passwords with NUL bytes in old files and trims them on reading.
            let password = Secret::new(password.trim_matches('\0'));
            return Ok(Lookup::Found(Credential::Password {
                username: username.to_owned(),
                password,
            }));
        }
        Ok(match (&self.username, filled(&self.password)) {
            (Some(username), Some(password)) => {
                Lookup::Found(Credential::Password { username: username.clone(), password })
            }
            _ => Lookup::Anonymous,
        })
    }
}

/// Docker Hub's credentials are stored under its oldest address.
fn server_key(registry: &str) -> String {
    if registry == DOCKER_HUB {
        "https://index.docker.io/v1/".to_owned()
    } else {
        registry.to_owned()
    }
}

/// Whether a key of `auths` or `credHelpers`, with or without scheme and API path, names `registry`.
fn names(key: &str, registry: &str) -> bool {
    let bare = key.strip_prefix("https://").or_else(|| key.strip_prefix("http://")).unwrap_or(key);
    let (host, path) = bare.split_once('/').unwrap_or((bare, ""));
    // Podman stores credentials of one namespace under `host/namespace`; those are not the host's.
    if !matches!(path.trim_end_matches('/'), "" | "v1" | "v2") {
        return false;
    }
    host == registry
        || registry == DOCKER_HUB && matches!(host, "index.docker.io" | "registry-1.docker.io")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn password(username: &str, password: &str) -> Lookup {
        Lookup::Found(Credential::Password {
            username: username.to_owned(),
            password: Secret::new(password),
        })
    }

    #[test]
    fn stored_logins_are_found_under_every_spelling_of_the_host() {
        let config = DockerConfig::parse(
            br#"{"auths":{
                "https://index.docker.io/v1/":{"auth":"aHViOnNlY3JldDp3aXRoY29sb24="},
                "https://r.example/v2/":{"auth":"YWxpY2U6cHc="},
                "localhost:5000":{"username":"bob","password":"pw2"},
                "quay.io/team":{"auth":"YWxpY2U6cHc="},
                "t.example":{"identitytoken":"idt"}},
                "HttpHeaders":{"User-Agent":"x"}}"#,
        )
        .unwrap();
        assert_eq!(config.lookup("docker.io"), Ok(password("hub", "secret:withcolon")));
        assert_eq!(config.lookup("r.example"), Ok(password("alice", "pw")));
        assert_eq!(config.lookup("localhost:5000"), Ok(password("bob", "pw2")));
        assert_eq!(config.lookup("localhost:5001"), Ok(Lookup::Anonymous));
        assert_eq!(config.lookup("quay.io"), Ok(Lookup::Anonymous));
        assert_eq!(
            config.lookup("t.example"),
            Ok(Lookup::Found(Credential::IdentityToken(Secret::new("idt"))))
        );
    }

    #[test]
    fn helper_of_the_registry_wins_over_the_general_store() {
        let config = DockerConfig::parse(
            br#"{"credsStore":"secretservice","credHelpers":{"gcr.io":"gcloud","x.example":"../evil"}}"#,
        )
        .unwrap();
        let helper = |helper: &str, server: &str| {
            Ok(Lookup::Helper { helper: helper.to_owned(), server: server.to_owned() })
        };
        assert_eq!(config.lookup("gcr.io"), helper("gcloud", "gcr.io"));
        assert_eq!(
            config.lookup("docker.io"),
            helper("secretservice", "https://index.docker.io/v1/")
        );
        assert_eq!(config.lookup("x.example"), Err(CredentialError::HelperName));
    }

    #[test]
    fn helper_output_is_a_password_or_an_identity_token() {
        let read = |json: &str| Credential::from_helper_output(json.as_bytes());
        assert_eq!(
            read(r#"{"ServerURL":"r","Username":"<token>","Secret":"t"}"#),
            Ok(Credential::IdentityToken(Secret::new("t")))
        );
        assert!(matches!(
            read(r#"{"Username":"u","Secret":"s"}"#),
            Ok(Credential::Password { .. })
        ));
        assert_eq!(
            read("credentials not found in native keychain"),
            Err(CredentialError::HelperOutput)
        );
    }

    #[test]
    fn secrets_are_in_no_debug_text_and_no_error() {
        let config = DockerConfig::parse(
            br#"{"auths":{"a":{"auth":"c2VudGluZWw=","password":"sentinel"},"b":{"auth":"dTpzZW50aW5lbA=="}}}"#,
        )
        .unwrap();
        let shown = format!("{config:?} {:?} {:?}", config.lookup("a"), config.lookup("b"));
        assert!(!shown.contains("sentinel") && !shown.contains("c2Vud"), "{shown}");
        let broken = DockerConfig::parse(br#"{"auths":"sentinel"}"#).unwrap_err();
        assert!(!format!("{broken} {broken:?}").contains("sentinel"));
    }
}
