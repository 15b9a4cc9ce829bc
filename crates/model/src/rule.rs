//! The card that describes a rule to people and to other tools.

use crate::Severity;

/// Everything about a rule but its function. `explain`, the docs and SARIF's rule table derive from it.
#[derive(Clone, Copy, Debug)]
pub struct RuleCard {
    /// Kebab-case name of the fault; reads well after "allow".
    pub id: &'static str,
    /// How bad the fault is in general.
    pub severity: Severity,
    /// One sentence without full stop.
    pub title: &'static str,
    /// Markdown: what, why, what to do.
    pub help: &'static str,
    /// The peers' ids for the same fault.
    pub aliases: &'static [&'static str],
    /// Control ids, such as `cis-docker:4.1`.
    pub controls: &'static [&'static str],
}
