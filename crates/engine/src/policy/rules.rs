//! The rules of a verdict, one file each.

mod end_of_life;
mod exploit_probability;
mod incomplete_scan;
mod known_exploited;
mod missing_advisories;
mod severity;
mod stale_advisories;

use model::{Finding, Fingerprint, Outcome, Reason, RuleCard};

use super::Context;

/// One rule of a verdict.
#[derive(Clone, Copy, Debug)]
pub struct Rule {
    /// Its description.
    pub card: RuleCard,
    /// What the verdict becomes when the rule finds a reason.
    pub outcome: Outcome,
    /// Looks for a reason.
    pub judge: fn(&Context<'_>, &[Finding]) -> Option<Reason>,
}

/// The list, in the order in which reasons are shown.
pub static RULES: &[&Rule] = &[
    &stale_advisories::RULE,
    &known_exploited::RULE,
    &severity::RULE,
    &exploit_probability::RULE,
    &end_of_life::RULE,
    &missing_advisories::RULE,
    &incomplete_scan::RULE,
];

/// The findings that count and satisfy `wanted`, or nothing when there are none.
fn counted(findings: &[Finding], wanted: impl Fn(&Finding) -> bool) -> Option<Vec<Fingerprint>> {
    let hits: Vec<Fingerprint> = findings
        .iter()
        .filter(|finding| finding.suppressed.is_none() && wanted(finding))
        .map(|finding| finding.fingerprint.clone())
        .collect();
    (!hits.is_empty()).then_some(hits)
}

/// `1 vulnerability`, `2 vulnerabilities`.
fn vulnerabilities(count: usize) -> String {
    if count == 1 { "1 vulnerability".to_owned() } else { format!("{count} vulnerabilities") }
}
