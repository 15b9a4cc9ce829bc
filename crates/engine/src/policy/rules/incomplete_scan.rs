//! Something in the subject could not be examined.

use model::{Finding, Outcome, Reason, RuleCard, Severity};

use super::Rule;
use crate::policy::Context;

pub(super) static RULE: Rule = Rule {
    card: RuleCard {
        id: "incomplete-scan",
        severity: Severity::Medium,
        title: "something could not be examined",
        help: "Every file that was met but not understood stands under `notExamined` with its reason. With \
               `failOn.incomplete: true` a verdict that rests on less than everything is `incomplete` and the \
               exit code is 3.",
        aliases: &[],
        controls: &["nist-800-53:RA-5"],
    },
    outcome: Outcome::Incomplete,
    judge,
};

fn judge(context: &Context<'_>, _findings: &[Finding]) -> Option<Reason> {
    if !context.policy.fail_on.incomplete || context.problems.is_empty() {
        return None;
    }
    let count = context.problems.len();
    let noun = if count == 1 { "place" } else { "places" };
    Some(Reason {
        rule: RULE.card.id.to_owned(),
        message: format!("{count} {noun} could not be examined"),
        findings: Vec::new(),
    })
}
