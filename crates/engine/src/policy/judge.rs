//! Applies a policy to findings: exceptions first, then every rule.

use std::collections::BTreeSet;

use jiff::civil::Date;
use model::{
    ExceptionRecord, ExceptionState, Finding, Outcome, Problem, Subject, Suppression, Verdict,
};

use super::{Policy, RULES};

/// What a verdict rests on beside the findings.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// The policy.
    pub policy: &'a Policy,
    /// What is judged.
    pub subject: &'a Subject,
    /// The subject in the words in which it was asked for. What an archive says of itself is no name that
    /// an exception may rest on.
    pub asked: &'a str,
    /// Ecosystems of packages that the database could know and does not, and the distribution where none
    /// of its packages was read.
    pub unadvised: &'a [String],
    /// What could not be examined.
    pub problems: &'a [Problem],
    /// The day of the judgement.
    pub today: Date,
    /// Age of the oldest advisory data used, in whole days; `None` where none was used.
    pub database_age_days: Option<i64>,
}

/// Decides. The outcome is the worst of the reasons': stale data first, because nothing else can be
/// trusted then, before fail and incomplete.
pub fn judge(
    context: &Context<'_>,
    findings: &[Finding],
    exceptions: Vec<ExceptionRecord>,
) -> Verdict {
    let mut reasons = Vec::new();
    let mut outcomes = BTreeSet::new();
    for rule in RULES {
        if let Some(reason) = (rule.judge)(context, findings) {
            outcomes.insert(rank(rule.outcome));
            reasons.push(reason);
        }
    }
    let outcome = match outcomes.last() {
        Some(3) => Outcome::Stale,
        Some(2) => Outcome::Fail,
        Some(1) => Outcome::Incomplete,
        _ => Outcome::Pass,
    };
    Verdict { outcome, reasons, exceptions }
}

fn rank(outcome: Outcome) -> u8 {
    match outcome {
        Outcome::Pass => 0,
        Outcome::Incomplete => 1,
        Outcome::Fail => 2,
        Outcome::Stale => 3,
    }
}

/// Marks the findings that exceptions suppress, and says what each exception did.
pub fn except(context: &Context<'_>, findings: &mut [Finding]) -> Vec<ExceptionRecord> {
    let file = context.policy.source.display().to_string();
    let mut records = Vec::new();
    for exception in &context.policy.exceptions {
        let by = match exception.line {
            Some(line) => format!("{file}:{line}"),
            None => file.clone(),
        };
        let mut suppressed = 0;
        let expired = exception.expired(context.today);
        if !expired {
            for finding in findings.iter_mut().filter(|f| exception.fits(f, context.asked)) {
                suppressed += 1;
                finding.suppressed.get_or_insert_with(|| Suppression {
                    by: by.clone(),
                    reason: exception.reason.clone(),
                    expires: Some(exception.expires.clone()),
                });
            }
        }
        let state = match (expired, suppressed) {
            (true, _) => ExceptionState::Expired,
            (false, 0) => ExceptionState::Unused,
            (false, _) => ExceptionState::Used,
        };
        records.push(ExceptionRecord {
            id: exception.id.clone(),
            by,
            reason: exception.reason.clone(),
            expires: exception.expires.clone(),
            state,
            suppressed,
        });
    }
    records
}

#[cfg(test)]
mod tests;
