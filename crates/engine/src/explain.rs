//! Answers why an id stands in a report, and why not.

use model::{Finding, Report, RuleCard};

use crate::policy::RULES;

/// What is known of an id.
#[derive(Debug)]
pub enum Answer<'a> {
    /// It is a rule of the verdict.
    Rule(&'static RuleCard),
    /// It stands in the report, by its own id or an alias.
    Reported(Vec<&'a Finding>),
    /// It does not stand in the report.
    NotReported,
}

/// Looks an id up, among the rules first.
pub fn explain<'a>(id: &str, report: Option<&'a Report>) -> Answer<'a> {
    if let Some(rule) = RULES.iter().find(|rule| rule.card.id == id) {
        return Answer::Rule(&rule.card);
    }
    let names = |finding: &&Finding| {
        finding.id.eq_ignore_ascii_case(id)
            || finding.aliases.iter().any(|a| a.eq_ignore_ascii_case(id))
    };
    let found: Vec<&Finding> = report.into_iter().flat_map(|r| &r.findings).filter(names).collect();
    if found.is_empty() { Answer::NotReported } else { Answer::Reported(found) }
}
