//! Image references as the distribution project writes them: `registry/repository:tag@digest`.

use std::fmt;
use std::net::Ipv6Addr;
use std::str::FromStr;

use model::{Digest, DigestError};

/// Where names without a registry live.
pub(crate) const DOCKER_HUB: &str = "docker.io";
/// `RepositoryNameTotalLengthMax` of the distribution project.
const LONGEST_NAME: usize = 255;
const LONGEST_TAG: usize = 128;

/// A parsed reference with its registry, repository and at least one of tag and digest.
///
/// Follows the grammar of the distribution project's `reference` package, with the short forms of
/// Docker Hub: `alpine` is `docker.io/library/alpine:latest`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageRef {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

impl ImageRef {
    /// Host and optional port, such as `docker.io`, `localhost:5000` or `[::1]:5000`.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Path inside the registry, such as `library/alpine`.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// The tag, `latest` where neither tag nor digest was given.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// The digest, which wins over the tag.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// Registry and repository without tag and digest.
    pub fn name(&self) -> String {
        format!("{}/{}", self.registry, self.repository)
    }

    /// The same name, pinned to `digest` and without its tag.
    #[must_use]
    pub fn pinned(&self, digest: Digest) -> Self {
        Self { tag: None, digest: Some(digest), ..self.clone() }
    }
}

/// Why a text is not an image reference.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ReferenceError {
    /// Nothing before the tag or digest.
    #[error("image name is empty")]
    Empty,
    /// Longer than any registry accepts.
    #[error("image name is longer than {LONGEST_NAME} characters")]
    TooLong,
    /// Registries refuse upper case in repositories.
    #[error("repository must be lower case")]
    UpperCase,
    /// A path component outside `[a-z0-9]+` joined by `.`, `_`, `__` or dashes.
    #[error("repository is not made of lower-case letters, digits and single separators")]
    Repository,
    /// The part before the first slash is not a host with an optional port.
    #[error("registry is not a host name or address with an optional port")]
    Registry,
    /// Outside `[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}`.
    #[error("tag is not one to 128 letters, digits, dots, dashes and underscores")]
    Tag,
    /// 64 hexadecimal digits name an image id of one engine, not an image of a registry.
    #[error("a bare image id names no image in a registry")]
    Identifier,
    /// The part after `@`.
    #[error(transparent)]
    Digest(#[from] DigestError),
}

impl FromStr for ImageRef {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        // Longest legal form: name, tag, `sha512:` and 128 digits. Beyond it nothing needs looking at.
        if text.len() > LONGEST_NAME + LONGEST_TAG + 256 {
            return Err(ReferenceError::TooLong);
        }
        if text.len() == 64
            && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
        {
            return Err(ReferenceError::Identifier);
        }
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest.parse()?)),
            None => (text, None),
        };
        // A colon after the last slash starts the tag; one before it is the registry's port.
        let (name, tag) = match rest.rsplit_once(':') {
            Some((name, tag)) if !tag.contains('/') && !tag.contains(']') => (name, Some(tag)),
            _ => (rest, None),
        };
        if let Some(tag) = tag
            && !is_tag(tag)
        {
            return Err(ReferenceError::Tag);
        }
        let (registry, repository) = split_registry(name)?;
        let tag = match (tag, &digest) {
            (Some(tag), _) => Some(tag.to_owned()),
            (None, Some(_)) => None,
            (None, None) => Some("latest".to_owned()),
        };
        Ok(Self { registry, repository, tag, digest })
    }
}

impl fmt::Display for ImageRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        if let Some(digest) = &self.digest {
            write!(f, "@{digest}")?;
        }
        Ok(())
    }
}

/// The first component is a registry only where it cannot be a path: it holds a dot or a colon, is
/// `localhost`, or has upper case. Everything else lives on Docker Hub.
fn split_registry(name: &str) -> Result<(String, String), ReferenceError> {
    if name.is_empty() {
        return Err(ReferenceError::Empty);
    }
    let (registry, path) = match name.split_once('/') {
        Some((first, path))
            if first.contains(['.', ':'])
                || first == "localhost"
                || first.bytes().any(|b| b.is_ascii_uppercase()) =>
        {
            (first, path)
        }
        _ => (DOCKER_HUB, name),
    };
    if !is_registry(registry) {
        return Err(ReferenceError::Registry);
    }
    let registry = if registry == "index.docker.io" { DOCKER_HUB } else { registry };
    let repository = if registry == DOCKER_HUB && !path.contains('/') {
        format!("library/{path}")
    } else {
        path.to_owned()
    };
    if registry.len() + 1 + repository.len() > LONGEST_NAME {
        return Err(ReferenceError::TooLong);
    }
    if path.is_empty() {
        return Err(ReferenceError::Empty);
    }
    if repository.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err(ReferenceError::UpperCase);
    }
    if !repository.split('/').all(is_path_component) {
        return Err(ReferenceError::Repository);
    }
    Ok((registry.to_owned(), repository))
}

fn is_registry(registry: &str) -> bool {
    let (host, port) = if let Some(rest) = registry.strip_prefix('[') {
        let Some((address, after)) = rest.split_once(']') else { return false };
        if address.parse::<Ipv6Addr>().is_err() {
            return false;
        }
        match after.strip_prefix(':') {
            Some(port) => (None, Some(port)),
            None if after.is_empty() => (None, None),
            None => return false,
        }
    } else {
        match registry.split_once(':') {
            Some((host, port)) => (Some(host), Some(port)),
            None => (Some(registry), None),
        }
    };
    host.is_none_or(|host| host.split('.').all(is_host_component))
        && port.is_none_or(|port| {
            port.bytes().all(|b| b.is_ascii_digit()) && port.parse::<u16>().is_ok()
        })
}

fn is_host_component(component: &str) -> bool {
    !component.is_empty()
        && !component.starts_with('-')
        && !component.ends_with('-')
        && component.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

fn is_path_component(component: &str) -> bool {
    let edge = |b: Option<u8>| b.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    edge(component.bytes().next())
        && edge(component.bytes().next_back())
        && component.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit()).all(
            |separator| {
                matches!(separator, "" | "." | "_" | "__") || separator.bytes().all(|b| b == b'-')
            },
        )
}

fn is_tag(tag: &str) -> bool {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    tag.len() <= LONGEST_TAG
        && tag.bytes().next().is_some_and(word)
        && tag.bytes().all(|b| word(b) || b == b'.' || b == b'-')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEX: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    #[test]
    fn short_names_are_completed() {
        let cases = [
            ("alpine", "docker.io/library/alpine:latest"),
            ("alpine:3.22", "docker.io/library/alpine:3.22"),
            ("grafana/grafana", "docker.io/grafana/grafana:latest"),
            ("docker.io/alpine", "docker.io/library/alpine:latest"),
            ("index.docker.io/alpine", "docker.io/library/alpine:latest"),
            ("localhost/app", "localhost/app:latest"),
            ("localhost:5000/app:1", "localhost:5000/app:1"),
            ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"),
            ("[2001:db8::1]/app:x", "[2001:db8::1]/app:x"),
            ("quay.io/a/b_c__d-e--f.g:T_a.g-1", "quay.io/a/b_c__d-e--f.g:T_a.g-1"),
            ("Host/app", "Host/app:latest"),
        ];
        for (text, canonical) in cases {
            assert_eq!(text.parse::<ImageRef>().unwrap().to_string(), canonical, "{text}");
        }
    }

    #[test]
    fn digest_keeps_the_tag_but_needs_none() {
        let with = format!("r.example/a:1@sha256:{HEX}");
        assert_eq!(with.parse::<ImageRef>().unwrap().to_string(), with);
        let without = format!("r.example/a@sha256:{HEX}");
        let parsed: ImageRef = without.parse().unwrap();
        assert_eq!((parsed.tag(), parsed.to_string()), (None, without));
    }

    #[test]
    fn what_the_grammar_forbids_is_refused() {
        let cases = [
            ("", ReferenceError::Empty),
            (":tag", ReferenceError::Empty),
            ("r.example/", ReferenceError::Empty),
            ("Alpine", ReferenceError::UpperCase),
            ("r.example/App", ReferenceError::UpperCase),
            ("a//b", ReferenceError::Repository),
            ("/a", ReferenceError::Repository),
            ("a___b", ReferenceError::Repository),
            ("a..b", ReferenceError::Repository),
            ("-a", ReferenceError::Repository),
            ("a/../b", ReferenceError::Repository),
            ("r.example/../b", ReferenceError::Repository),
            ("a b", ReferenceError::Repository),
            ("a:", ReferenceError::Tag),
            ("a:.x", ReferenceError::Tag),
            ("a:x/y", ReferenceError::Registry),
            ("-x.example/a", ReferenceError::Registry),
            ("user@r.example/a", ReferenceError::Digest(DigestError::Form)),
            ("x..example/a", ReferenceError::Registry),
            ("r.example:99999/a", ReferenceError::Registry),
            ("[::g]:1/a", ReferenceError::Registry),
            ("a@sha256:12", ReferenceError::Digest(DigestError::Value)),
            (HEX, ReferenceError::Identifier),
        ];
        for (text, fault) in cases {
            assert_eq!(text.parse::<ImageRef>(), Err(fault), "{text}");
        }
        assert_eq!("a/".repeat(400).parse::<ImageRef>(), Err(ReferenceError::TooLong));
    }

    proptest! {
        #[test]
        fn canonical_form_is_a_fixed_point(
            text in "([a-z0-9.]{1,8}(:[0-9]{1,4})?/)?[a-z0-9]{1,6}([._-][a-z0-9]{1,4}){0,2}(:[A-Za-z0-9_.-]{1,9})?",
        ) {
            if let Ok(reference) = text.parse::<ImageRef>() {
                prop_assert_eq!(reference.to_string().parse::<ImageRef>(), Ok(reference));
            }
        }

        #[test]
        fn no_text_panics_or_yields_a_path_trick(text in "\\PC{0,80}") {
            if let Ok(reference) = text.parse::<ImageRef>() {
                prop_assert!(!reference.repository().split('/').any(|part| part == ".." || part == "."));
                prop_assert!(reference.to_string().is_ascii());
            }
        }
    }
}
