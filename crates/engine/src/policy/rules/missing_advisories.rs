//! Packages that there is nothing to judge by.

use model::{Finding, Outcome, Reason, RuleCard, Severity};

use super::Rule;
use crate::policy::Context;

pub(super) static RULE: Rule = Rule {
    card: RuleCard {
        id: "missing-advisories",
        severity: Severity::High,
        title: "there is nothing to judge packages by, or none of a distribution's packages was read",
        help: "A package that nothing is known of is not a package that nothing is wrong with, and neither is a \
               distribution whose package database is absent or could not be read. The verdict is \
               `incomplete` and the exit code 3 until the advisories are there; `haechi db update ECOSYSTEM` \
               fetches them, `haechi db import` takes them along. `failOn.missingAdvisories: false` turns the \
               rule off; the gap still stands under `notExamined`.",
        aliases: &[],
        controls: &["nist-800-53:RA-5"],
    },
    outcome: Outcome::Incomplete,
    judge,
};

fn judge(context: &Context<'_>, _findings: &[Finding]) -> Option<Reason> {
    if !context.policy.fail_on.missing_advisories || context.unadvised.is_empty() {
        return None;
    }
    let names = context.unadvised.join(", ");
    Some(Reason {
        rule: RULE.card.id.to_owned(),
        message: format!("no advisories for {names}; `haechi db update` fetches them"),
        findings: Vec::new(),
    })
}
