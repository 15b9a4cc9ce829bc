//! A fault in a subject: what, where and what to do.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::Digest as _;

use crate::digest::to_hex;
use crate::{LayerRef, Package, Purl, Severity};

/// What kind of fault it is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    /// A published vulnerability in a package.
    Vulnerability,
    /// A configuration that breaks a rule.
    Misconfiguration,
    /// A leaked credential.
    Secret,
    /// A licence that the policy refuses.
    License,
    /// A file that is not what the image says.
    Drift,
    /// A behaviour seen in the kernel.
    Runtime,
}

/// What the vendor does about a vulnerability.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Status {
    /// A version without it exists.
    Fixed,
    /// Known, no fixed version published.
    Affected,
    /// The vendor will not mend it.
    WontFix,
    /// The vendor is still looking.
    UnderInvestigation,
    /// Nothing is known.
    Unknown,
}

/// A CVSS vector and its base score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Cvss {
    /// The vector as published.
    pub vector: String,
    /// Its score, 0.0 to 10.0.
    pub score: f64,
}

/// A replacement in a text file; byte offsets, half open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Edit {
    /// Path inside the subject.
    pub path: String,
    /// First byte replaced.
    pub start: usize,
    /// Byte after the last replaced.
    pub end: usize,
    /// What stands there afterwards.
    pub replacement: String,
}

/// What to do about a finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Fix {
    /// One sentence without full stop.
    pub summary: String,
    /// The command that does it, where one does.
    pub command: Option<String>,
    /// The edits that do it, where text is the cause.
    pub edits: Vec<Edit>,
}

/// The package a finding is about, as a key into the report's packages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PackageRef {
    /// Package URL.
    pub purl: Purl,
    /// Name.
    pub name: String,
    /// Version.
    pub version: String,
}

impl From<&Package> for PackageRef {
    fn from(package: &Package) -> Self {
        Self {
            purl: package.purl.clone(),
            name: package.name.clone(),
            version: package.version.clone(),
        }
    }
}

/// Where a finding stands. Lines and columns are 1-based.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingLocation {
    /// Path inside the subject.
    pub path: String,
    /// First line.
    pub start_line: Option<u32>,
    /// First column.
    pub start_column: Option<u32>,
    /// Last line.
    pub end_line: Option<u32>,
    /// Column after the last character.
    pub end_column: Option<u32>,
    /// The object inside the file, such as a Kubernetes object.
    pub object: Option<String>,
    /// The layer, in an image.
    pub layer: Option<LayerRef>,
}

/// Why a finding does not count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Suppression {
    /// Who or what decided: a policy file's exception, a VEX document, a baseline.
    pub by: String,
    /// The stated reason.
    pub reason: String,
    /// The day (`YYYY-MM-DD`) after which it no longer counts.
    pub expires: Option<String>,
}

/// A name of a finding that stays the same from run to run and from build to build.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(transparent)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Hashes the parts, each with its length so that no two lists of parts run together.
    pub fn of(parts: &[&str]) -> Self {
        let mut hash = sha2::Sha256::new();
        for part in parts {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut hex = to_hex(&hash.finalize());
        hex.truncate(32);
        Self(hex)
    }

    /// 32 hexadecimal digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One fault.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// What kind of fault.
    pub kind: FindingKind,
    /// CVE id where one exists, else the advisory's; the rule's name for everything else.
    pub id: String,
    /// All other names, sorted.
    pub aliases: Vec<String>,
    /// How bad.
    pub severity: Severity,
    /// One sentence.
    pub message: String,
    /// What to do.
    pub fix: Option<Fix>,
    /// The package, for vulnerabilities and licences.
    pub package: Option<PackageRef>,
    /// Versions without the fault, least first.
    pub fixed_versions: Vec<String>,
    /// What the vendor does about it.
    pub status: Status,
    /// The published vector that the severity follows, where one exists.
    pub cvss: Option<Cvss>,
    /// Listed in CISA's catalogue of known exploited vulnerabilities.
    pub kev: bool,
    /// FIRST's probability of exploitation in the next 30 days, 0.0 to 1.0, where known.
    pub epss: Option<f64>,
    /// Where.
    pub location: Option<FindingLocation>,
    /// Control ids, such as `cis-docker:4.1`.
    pub controls: Vec<String>,
    /// Set when a stated decision says that it does not count.
    pub suppressed: Option<Suppression>,
    /// Stable name.
    pub fingerprint: Fingerprint,
}

impl Finding {
    /// Whether a version without the fault exists.
    pub fn fixable(&self) -> bool {
        !self.fixed_versions.is_empty()
    }

    /// Orders by risk, worst first: known exploited, severity, fixable, probability, then id and package,
    /// so that the order is total and repeats.
    pub fn by_risk(a: &Self, b: &Self) -> std::cmp::Ordering {
        let probability = |finding: &Self| finding.epss.unwrap_or(0.0);
        (b.kev.cmp(&a.kev))
            .then(b.severity.cmp(&a.severity))
            .then(b.fixable().cmp(&a.fixable()))
            .then(probability(b).total_cmp(&probability(a)))
            .then_with(|| a.id.cmp(&b.id))
            .then_with(|| {
                let purl =
                    |finding: &Self| finding.package.as_ref().map(|package| package.purl.clone());
                purl(a).cmp(&purl(b))
            })
            .then_with(|| a.fingerprint.cmp(&b.fingerprint))
    }
}
