//! Advisory data older than the policy allows.

use model::{Finding, Outcome, Reason, RuleCard, Severity};

use super::Rule;
use crate::policy::Context;

pub(super) static RULE: Rule = Rule {
    card: RuleCard {
        id: "stale-advisories",
        severity: Severity::Medium,
        title: "the advisory data is older than allowed",
        help: "A verdict is as fresh as its data. `maxDbAgeDays` (`--max-db-age` on the command line) sets how \
               old the data may be; past that the outcome is `stale` and the exit code 4.\n\n\
               `haechi db update` fetches what changed.",
        aliases: &[],
        controls: &["nist-800-53:RA-5"],
    },
    outcome: Outcome::Stale,
    judge,
};

fn judge(context: &Context<'_>, _findings: &[Finding]) -> Option<Reason> {
    let allowed = i64::from(context.policy.max_db_age_days?);
    let age = context.database_age_days?;
    (age > allowed).then(|| Reason {
        rule: RULE.card.id.to_owned(),
        message: format!("advisory data is {age} days old, {allowed} are allowed"),
        findings: Vec::new(),
    })
}
