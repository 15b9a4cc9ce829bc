//! Composer's order of versions: numbers, then stability. A branch such as `2.x-dev` is above all releases
//! of its number; one without a number (`dev-master`) has no place in the order.
//!
//! <https://getcomposer.org/doc/articles/versions.md>

use std::cmp::Ordering;

use super::{VersionError, digits, numbers};
use crate::order::semver::release;

struct Parts<'a> {
    numbers: &'a str,
    /// The last number is the greatest there is.
    branch: bool,
    stability: i8,
    number: &'a str,
    development: bool,
}

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let lower = |text: &'_ str| {
        let upper = text.bytes().any(|byte| byte.is_ascii_uppercase());
        upper.then(|| text.to_ascii_lowercase())
    };
    let (a, b) = (a.trim(), b.trim());
    let (lower_a, lower_b) = (lower(a), lower(b));
    let (lower_a, lower_b) = (lower_a.as_deref().unwrap_or(a), lower_b.as_deref().unwrap_or(b));
    let (a, b) = (parts(lower_a)?, parts(lower_b)?);
    Ok(branches(&a, &b)
        .then(a.stability.cmp(&b.stability))
        .then_with(|| dotted(a.number, b.number))
        .then(b.development.cmp(&a.development)))
}

/// Compares the numbers, where a branch goes on with numbers above all others.
fn branches(a: &Parts<'_>, b: &Parts<'_>) -> Ordering {
    let count = |parts: &Parts<'_>| parts.numbers.split('.').count();
    let cut = |parts: &Parts<'_>, count: usize| {
        let end = parts.numbers.match_indices('.').nth(count - 1).map(|(at, _)| at);
        end.and_then(|end| parts.numbers.get(..end)).unwrap_or(parts.numbers).to_owned()
    };
    match (a.branch, b.branch) {
        (false, false) => release(a.numbers, b.numbers),
        (true, false) => release(a.numbers, &cut(b, count(a))).then(Ordering::Greater),
        (false, true) => release(&cut(a, count(b)), b.numbers).then(Ordering::Less),
        (true, true) => {
            let (left, right) = (count(a), count(b));
            let shared = left.min(right);
            // The one that names fewer numbers goes on with the greatest.
            release(&cut(a, shared), &cut(b, shared)).then(right.cmp(&left))
        }
    }
}

/// A stability's number may have several parts; one that goes on is above.
fn dotted(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.split('.'), b.split('.'));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (a, b) => a
                .is_some()
                .cmp(&b.is_some())
                .then_with(|| numbers(a.unwrap_or_default(), b.unwrap_or_default())),
        };
        if order.is_ne() {
            return order;
        }
    }
}

const STABILITIES: [(&str, i8); 10] = [
    ("stable", 0),
    ("alpha", -3),
    ("beta", -2),
    ("patch", 1),
    ("rc", -1),
    ("pl", 1),
    ("a", -3),
    ("b", -2),
    ("c", -1),
    ("p", 1),
];

fn parts(text: &str) -> Result<Parts<'_>, VersionError> {
    let plain = text.strip_prefix('v').unwrap_or(text);
    let plain = plain.split_once('+').map_or(plain, |(before, _)| before);
    let end = plain.find(|c: char| c != '.' && !c.is_ascii_digit()).unwrap_or(plain.len());
    let (numbers, rest) = plain.split_at(end);
    let numbers = numbers.trim_end_matches('.');
    if !super::dotted(numbers) {
        return Err(VersionError::new("Composer", text));
    }
    let separator = |c: char| matches!(c, '-' | '_' | '.');
    let mut rest = rest.trim_start_matches(separator);
    let mut parts = Parts { numbers, branch: false, stability: 0, number: "", development: false };
    if let Some(after) = rest.strip_prefix('x') {
        let after = after.trim_start_matches(".x").trim_start_matches(separator);
        (parts.branch, parts.development) = (true, true);
        return if after == "dev" { Ok(parts) } else { Err(VersionError::new("Composer", text)) };
    }
    if let Some((word, weight)) = STABILITIES.iter().find(|(word, _)| rest.starts_with(word)) {
        parts.stability = *weight;
        rest = rest.get(word.len()..).unwrap_or_default().trim_start_matches(separator);
        (parts.number, rest) = dotted_digits(rest);
        rest = rest.trim_start_matches(separator);
    }
    parts.development = rest.starts_with("dev");
    if parts.development && parts.stability == 0 {
        parts.stability = -4;
    }
    Ok(parts)
}

/// Splits off leading digits, with those that follow after dots.
fn dotted_digits(text: &str) -> (&str, &str) {
    let mut end = digits(text).0.len();
    while end > 0 {
        let more = text
            .get(end..)
            .and_then(|rest| rest.strip_prefix('.'))
            .map_or("", |rest| digits(rest).0);
        if more.is_empty() {
            break;
        }
        end += 1 + more.len();
    }
    text.split_at(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stability_decides_after_the_numbers() {
        let rising = [
            "1.0-dev",
            "1.0-alpha1",
            "1.0-beta2",
            "1.0.0RC1",
            "1.0.0",
            "1.0.0-p1",
            "1.0.0.1",
            "1.1",
            "1.2-beta.1",
            "1.2-beta.1.1",
            "1.2-beta.2",
            "1.2.x-dev",
            "1.3",
            "1.x-dev",
            "2.0-alpha",
        ];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ok(Ordering::Less), "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ok(Ordering::Greater), "{pair:?}");
        }
        assert_eq!(compare("v1.0", "1.0.0.0"), Ok(Ordering::Equal));
        assert_eq!(compare("1.x-dev", "1.x.x-dev"), Ok(Ordering::Equal));
        assert!(compare("dev-master", "1.0").is_err());
    }
}
