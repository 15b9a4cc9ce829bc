//! The decision about a subject, with its grounds.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Fingerprint;

/// The decision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// Nothing that the policy refuses.
    Pass,
    /// The policy refuses the subject.
    Fail,
    /// Something could not be examined and the policy asks for completeness.
    Incomplete,
    /// The advisory data is older than the policy allows.
    Stale,
}

impl Outcome {
    /// The process exit code that the command-line contract gives this outcome.
    pub fn exit_code(self) -> u8 {
        match self {
            Self::Pass => 0,
            Self::Fail => 1,
            Self::Incomplete => 3,
            Self::Stale => 4,
        }
    }
}

/// One ground of a decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Reason {
    /// The policy rule that decided.
    pub rule: String,
    /// One sentence with the figures.
    pub message: String,
    /// The findings it rests on, worst first.
    pub findings: Vec<Fingerprint>,
}

/// What became of an exception in this run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum ExceptionState {
    /// It suppressed at least one finding.
    Used,
    /// It matched nothing and can be removed.
    Unused,
    /// Its day has passed, so it suppressed nothing.
    Expired,
}

/// An exception of the user's policy and what it did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExceptionRecord {
    /// The vulnerability or rule id it names.
    pub id: String,
    /// Where it stands, `file:line` where known.
    pub by: String,
    /// The stated reason.
    pub reason: String,
    /// The day after which it no longer counts.
    pub expires: String,
    /// What it did.
    pub state: ExceptionState,
    /// How many findings it suppressed.
    pub suppressed: usize,
}

/// Decision, grounds and the exceptions that were weighed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Verdict {
    /// The decision.
    pub outcome: Outcome,
    /// Why; empty for a plain pass.
    pub reasons: Vec<Reason>,
    /// Every exception of the policy, in the policy's order.
    #[serde(default)]
    pub exceptions: Vec<ExceptionRecord>,
}
