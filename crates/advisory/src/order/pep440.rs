//! Python's order of versions (PEP 440). A text that is no PEP 440 version is older than every one that
//! is, as in the original `pkg_resources`; two such texts are compared piece by piece.

use std::cmp::Ordering;
use std::str::FromStr as _;

use super::{VersionError, numbers};

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    if a.trim().is_empty() || b.trim().is_empty() {
        return Err(VersionError::new("PEP 440", if a.trim().is_empty() { a } else { b }));
    }
    let parse =
        |text: &str| (text.len() <= 256).then(|| pep440_rs::Version::from_str(text).ok()).flatten();
    Ok(match (parse(a), parse(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (Some(_), None) => Ordering::Greater,
        (None, Some(_)) => Ordering::Less,
        (None, None) => legacy(a, b),
    })
}

/// Runs of digits as numbers, everything else as text; a number is above a text.
fn legacy(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (pieces(a), pieces(b));
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => match (a.starts_with(digit), b.starts_with(digit)) {
                (true, true) => numbers(a, b),
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) => a.cmp(b),
            },
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn digit(character: char) -> bool {
    character.is_ascii_digit()
}

fn pieces(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let first = rest.chars().next()?;
        let number = digit(first);
        let end = rest.find(|c: char| digit(c) != number).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        rest = after;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_pep_440() {
        let rising = [
            "not-a-version",
            "1.0.dev1",
            "1.0a1",
            "1.0b2",
            "1.0rc1",
            "1.0",
            "1.0.post1",
            "1.1",
            "1!0.1",
        ];
        for pair in rising.windows(2) {
            assert_eq!(compare(pair[0], pair[1]), Ok(Ordering::Less), "{pair:?}");
            assert_eq!(compare(pair[1], pair[0]), Ok(Ordering::Greater), "{pair:?}");
        }
        assert_eq!(compare("1.0.0", "1"), Ok(Ordering::Equal));
        assert_eq!(compare("1.0-RC1", "1.0rc1"), Ok(Ordering::Equal));
        for (a, b) in [
            ("1.0.dev1", "1.0a1.dev1"),
            ("1.0a1.dev1", "1.0a1"),
            ("1.0.post1.dev1", "1.0.post1"),
            ("1.0", "1.0+local"),
            ("1.0+abc.2", "1.0+abc.10"),
            ("1.0+abc", "1.0+1"),
            ("1.0+99", "1.0.post1"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Less), "{a} {b}");
            assert_eq!(compare(b, a), Ok(Ordering::Greater), "{b} {a}");
        }
        for (a, b) in
            [("v1.0", "1.0"), ("1.0-1", "1.0.post1"), ("1.0-r4", "1.0.post4"), ("01.0", "1")]
        {
            assert_eq!(compare(a, b), Ok(Ordering::Equal), "{a} {b}");
        }
    }
}
