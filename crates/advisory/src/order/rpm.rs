//! rpm's order of versions: `[epoch:]version[-release]` by `rpmvercmp`.
//!
//! <https://rpm-software-management.github.io/rpm/man/rpm-version.7>

use std::cmp::Ordering;

use super::{VersionError, numbers};

/// Compares epoch (missing is 0), version and release; a missing release is the least.
pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (Parts::of(a)?, Parts::of(b)?);
    Ok(numbers(a.epoch, b.epoch).then_with(|| a.rest().cmp(&b.rest())))
}

struct Parts<'a> {
    epoch: &'a str,
    version: &'a str,
    release: &'a str,
}

impl<'a> Parts<'a> {
    fn rest(&self) -> rpm_version::Evr<'a> {
        rpm_version::Evr::new("0", self.version, self.release)
    }

    fn of(text: &'a str) -> Result<Self, VersionError> {
        let text = text.trim_ascii();
        let (digits, behind) = super::digits(text);
        let (epoch, rest) = match behind.strip_prefix(':') {
            Some(rest) => (digits, rest),
            None => ("", text),
        };
        let (version, release) = rest.rsplit_once('-').unwrap_or((rest, ""));
        if version.is_empty() {
            return Err(VersionError::new("rpm", text));
        }
        Ok(Self { epoch, version, release })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_rpmvercmp() {
        for (a, b) in [
            ("1.0~rc1-1", "1.0-1"),
            ("1.0-1", "1.0^git1-1"),
            ("1.0.1-1.el8", "1.0.1-2.el8"),
            ("9-1", "1:1-1"),
            ("1.0a", "1.0.1"),
            ("2.0.1a", "2.0.1b"),
            ("1.0~~-1", "1.0~-1"),
            ("1.0^-1", "1.0.1-1"),
            ("1.0~rc1^git1-1", "1.0-1"),
            ("1.0-9.el9", "1.0-10.el9"),
            ("1.0-1.el9_2", "1.0-1.el9_10"),
            ("0:9-1", "1:0-1"),
            ("abc-1", "1-1"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Less), "{a} {b}");
            assert_eq!(compare(b, a), Ok(Ordering::Greater), "{b} {a}");
        }
        assert_eq!(compare("0:1.0-1", "1.0-1"), Ok(Ordering::Equal));
        assert_eq!(compare("1..0-1", "1_0-1"), Ok(Ordering::Equal));
        assert_eq!(compare("1.0", "1.0-5"), Ok(Ordering::Less));
    }
}
