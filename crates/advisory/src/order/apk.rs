//! Alpine's order of versions, as apk-tools defines it:
//! `number{.number}[letter]{_suffix[number]}[~hash][-rnumber]`.
//!
//! <https://gitlab.alpinelinux.org/alpine/apk-tools/-/blob/master/doc/apk-package.5.scd>

use std::cmp::Ordering;

use super::{VersionError, digits, numbers};

/// The parts in the order in which apk-tools ranks their kinds: where two versions go on with different
/// kinds, the earlier kind is the newer version, unless one goes on with a pre-release suffix.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part<'a> {
    Number(&'a str),
    Letter(u8),
    Suffix(i8),
    SuffixNumber(&'a str),
    Hash(&'a str),
    Revision(&'a str),
    End,
}

impl Part<'_> {
    fn rank(self) -> u8 {
        match self {
            Self::Number(_) => 0,
            Self::Letter(_) => 1,
            Self::Suffix(_) => 2,
            Self::SuffixNumber(_) => 3,
            Self::Hash(_) => 4,
            Self::Revision(_) => 5,
            Self::End => 6,
        }
    }

    fn prerelease(self) -> bool {
        matches!(self, Self::Suffix(weight) if weight < 0)
    }
}

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (parts(a)?, parts(b)?);
    let mut first = true;
    let (mut a, mut b) = (a.into_iter(), b.into_iter());
    loop {
        let (left, right) = (a.next().unwrap_or(Part::End), b.next().unwrap_or(Part::End));
        if left == Part::End && right == Part::End {
            return Ok(Ordering::Equal);
        }
        let order = match (left, right) {
            (Part::Number(a), Part::Number(b))
                if !first && (a.starts_with('0') || b.starts_with('0')) =>
            {
                a.cmp(b)
            }
            (Part::Number(a), Part::Number(b))
            | (Part::SuffixNumber(a), Part::SuffixNumber(b))
            | (Part::Revision(a), Part::Revision(b)) => numbers(a, b),
            (Part::Letter(a), Part::Letter(b)) => a.cmp(&b),
            (Part::Suffix(a), Part::Suffix(b)) => a.cmp(&b),
            (Part::Hash(a), Part::Hash(b)) => a.cmp(b),
            (left, right) => match (left.prerelease(), right.prerelease()) {
                (true, false) => Ordering::Less,
                (false, true) => Ordering::Greater,
                _ => right.rank().cmp(&left.rank()),
            },
        };
        if order.is_ne() {
            return Ok(order);
        }
        first = false;
    }
}

const SUFFIXES: [(&str, i8); 9] = [
    ("alpha", -4),
    ("beta", -3),
    ("pre", -2),
    ("rc", -1),
    ("cvs", 1),
    ("svn", 2),
    ("git", 3),
    ("hg", 4),
    ("p", 5),
];

fn parts(text: &str) -> Result<Vec<Part<'_>>, VersionError> {
    let fault = || VersionError::new("apk", text);
    let mut parts = Vec::new();
    let (number, mut rest) = digits(text.trim());
    if number.is_empty() {
        return Err(fault());
    }
    parts.push(Part::Number(number));
    while let Some(after) = rest.strip_prefix('.') {
        let (number, after) = digits(after);
        if number.is_empty() {
            return Err(fault());
        }
        parts.push(Part::Number(number));
        rest = after;
    }
    if let Some(letter) = rest.bytes().next().filter(u8::is_ascii_lowercase) {
        parts.push(Part::Letter(letter));
        rest = rest.get(1..).unwrap_or_default();
    }
    while let Some(after) = rest.strip_prefix('_') {
        let end = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (word, after) = after.split_at(end);
        let (_, weight) = SUFFIXES.iter().find(|(name, _)| *name == word).ok_or_else(fault)?;
        parts.push(Part::Suffix(*weight));
        let (number, after) = digits(after);
        if !number.is_empty() {
            parts.push(Part::SuffixNumber(number));
        }
        rest = after;
    }
    if let Some(after) = rest.strip_prefix('~') {
        let end = after.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(after.len());
        let (hash, after) = after.split_at(end);
        parts.push(Part::Hash(hash));
        rest = after;
    }
    if let Some(after) = rest.strip_prefix("-r") {
        let (number, after) = digits(after);
        if number.is_empty() {
            return Err(fault());
        }
        parts.push(Part::Revision(number));
        rest = after;
    }
    if rest.is_empty() { Ok(parts) } else { Err(fault()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_apk_tools() {
        for (a, b) in [
            ("1.0_alpha", "1.0"),
            ("1.0_rc1", "1.0_rc2"),
            ("1.0_rc1", "1.0"),
            ("1.0", "1.0_p1"),
            ("1.0", "1.0a"),
            ("1.0a", "1.0.1"),
            ("1.0-r0", "1.0-r1"),
            ("1.0-r9", "1.0_p1-r0"),
            ("1.2.3-r4", "1.2.10-r0"),
            ("1.05", "1.1"),
            ("2.38.1-r7", "2.39-r0"),
            ("1.0_alpha", "1.0_beta"),
            ("1.0_beta9", "1.0_pre1"),
            ("1.0_pre", "1.0_rc"),
            ("1.0", "1.0_cvs"),
            ("1.0_git20200101", "1.0_git20200102"),
            ("1.0_git20200101", "1.0_p1"),
            ("1.0_alpha_rc1", "1.0_alpha"),
            ("1.0_rc1-r5", "1.0-r0"),
            ("1.0-r1", "1.0~ab12-r0"),
            ("1.01", "1.1"),
            ("1.010", "1.02"),
            ("99999999999999999999", "100000000000000000000"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Less), "{a} {b}");
            assert_eq!(compare(b, a), Ok(Ordering::Greater), "{b} {a}");
        }
        assert!(compare("", "1").is_err());
        assert!(compare("1.0_what1", "1").is_err());
    }
}
