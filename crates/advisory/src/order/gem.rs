//! RubyGems' order of versions (`Gem::Version`).
//!
//! <https://docs.ruby-lang.org/en/master/Gem/Version.html>

use std::cmp::Ordering;

use super::{VersionError, numbers};

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (segments(a)?, segments(b)?);
    for at in 0..a.len().max(b.len()) {
        let left = a.get(at).map_or("0", String::as_str);
        let right = b.get(at).map_or("0", String::as_str);
        let order = match (word(left), word(right)) {
            (false, false) => numbers(left, right),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (true, true) => left.cmp(right),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
    Ok(Ordering::Equal)
}

fn word(segment: &str) -> bool {
    segment.starts_with(|c: char| c.is_ascii_alphabetic())
}

/// Runs of digits and of letters; a hyphen begins a pre-release. Zeros at the end of the numbers before
/// the first word, and at the very end, do not count.
fn segments(text: &str) -> Result<Vec<String>, VersionError> {
    let text = text.trim();
    let valid = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.chars().all(valid) {
        return Err(VersionError::new("RubyGems", text));
    }
    let mut all: Vec<String> = Vec::new();
    for part in text.replace('-', ".pre.").split('.') {
        let mut rest = part;
        while let Some(first) = rest.chars().next() {
            let number = first.is_ascii_digit();
            let end = rest.find(|c: char| c.is_ascii_digit() != number).unwrap_or(rest.len());
            let (piece, after) = rest.split_at(end);
            all.push(piece.to_owned());
            rest = after;
        }
    }
    let words = all.iter().position(|segment| word(segment)).unwrap_or(all.len());
    let mut tail = all.split_off(words);
    for part in [&mut all, &mut tail] {
        while part.last().is_some_and(|last| last.bytes().all(|byte| byte == b'0')) {
            part.pop();
        }
    }
    all.append(&mut tail);
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_gem_version() {
        for (a, b) in [
            ("1.0.a", "1.0"),
            ("1.0.b1", "1.0.b2"),
            ("1.9.3", "1.10"),
            ("1.0.0-1", "1.0.0"),
            ("5.2.4.rc1", "5.2.4"),
            ("1.0.rc2", "1.0.rc10"),
            ("1.0.alpha", "1.0.beta"),
            ("1.a", "1.0"),
            ("1.0.0.pre", "1.0.0.1"),
            ("1.8.2.b", "1.8.2"),
            ("1.8.2.a10", "1.8.2.b1"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Less), "{a} {b}");
            assert_eq!(compare(b, a), Ok(Ordering::Greater), "{b} {a}");
        }
        assert_eq!(compare("1.0.0", "1"), Ok(Ordering::Equal));
        assert_eq!(compare("1.0.a.0", "1.a"), Ok(Ordering::Equal));
        assert!(compare("junk", "1").is_err());
    }
}
