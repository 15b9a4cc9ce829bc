//! Package URLs: the one name of a package in every stage.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A canonical package URL.
///
/// <https://github.com/package-url/purl-spec>
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
pub struct Purl(Box<str>);

/// Why a text or its parts are not a package URL.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not a package URL: {0}")]
pub struct PurlError(String);

impl Purl {
    /// Builds the canonical form from raw (not percent-encoded) parts. `namespace` may hold slashes;
    /// empty parts are left out.
    pub fn new(
        kind: &str,
        namespace: &str,
        name: &str,
        version: &str,
        qualifiers: &[(&str, &str)],
    ) -> Result<Self, PurlError> {
        let build = || -> Result<String, packageurl::Error> {
            let mut purl = packageurl::PackageUrl::new(kind.to_owned(), name.to_owned())?;
            if !namespace.is_empty() {
                purl.with_namespace(namespace.to_owned())?;
            }
            if !version.is_empty() {
                purl.with_version(version.to_owned())?;
            }
            for (key, value) in qualifiers.iter().filter(|(_, value)| !value.is_empty()) {
                purl.add_qualifier((*key).to_owned(), (*value).to_owned())?;
            }
            Ok(purl.to_string())
        };
        let text = build().map_err(|fault| PurlError(fault.to_string()))?;
        // Parts such as `/a` or an empty segment give a text that reads back as another package.
        match Self::parse(&text)? {
            purl if purl.as_str() == text => Ok(purl),
            _ => Err(PurlError(format!("{text:?} has no canonical form"))),
        }
    }

    /// Parses and canonicalises a package URL.
    pub fn parse(text: &str) -> Result<Self, PurlError> {
        text.parse::<packageurl::PackageUrl<'_>>()
            .map(|purl| Self(purl.to_string().into()))
            .map_err(|fault| PurlError(fault.to_string()))
    }

    /// The canonical text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The type: `deb`, `pypi`, `npm`...
    pub fn kind(&self) -> &str {
        self.0.strip_prefix("pkg:").and_then(|rest| rest.split('/').next()).unwrap_or_default()
    }

    /// The text without version, qualifiers and subpath: the package across its versions.
    pub fn without_version(&self) -> &str {
        let end = self.0.find(['?', '#']).unwrap_or(self.0.len());
        let text = self.0.get(..end).unwrap_or_default();
        // An npm scope is written `%40scope`, so a plain `@` always starts the version.
        text.rsplit_once('@').map_or(text, |(package, _)| package)
    }

    /// Splits into decoded parts: type, namespace, name, version, qualifiers.
    pub fn parts(&self) -> Option<PurlParts> {
        let purl = self.0.parse::<packageurl::PackageUrl<'_>>().ok()?;
        Some(PurlParts {
            kind: purl.ty().to_owned(),
            namespace: purl.namespace().unwrap_or_default().to_owned(),
            name: purl.name().to_owned(),
            version: purl.version().unwrap_or_default().to_owned(),
            qualifiers: purl
                .qualifiers()
                .iter()
                .map(|(k, v)| (k.to_string(), v.to_string()))
                .collect(),
        })
    }
}

/// The decoded parts of a [`Purl`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PurlParts {
    /// The type: `deb`, `pypi`, `npm`...
    pub kind: String,
    /// Namespace with slashes, or empty.
    pub namespace: String,
    /// Name.
    pub name: String,
    /// Version, or empty.
    pub version: String,
    /// Qualifiers in key order.
    pub qualifiers: std::collections::BTreeMap<String, String>,
}

impl fmt::Display for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Purl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for Purl {
    type Error = PurlError;

    fn try_from(text: String) -> Result<Self, PurlError> {
        Self::parse(&text)
    }
}

impl From<Purl> for String {
    fn from(purl: Purl) -> Self {
        purl.0.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_encoded_and_the_version_can_be_cut() {
        let purl = Purl::new("npm", "@babel", "core", "7.0.0", &[]).unwrap();
        assert_eq!(purl.as_str(), "pkg:npm/%40babel/core@7.0.0");
        assert_eq!(purl.without_version(), "pkg:npm/%40babel/core");
        let purl = Purl::new(
            "deb",
            "debian",
            "libssl3",
            "1:3.0-1",
            &[("arch", "amd64"), ("distro", "debian-12")],
        )
        .unwrap();
        assert_eq!(purl.without_version(), "pkg:deb/debian/libssl3");
        assert_eq!(Purl::parse(purl.as_str()).unwrap(), purl);
        assert_eq!(purl.parts().unwrap().version, "1:3.0-1");
        assert_eq!(purl.kind(), "deb");
    }

    #[test]
    fn a_hostile_name_stays_one_purl() {
        let purl = Purl::new("npm", "", "a@1?x=y#z/../b", "1", &[]).unwrap();
        assert_eq!(purl.parts().unwrap().name, "a@1?x=y#z/../b");
    }

    #[test]
    fn what_reads_back_as_another_package_is_refused() {
        assert!(Purl::new("golang", "/x", "b", "v1.0.0", &[]).is_err());
        assert!(Purl::new("golang", "x//y", "b", "v1.0.0", &[]).is_err());
        assert!(Purl::new("maven", "g", "", "1", &[]).is_err());
    }
}
