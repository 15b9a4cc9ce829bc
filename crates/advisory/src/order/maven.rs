//! Maven's order of versions, as its own `ComparableVersion` (Maven 3.9) gives it and the POM reference
//! describes it. Maven contradicts itself where a word stands between dots (`1.foo.1`) or behind a word
//! for a release (`1-ga-foo`): there, 1rc > 1.foo.1 > 1 > 1rc. The reference's reading is taken, in which
//! `.foo` means `-foo` and the release's word is left out, because an order must be total.
//!
//! <https://maven.apache.org/pom.html#version-order-specification>

use std::cmp::Ordering;

use super::{VersionError, numbers};

/// A part of a version. A list reaches from its mark to the end of the version, so versions are flat.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Item {
    Number(String),
    Word(String),
    /// A hyphen, or a change between digits and letters.
    List,
}

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    for text in [a, b] {
        if text.trim().is_empty() {
            return Err(VersionError::new("Maven", text));
        }
    }
    let (a, b) = (items(a.trim()), items(b.trim()));
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ok(Ordering::Equal),
            (Some(a), None) => against_nothing(a),
            (None, Some(b)) => against_nothing(b).reverse(),
            (Some(a), Some(b)) => pair(a, b),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

fn against_nothing(item: &Item) -> Ordering {
    match item {
        Item::Number(number) => numbers(number, ""),
        Item::Word(word) => rank(word).cmp(&rank("")),
        Item::List => Ordering::Equal,
    }
}

/// `.word` < `-number` < `.number`.
fn pair(a: &Item, b: &Item) -> Ordering {
    let kind = |item: &Item| match item {
        Item::Word(_) => 0,
        Item::List => 1,
        Item::Number(_) => 2,
    };
    match (a, b) {
        (Item::Number(a), Item::Number(b)) => numbers(a, b),
        (Item::Word(a), Item::Word(b)) => rank(a).cmp(&rank(b)),
        _ => kind(a).cmp(&kind(b)),
    }
}

fn rank(word: &str) -> (u8, &str) {
    let rank = match word {
        "alpha" => 0,
        "beta" => 1,
        "milestone" => 2,
        "rc" | "cr" => 3,
        "snapshot" => 4,
        "" | "final" | "ga" | "release" => 5,
        "sp" => 6,
        _ => return (7, word),
    };
    (rank, "")
}

/// Splits at dots, at hyphens, and where digits and letters meet; then drops what means nothing.
fn items(text: &str) -> Vec<Item> {
    let lower = text.to_lowercase();
    let mut items: Vec<Item> = Vec::new();
    // A word begins a list of its own, unless it begins a list already.
    let open = |items: &mut Vec<Item>| {
        if !matches!(items.last(), None | Some(Item::List)) {
            items.push(Item::List);
        }
    };
    let (mut start, mut number) = (0, false);
    for (at, character) in lower.char_indices() {
        let piece = lower.get(start..at).unwrap_or_default();
        match character {
            '.' | '-' => {
                if !number && !piece.is_empty() {
                    open(&mut items);
                }
                items.push(item(piece, number));
                start = at + 1;
                if character == '-' {
                    items.push(Item::List);
                }
            }
            '0'..='9' => {
                if !number && !piece.is_empty() {
                    open(&mut items);
                    // The short forms mean the long ones only where a number follows.
                    let word = match piece {
                        "a" => "alpha",
                        "b" => "beta",
                        "m" => "milestone",
                        word => word,
                    };
                    items.extend([Item::Word(word.to_owned()), Item::List]);
                    start = at;
                }
                number = true;
            }
            _ => {
                if number && !piece.is_empty() {
                    items.extend([item(piece, true), Item::List]);
                    start = at;
                }
                number = false;
            }
        }
    }
    let piece = lower.get(start..).unwrap_or_default();
    if !piece.is_empty() {
        if !number {
            open(&mut items);
        }
        items.push(item(piece, number));
    }
    normalised(items)
}

fn item(piece: &str, number: bool) -> Item {
    if piece.is_empty() || number {
        Item::Number(piece.to_owned())
    } else {
        Item::Word(piece.to_owned())
    }
}

/// Zeros and words for a release mean nothing at the end of a list, nor do lists that hold just a list.
fn normalised(items: Vec<Item>) -> Vec<Item> {
    let mut kept: Vec<Item> = Vec::with_capacity(items.len());
    // From the end: `kept` holds, turned round, what follows.
    for item in items.into_iter().rev() {
        let nothing = match &item {
            Item::Number(number) => numbers(number, "").is_eq(),
            Item::Word(word) => matches!(word.as_str(), "ga" | "final" | "release"),
            Item::List => true,
        };
        if !(nothing && matches!(kept.last(), None | Some(Item::List))) {
            kept.push(item);
        }
    }
    kept.reverse();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_comparable_version() {
        for (a, b) in [
            ("1", "1.1"),
            ("1-snapshot", "1"),
            ("1", "1-sp"),
            ("1-foo2", "1-foo10"),
            ("1-alpha", "1-beta"),
            ("1-m1", "1-rc1"),
            ("1.0-alpha-1", "1.0"),
            ("2.0.0.RC1", "2.0.0"),
            ("1.2.9.1", "1.2.10"),
            ("1.foo", "1-1"),
            ("1-1", "1.1"),
            ("1.9.0.M2", "1.9.0-1"),
            ("5.0.0.RC1", "5.0.0-RC2"),
            ("9.0.M2", "9.0-jre"),
            ("31.0-android", "31.0-jre"),
            ("4.1.59.CR1", "4.1.59.Final"),
            ("3.2.0.Final", "3.2.0.SP1"),
            ("2.9.10", "2.9.10.1"),
            ("1.0", "1.0_1"),
            ("1-rc", "1-rc1"),
            ("1.0.0.RC1", "1.0.0-rc.1"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Less), "{a} {b}");
            assert_eq!(compare(b, a), Ok(Ordering::Greater), "{b} {a}");
        }
        for (a, b) in [
            ("1.0.0", "1"),
            ("1.ga", "1"),
            ("1-0", "1.0"),
            ("1.0.0-foo.0.0", "1-foo"),
            ("1-a1", "1-alpha-1"),
            ("1-cr", "1-rc"),
            ("1.0.RC1", "1.0-rc-1"),
            ("2.1.0.RELEASE", "2.1"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Equal), "{a} {b}");
        }
    }
}
