//! The report: one subject, its packages, findings and verdict.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Finding, Package, Problem, Subject, Verdict};

/// Raised by a change that breaks readers of the JSON report.
pub const SCHEMA_VERSION: u32 = 1;

/// Everything a scan says. Two runs over one input are byte-equal outside `meta`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What was judged.
    pub subject: Subject,
    /// Sorted by package URL.
    pub packages: Vec<Package>,
    /// Sorted by risk, then id.
    pub findings: Vec<Finding>,
    /// Sorted by path.
    pub not_examined: Vec<Problem>,
    /// The decision.
    pub verdict: Verdict,
    /// Whatever may differ between two runs over one input: times, versions, ages.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
}
