//! The user's policy: what makes a verdict fail, and which exceptions are granted.

mod exception;
mod judge;
mod rules;

use std::path::{Path, PathBuf};

use model::Severity;
use schemars::JsonSchema;
use serde::Deserialize;

pub use exception::{Exception, ExceptionScope};
pub use judge::{Context, except, judge};
pub use rules::{RULES, Rule};

/// The file name looked for in the working directory.
pub const FILE_NAME: &str = "haechi.yaml";

/// A policy file is read by people; a larger one is a mistake or an attack.
const MAX_BYTES: u64 = 1 << 20;

/// The least severity that fails a verdict, or `none`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Gate {
    /// Severity fails nothing.
    None,
    /// Everything, also what nobody has rated.
    Unknown,
    /// At least negligible.
    Negligible,
    /// At least low.
    Low,
    /// At least medium.
    Medium,
    /// At least high.
    High,
    /// Critical.
    Critical,
}

impl Gate {
    /// Whether the gate stops a finding of this severity.
    pub fn stops(self, severity: Severity) -> bool {
        let least = match self {
            Self::None => return false,
            Self::Unknown => Severity::Unknown,
            Self::Negligible => Severity::Negligible,
            Self::Low => Severity::Low,
            Self::Medium => Severity::Medium,
            Self::High => Severity::High,
            Self::Critical => Severity::Critical,
        };
        severity >= least
    }
}

impl std::str::FromStr for Gate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Ok(match text.to_ascii_lowercase().as_str() {
            "none" => Self::None,
            "unknown" => Self::Unknown,
            "negligible" => Self::Negligible,
            "low" => Self::Low,
            "medium" | "moderate" => Self::Medium,
            "high" => Self::High,
            "critical" => Self::Critical,
            _ => {
                return Err(
                    "level is one of critical, high, medium, low, negligible, unknown, none"
                        .to_owned(),
                );
            }
        })
    }
}

/// What fails a verdict.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FailOn {
    /// Least severity that fails.
    pub severity: Gate,
    /// Whether severity and probability count only where a fixed version exists.
    pub fixable_only: bool,
    /// Whether a vulnerability in CISA's catalogue of known exploited ones fails, fixable or not.
    pub known_exploited: bool,
    /// Probability of exploitation (EPSS, 0.0 to 1.0) from which a vulnerability fails.
    pub exploit_probability: Option<f64>,
    /// Whether anything that could not be examined makes the verdict incomplete.
    pub incomplete: bool,
    /// Whether packages that there are no advisories for make the verdict incomplete, where the ecosystem
    /// is one that advisories exist for.
    pub missing_advisories: bool,
    /// Whether a distribution past its end of life fails.
    pub end_of_life: bool,
}

impl Default for FailOn {
    /// Quiet: what attackers use, and what is bad and can be mended today.
    fn default() -> Self {
        Self {
            severity: Gate::High,
            fixable_only: true,
            known_exploited: true,
            exploit_probability: None,
            incomplete: false,
            missing_advisories: true,
            end_of_life: false,
        }
    }
}

/// The policy file `haechi.yaml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Policy {
    /// What fails a verdict.
    pub fail_on: FailOn,
    /// Days after which advisory data is too old; without it old data is only a warning.
    pub max_db_age_days: Option<u32>,
    /// Findings that do not count, each with reason and expiry.
    pub exceptions: Vec<Exception>,
    /// Where the policy was read from; empty for the built-in one.
    #[serde(skip)]
    pub source: PathBuf,
}

/// Why a policy cannot be used. A policy that cannot be read decides nothing: the run ends.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// The file cannot be read.
    #[error("{0}: {1}")]
    Read(String, #[source] std::io::Error),
    /// The file is larger than a policy is.
    #[error("{0}: larger than 1 MiB")]
    Large(String),
    /// The file is not a policy.
    #[error("{0}: {1}")]
    Form(String, String),
}

impl Policy {
    /// Reads a policy file. Unknown keys are errors, so that a misspelt gate does not stand open.
    pub fn read(path: &Path) -> Result<Self, PolicyError> {
        let shown = path.display().to_string();
        let size = std::fs::metadata(path).map_err(|e| PolicyError::Read(shown.clone(), e))?.len();
        if size > MAX_BYTES {
            return Err(PolicyError::Large(shown));
        }
        let text =
            std::fs::read_to_string(path).map_err(|e| PolicyError::Read(shown.clone(), e))?;
        let mut policy = Self::parse(&text).map_err(|fault| PolicyError::Form(shown, fault))?;
        path.clone_into(&mut policy.source);
        Ok(policy)
    }

    /// Parses a policy text; an empty text is the built-in policy.
    pub fn parse(text: &str) -> Result<Self, String> {
        let only_comments =
            text.lines().all(|line| line.trim().is_empty() || line.trim_start().starts_with('#'));
        if only_comments {
            return Ok(Self::default());
        }
        let mut policy: Self = serde_saphyr::from_str(text).map_err(|fault| fault.to_string())?;
        let lines = exception_lines(text);
        for (at, exception) in policy.exceptions.iter_mut().enumerate() {
            exception.check()?;
            exception.line = lines.get(at).copied();
        }
        if policy.fail_on.exploit_probability.is_some_and(|p| !(0.0..=1.0).contains(&p)) {
            return Err("failOn.exploitProbability lies between 0.0 and 1.0".to_owned());
        }
        Ok(policy)
    }

    /// The JSON Schema of the policy file, for editors.
    pub fn schema() -> String {
        let schema = schemars::schema_for!(Policy);
        serde_json::to_string_pretty(&schema).unwrap_or_default()
    }
}

/// The 1-based lines on which the exceptions' items begin: the items of the list under the top-level
/// key `exceptions`. In flow style no lines are found, and the file alone is named.
fn exception_lines(text: &str) -> Vec<u32> {
    let mut lines = Vec::new();
    let mut inside = false;
    let mut indent = None;
    for (number, line) in (1u32..).zip(text.lines()) {
        let body = line.trim_start();
        let depth = line.len() - body.len();
        if body.is_empty() || body.starts_with('#') {
            continue;
        }
        if depth == 0 && !body.starts_with('-') {
            inside = body.starts_with("exceptions:");
            continue;
        }
        if inside && body.starts_with('-') && *indent.get_or_insert(depth) == depth {
            lines.push(number);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_text_is_the_quiet_default() {
        assert_eq!(Policy::parse("# nothing\n"), Ok(Policy::default()));
        assert!(Policy::default().fail_on.known_exploited);
    }

    #[test]
    fn misspelt_keys_are_refused() {
        assert!(Policy::parse("failon:\n  severity: low\n").is_err());
        assert!(Policy::parse("failOn:\n  severty: low\n").is_err());
        assert!(Policy::parse("failOn:\n  severity: lowish\n").is_err());
    }

    #[test]
    fn an_exception_needs_reason_and_expiry() {
        let whole =
            "exceptions:\n  - id: CVE-2024-1\n    reason: not reachable\n    expires: 2027-01-31\n";
        let policy = Policy::parse(whole).unwrap();
        assert_eq!(policy.exceptions[0].line, Some(2));
        assert!(
            Policy::parse("exceptions:\n  - id: CVE-2024-1\n    expires: 2027-01-31\n").is_err()
        );
        assert!(Policy::parse("exceptions:\n  - id: CVE-2024-1\n    reason: x\n").is_err());
        assert!(
            Policy::parse("exceptions:\n  - id: C\n    reason: '  '\n    expires: 2027-01-31\n")
                .is_err()
        );
        assert!(
            Policy::parse("exceptions:\n  - id: C\n    reason: x\n    expires: soon\n").is_err()
        );
    }

    #[test]
    fn a_deeply_nested_policy_ends_in_an_error() {
        let text = format!("exceptions: {}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Policy::parse(&text).is_err());
    }
}
