//! The report: one subject, its packages, findings and verdict.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Finding, Fingerprint, Package, Problem, Severity, Subject, Verdict};

/// Raised by a change that breaks readers of the JSON report.
pub const SCHEMA_VERSION: u32 = 1;

/// One thing to do, with everything that it removes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Remedy {
    /// One sentence without full stop.
    pub summary: String,
    /// The command that does it, where one does.
    pub command: Option<String>,
    /// The worst severity among what it removes.
    pub severity: Severity,
    /// How many of what it removes are known to be exploited.
    pub exploited: usize,
    /// The findings that it removes, worst first.
    pub removes: Vec<Fingerprint>,
}

/// Everything a scan says. Two runs over one input are byte-equal outside `meta`.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Which form the report has: [`SCHEMA_VERSION`].
    pub schema_version: u32,
    /// What was judged.
    pub subject: Subject,
    /// Sorted by package URL.
    pub packages: Vec<Package>,
    /// Sorted by risk, then id.
    pub findings: Vec<Finding>,
    /// What to do first: ranked by what each removes, best first.
    #[serde(default)]
    pub remedies: Vec<Remedy>,
    /// Sorted by path.
    pub not_examined: Vec<Problem>,
    /// The decision.
    pub verdict: Verdict,
    /// Whatever may differ between two runs over one input: times, versions, ages.
    #[serde(default)]
    pub meta: BTreeMap<String, String>,
}
