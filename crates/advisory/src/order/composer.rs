//! Composer's order of versions: numbers, then stability.
//!
//! <https://getcomposer.org/doc/articles/versions.md>

use std::cmp::Ordering;

use super::{VersionError, digits, numbers};
use crate::order::semver::release;

struct Parts<'a> {
    numbers: &'a str,
    stability: i8,
    number: &'a str,
    development: bool,
}

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (lower_a, lower_b) = (a.trim().to_ascii_lowercase(), b.trim().to_ascii_lowercase());
    let (a, b) = (parts(&lower_a)?, parts(&lower_b)?);
    Ok(release(a.numbers, b.numbers)
        .then(a.stability.cmp(&b.stability))
        .then_with(|| numbers(a.number, b.number))
        .then(b.development.cmp(&a.development)))
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
    if numbers.is_empty() || numbers.split('.').any(str::is_empty) {
        return Err(VersionError::new("Composer", text));
    }
    let separator = |c: char| matches!(c, '-' | '_' | '.');
    let mut rest = rest.trim_start_matches(separator);
    let mut parts = Parts { numbers, stability: 0, number: "", development: false };
    if let Some((word, weight)) = STABILITIES.iter().find(|(word, _)| rest.starts_with(word)) {
        parts.stability = *weight;
        rest = rest.get(word.len()..).unwrap_or_default().trim_start_matches(separator);
        (parts.number, rest) = digits(rest);
        rest = rest.trim_start_matches(separator);
    }
    parts.development = rest.starts_with("dev");
    if parts.development && parts.stability == 0 {
        parts.stability = -4;
    }
    Ok(parts)
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
        ];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ok(Ordering::Less), "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ok(Ordering::Greater), "{pair:?}");
        }
        assert_eq!(compare("v1.0", "1.0.0.0"), Ok(Ordering::Equal));
        assert!(compare("dev-master", "1.0").is_err());
    }
}
