//! A distribution that gets no more security updates.

use jiff::civil::Date;
use model::{Finding, Outcome, Reason, RuleCard, Severity};

use super::Rule;
use crate::policy::Context;

pub(super) static RULE: Rule = Rule {
    card: RuleCard {
        id: "end-of-life",
        severity: Severity::High,
        title: "the distribution gets no more security updates",
        help: "After its end of life a distribution publishes neither advisories nor fixed packages, so an \
               absence of findings means little.\n\nMove to a supported release. `failOn.endOfLife: true` \
               makes it fail the verdict; otherwise it is only shown.",
        aliases: &[],
        controls: &["nist-800-53:SA-22"],
    },
    outcome: Outcome::Fail,
    judge,
};

fn judge(context: &Context<'_>, _findings: &[Finding]) -> Option<Reason> {
    if !context.policy.fail_on.end_of_life {
        return None;
    }
    let distribution = context.subject.os.as_ref()?;
    let day = distribution.end_of_life.as_ref()?;
    let passed = day.parse::<Date>().is_ok_and(|day| day < context.today);
    passed.then(|| Reason {
        rule: RULE.card.id.to_owned(),
        message: format!(
            "{} {} reached its end of life on {day}",
            distribution.id, distribution.version
        ),
        findings: Vec::new(),
    })
}
