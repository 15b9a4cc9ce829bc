//! The OSV schema as it is read: only what matching needs, tolerant of everything else.
//!
//! <https://ossf.github.io/osv-schema/>

use serde::Deserialize;

/// One record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    pub id: String,
    pub aliases: Vec<String>,
    pub upstream: Vec<String>,
    pub related: Vec<String>,
    pub summary: String,
    pub modified: String,
    pub withdrawn: Option<String>,
    pub severity: Vec<Rating>,
    pub affected: Vec<Affected>,
    pub database_specific: Specific,
}

/// A CVSS vector or, for some distributions, a word.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Rating {
    #[serde(rename = "type")]
    pub kind: String,
    pub score: String,
}

/// One package and the versions of it that are affected.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Affected {
    pub package: Named,
    pub ranges: Vec<Range>,
    pub versions: Vec<String>,
    pub severity: Vec<Rating>,
    pub ecosystem_specific: Specific,
    pub database_specific: Specific,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Named {
    pub ecosystem: String,
    pub name: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Range {
    #[serde(rename = "type")]
    pub kind: String,
    pub events: Vec<Event>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Event {
    pub introduced: Option<String>,
    pub fixed: Option<String>,
    pub last_affected: Option<String>,
    pub limit: Option<String>,
}

/// What databases add of their own. The values may have any shape; only words are of use.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Specific {
    severity: Option<Anything>,
    urgency: Option<Anything>,
    informational: Option<Anything>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Anything {
    Word(String),
    Other(serde::de::IgnoredAny),
}

impl Specific {
    /// The vendor's word for the severity.
    pub(crate) fn severity(&self) -> Option<&str> {
        [&self.severity, &self.urgency].into_iter().find_map(|value| match value {
            Some(Anything::Word(word)) => Some(word.as_str()),
            _ => None,
        })
    }

    /// RustSec's mark of an advisory that is a notice, such as `unmaintained`, and no vulnerability.
    pub(crate) fn informational(&self) -> bool {
        match &self.informational {
            Some(Anything::Word(word)) => word != "unsound",
            _ => false,
        }
    }
}
