//! NuGet's order of versions: SemVer 2.0.0 with an optional fourth number and pre-releases without case.
//!
//! <https://learn.microsoft.com/nuget/concepts/package-versioning>

use std::cmp::Ordering;

use super::VersionError;
use super::semver::{Parts, prerelease, release};

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (Parts::of(a)?, Parts::of(b)?);
    let lower = |text: &str| text.to_ascii_lowercase();
    Ok(release(a.numbers, b.numbers)
        .then_with(|| prerelease(&lower(a.prerelease), &lower(b.prerelease))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_missing_numbers_do_not_count() {
        assert_eq!(compare("1.0.0-Beta", "1.0-beta"), Ok(Ordering::Equal));
        assert_eq!(compare("1.0.0.1", "1.0.0"), Ok(Ordering::Greater));
        assert_eq!(compare("1.0.0-rc.1", "1.0.0"), Ok(Ordering::Less));
        assert_eq!(compare("1.0.0-rc.2", "1.0.0-RC.10"), Ok(Ordering::Less));
        assert_eq!(compare("1.0.01", "1.0.1.0"), Ok(Ordering::Equal));
        assert_eq!(compare("1.0.0+a", "1.0.0+b"), Ok(Ordering::Equal));
        assert_eq!(compare("1.0.0-beta", "1.0.0-beta.1"), Ok(Ordering::Less));
    }
}
