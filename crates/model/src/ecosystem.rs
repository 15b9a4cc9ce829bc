//! Ecosystem names as the OSV schema spells them.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// An ecosystem of the OSV schema with its optional release suffix: `PyPI`, `Debian:12`, `Alpine:v3.20`.
///
/// <https://ossf.github.io/osv-schema/#defined-ecosystems>
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Ecosystem(String);

impl Ecosystem {
    /// Takes the text as it is; unknown names are kept, because new ecosystems appear.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The part before the first colon: which ordering of versions and which database file applies.
    pub fn name(&self) -> &str {
        self.0.split_once(':').map_or(&self.0, |(name, _)| name)
    }

    /// The part after the first colon: the distribution's release.
    pub fn release(&self) -> Option<&str> {
        self.0.split_once(':').map(|(_, release)| release)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
