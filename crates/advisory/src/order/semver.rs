//! Semantic Versioning 2.0.0, section 11, read tolerantly: a leading `v`, missing or additional numbers
//! and numbers of any length are taken, because package registries hold them all.

use std::cmp::Ordering;

use super::{VersionError, digit_runs, dotted, numbers};

/// Compares numbers, then pre-releases; build metadata does not count.
pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (Parts::of(a)?, Parts::of(b)?);
    Ok(release(a.numbers, b.numbers).then_with(|| prerelease(a.prerelease, b.prerelease)))
}

/// Dart's packages: build metadata counts, none before any, as the `pub_semver` package compares.
pub(crate) fn compare_with_build(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let build =
        |text: &'_ str| text.trim().split_once('+').map_or("", |(_, build)| build).to_owned();
    let (left, right) = (build(a), build(b));
    let builds = match (left.is_empty(), right.is_empty()) {
        (false, false) => prerelease(&left, &right),
        (left, right) => right.cmp(&left),
    };
    Ok(compare(a, b)?.then(builds))
}

pub(crate) struct Parts<'a> {
    pub numbers: &'a str,
    pub prerelease: &'a str,
}

impl<'a> Parts<'a> {
    pub(crate) fn of(text: &'a str) -> Result<Self, VersionError> {
        let fault = || VersionError::new("SemVer", text);
        let trimmed = text.trim_ascii();
        let plain = match trimmed.as_bytes().first() {
            Some(b'v' | b'V' | b'=') => trimmed.get(1..).unwrap_or_default(),
            _ => trimmed,
        };
        let end = plain.bytes().position(|byte| !byte.is_ascii_digit() && byte != b'.');
        let (numbers, rest) = plain.split_at(end.unwrap_or(plain.len()));
        let prerelease = if rest.is_empty() { rest } else { suffix(rest).ok_or_else(fault)? };
        let mut numbers = numbers;
        while let Some(shorter) = numbers.strip_suffix('.') {
            numbers = shorter;
        }
        if dotted(numbers) { Ok(Self { numbers, prerelease }) } else { Err(fault()) }
    }
}

/// The pre-release in what follows the numbers.
fn suffix(rest: &str) -> Option<&str> {
    let rest = rest.split_once('+').map_or(rest, |(before, _)| before);
    match rest.strip_prefix('-') {
        Some(prerelease) => Some(prerelease),
        // `1.0.0rc1` and `1.0.0.beta` lack the hyphen but mean the same.
        None => (!rest.contains('-')).then_some(rest),
    }
}

/// Missing numbers are zero.
pub(crate) fn release(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while !a.is_empty() || !b.is_empty() {
        let (number_a, rest_a) = first(a);
        let (number_b, rest_b) = first(b);
        let order = digit_runs(number_a, number_b);
        if order.is_ne() {
            return order;
        }
        (a, b) = (rest_a, rest_b);
    }
    Ordering::Equal
}

/// The number before the first dot, and what follows the dot.
fn first(numbers: &[u8]) -> (&[u8], &[u8]) {
    let end = numbers.iter().position(|byte| *byte == b'.').unwrap_or(numbers.len());
    let (number, rest) = numbers.split_at(end);
    (number, rest.get(1..).unwrap_or_default())
}

/// None is above any; numbers are below words; fewer identifiers are below more.
pub(crate) fn prerelease(a: &str, b: &str) -> Ordering {
    match (a.is_empty(), b.is_empty()) {
        (true, true) => return Ordering::Equal,
        (true, false) => return Ordering::Greater,
        (false, true) => return Ordering::Less,
        (false, false) => {}
    }
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => identifier(a, b),
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn identifier(a: &str, b: &str) -> Ordering {
    let number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match (number(a), number(b)) {
        (true, true) => numbers(a, b),
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        (false, false) => a.cmp(b),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn darts_builds_come_after_the_release() {
        let rising = ["1.0.0-rc+9", "1.0.0", "1.0.0+1", "1.0.0+2", "1.0.0+10", "1.0.0+a", "1.0.1"];
        for pair in rising.windows(2) {
            assert_eq!(compare_with_build(pair[0], pair[1]), Ok(Ordering::Less), "{pair:?}");
            assert_eq!(compare_with_build(pair[1], pair[0]), Ok(Ordering::Greater), "{pair:?}");
        }
        assert_eq!(compare_with_build("1.0.0+1", "1.0+1"), Ok(Ordering::Equal));
    }

    #[test]
    fn follows_section_11() {
        let rising = [
            "1.0.0-0",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2",
            "v1.10.0",
            "2",
            "99999999999999999999999.0.0",
        ];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ok(Ordering::Less), "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ok(Ordering::Greater), "{pair:?}");
        }
        assert_eq!(compare("v1.2.3+incompatible", "1.2.3"), Ok(Ordering::Equal));
        assert_eq!(compare("v0.0.0-20210101000000-abcdefabcdef", "0.0.0"), Ok(Ordering::Less));
        assert!(compare("latest", "1.0.0").is_err());
    }
}
