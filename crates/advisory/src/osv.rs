//! The OSV schema as it is read: only what matching needs, tolerant of everything else.
//!
//! <https://ossf.github.io/osv-schema/>

mod bounded;

use serde::Deserialize;

use self::bounded::{List, Word};

/// Other names of a record.
const NAMES: usize = 10_000;

/// Packages of a record; the largest errata have some ten thousand.
const AFFECTED: usize = 50_000;

/// Ranges of a package, and events of a range.
const EVENTS: usize = 2_000;

/// Versions of a package that are listed one by one.
const VERSIONS: usize = 20_000;

/// Vectors of a record, or of a package of it.
const RATINGS: usize = 100;

/// One record.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Record {
    pub id: String,
    pub aliases: List<String, NAMES>,
    pub upstream: List<String, NAMES>,
    pub related: List<String, NAMES>,
    pub summary: String,
    pub modified: String,
    pub withdrawn: Option<String>,
    pub severity: List<Rating, RATINGS>,
    pub affected: List<Affected, AFFECTED>,
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
    pub ranges: List<Range, EVENTS>,
    pub versions: List<String, VERSIONS>,
    pub severity: List<Rating, RATINGS>,
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
    pub events: List<Event, EVENTS>,
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
    severity: Word,
    urgency: Word,
    informational: Word,
}

impl Specific {
    /// The vendor's word for the severity.
    pub(crate) fn severity(&self) -> Option<&str> {
        self.severity.0.as_deref().or(self.urgency.0.as_deref())
    }

    /// RustSec's mark of an advisory that is a notice, such as `unmaintained`, and no vulnerability.
    pub(crate) fn informational(&self) -> bool {
        self.informational.0.as_deref().is_some_and(|word| word != "unsound")
    }
}
