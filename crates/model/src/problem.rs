//! What could not be examined, so that silence never passes for cleanliness.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A place that was met but not understood, shown under `notExamined`.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Problem {
    /// The path inside the subject, or the name of the part.
    pub path: String,
    /// The fault, without capital or full stop.
    pub reason: String,
}

impl Problem {
    /// Builds a problem from anything printable.
    pub fn new(path: impl Into<String>, reason: impl ToString) -> Self {
        Self { path: path.into(), reason: reason.to_string() }
    }
}
