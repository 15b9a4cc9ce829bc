//! A finding at or above the level that the policy refuses.

use model::{Finding, Outcome, Reason, RuleCard, Severity};

use super::{Rule, counted};
use crate::policy::Context;

pub(super) static RULE: Rule = Rule {
    card: RuleCard {
        id: "severity",
        severity: Severity::High,
        title: "a finding reaches the severity that the policy refuses",
        help: "`failOn.severity` names the least severity that fails (`--fail-on` on the command line); with \
               `failOn.fixableOnly` a vulnerability counts only once a fixed version exists, so that a build \
               is not blocked by what nobody can mend.\n\nThe first remedies of the report remove most of \
               them at once.",
        aliases: &[],
        controls: &["nist-800-53:RA-5", "nist-800-190:4.1.1"],
    },
    outcome: Outcome::Fail,
    judge,
};

fn judge(context: &Context<'_>, findings: &[Finding]) -> Option<Reason> {
    let fail_on = &context.policy.fail_on;
    let hits = counted(findings, |finding| {
        fail_on.severity.stops(finding.severity) && (finding.fixable() || !fail_on.fixable_only)
    })?;
    let of = |severity: Severity| {
        findings.iter().filter(|f| f.severity == severity && hits.contains(&f.fingerprint)).count()
    };
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (of(severity), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    let fixable = if fail_on.fixable_only { " with a fix" } else { "" };
    let message = format!("{}{fixable}", parts.join(", "));
    Some(Reason { rule: RULE.card.id.to_owned(), message, findings: hits })
}
