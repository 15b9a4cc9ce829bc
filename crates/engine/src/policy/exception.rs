//! Findings that do not count: named, reasoned, dated and scoped.

use jiff::civil::Date;
use model::Finding;
use schemars::JsonSchema;
use serde::Deserialize;

/// Where an exception holds. Every part that is given must fit; `*` stands for any run of characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ExceptionScope {
    /// Package URL pattern, such as `pkg:pypi/django@*`.
    pub package: Option<String>,
    /// Path pattern inside the subject.
    pub path: Option<String>,
    /// Pattern of the subject as it is asked for on the command line: an image reference such as
    /// `registry.example.com/shop/*`, or a path.
    pub subject: Option<String>,
}

/// One exception of the policy file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Exception {
    /// Vulnerability or rule id; any alias of the finding fits.
    pub id: String,
    /// Why it does not count. Must not be empty.
    pub reason: String,
    /// The last day on which it holds, `YYYY-MM-DD`.
    pub expires: String,
    /// Where it holds; everywhere when left out.
    #[serde(default)]
    pub scope: ExceptionScope,
    /// 1-based line in the policy file.
    #[serde(skip)]
    pub line: Option<u32>,
}

impl Exception {
    /// Refuses an exception without reason or with a day that is no day.
    pub(super) fn check(&self) -> Result<(), String> {
        if self.id.trim().is_empty() {
            return Err("an exception names an id".to_owned());
        }
        if self.reason.trim().is_empty() {
            return Err(format!("the exception for {} needs a reason", self.id));
        }
        self.day().map(|_| ())
    }

    fn day(&self) -> Result<Date, String> {
        self.expires.parse().map_err(|fault| {
            format!("the exception for {} expires on a day written YYYY-MM-DD: {fault}", self.id)
        })
    }

    /// Whether its last day has passed. An unreadable day counts as passed.
    pub fn expired(&self, today: Date) -> bool {
        self.day().map_or(true, |day| day < today)
    }

    /// Whether it speaks of this finding.
    pub fn fits(&self, finding: &Finding, subject: &str) -> bool {
        let named = finding.id == self.id || finding.aliases.contains(&self.id);
        let within = |pattern: &Option<String>, text: Option<&str>| match pattern {
            None => true,
            Some(pattern) => text.is_some_and(|text| glob(pattern, text)),
        };
        named
            && within(&self.scope.package, finding.package.as_ref().map(|p| p.purl.as_str()))
            && within(&self.scope.path, finding.location.as_ref().map(|l| l.path.as_str()))
            && within(&self.scope.subject, Some(subject))
    }
}

/// Matches `*` against any run of characters. Linear in practice: one backtrack point.
fn glob(pattern: &str, text: &str) -> bool {
    let (pattern, text) = (pattern.as_bytes(), text.as_bytes());
    let (mut p, mut t) = (0, 0);
    let mut retry: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                retry = Some((p, t));
                p += 1;
            }
            Some(byte) if text.get(t) == Some(byte) => {
                p += 1;
                t += 1;
            }
            _ => match retry {
                Some((star, from)) => {
                    retry = Some((star, from + 1));
                    p = star + 1;
                    t = from + 1;
                }
                None => return false,
            },
        }
    }
    pattern.get(p..).is_some_and(|rest| rest.iter().all(|byte| *byte == b'*'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn star_stands_for_any_run() {
        assert!(glob("pkg:pypi/django@*", "pkg:pypi/django@3.2"));
        assert!(glob("*", ""));
        assert!(glob("a*b*c", "a--b-b--c"));
        assert!(!glob("pkg:pypi/django@*", "pkg:pypi/django-x@3.2"));
        assert!(!glob("a", "ab"));
    }

    #[test]
    fn the_last_day_still_counts() {
        let exception = Exception {
            id: "CVE-1".to_owned(),
            reason: "x".to_owned(),
            expires: "2026-11-24".to_owned(),
            scope: ExceptionScope::default(),
            line: None,
        };
        assert!(!exception.expired("2026-11-24".parse().unwrap()));
        assert!(exception.expired("2026-11-25".parse().unwrap()));
    }
}
