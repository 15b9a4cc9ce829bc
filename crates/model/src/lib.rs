//! The words every part of Haechi shares: plain data, no input or output.
//!
//! The chain of evidence runs over these keys: image digest, package URL, path, advisory id,
//! rule id and finding fingerprint. They are spelled the same in every stage.

mod digest;
mod distribution;
mod ecosystem;
mod finding;
mod inventory;
mod package;
mod problem;
mod purl;
mod report;
mod rule;
mod severity;
mod subject;
mod text;
mod verdict;

pub use digest::{Algorithm, Digest, DigestError};
pub use distribution::Distribution;
pub use ecosystem::Ecosystem;
pub use finding::{
    Cvss, Edit, Finding, FindingKind, FindingLocation, Fingerprint, Fix, PackageRef, Status,
    Suppression,
};
pub use inventory::{Inventory, OwnedFiles};
pub use package::{LayerRef, Location, Package};
pub use problem::Problem;
pub use purl::{Purl, PurlError, PurlParts};
pub use report::{Remedy, Report, SCHEMA_VERSION};
pub use rule::RuleCard;
pub use severity::{Severity, SeverityError};
pub use subject::{Subject, SubjectKind};
pub use text::{deceptive, visible};
pub use verdict::{ExceptionRecord, ExceptionState, Outcome, Reason, Verdict};
