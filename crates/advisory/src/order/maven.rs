//! Maven's order of versions (POM reference, "Version Order Specification").
//!
//! <https://maven.apache.org/pom.html#version-order-specification>

use std::cmp::Ordering;

use super::{VersionError, numbers};

#[derive(Clone, Debug, PartialEq, Eq)]
struct Token {
    hyphen: bool,
    text: String,
}

impl Token {
    fn number(&self) -> bool {
        self.text.starts_with(|c: char| c.is_ascii_digit())
    }

    fn null(&self) -> bool {
        match self.text.as_str() {
            "" | "final" | "ga" | "release" => true,
            text => text.bytes().all(|byte| byte == b'0'),
        }
    }
}

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    for text in [a, b] {
        if text.trim().is_empty() {
            return Err(VersionError::new("Maven", text));
        }
    }
    let (a, b) = (trimmed(tokens(a)), trimmed(tokens(b)));
    let (mut a, mut b) = (a.iter(), b.iter());
    loop {
        let order = match (a.next(), b.next()) {
            (None, None) => return Ok(Ordering::Equal),
            (Some(a), None) => against_null(a),
            (None, Some(b)) => against_null(b).reverse(),
            (Some(a), Some(b)) => pair(a, b),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

fn tokens(text: &str) -> Vec<Token> {
    let lower = text.trim().to_lowercase();
    let mut tokens = Vec::new();
    let mut current = String::new();
    let mut hyphen = false;
    let mut last: Option<bool> = None;
    let mut push = |current: &mut String, hyphen: bool| {
        let text = if current.is_empty() { "0".to_owned() } else { std::mem::take(current) };
        tokens.push(Token { hyphen, text });
    };
    for character in lower.chars() {
        match character {
            '.' | '-' | '_' => {
                push(&mut current, hyphen);
                hyphen = character != '.';
                last = None;
            }
            _ => {
                let number = character.is_ascii_digit();
                if last.is_some_and(|before| before != number) {
                    if number {
                        // The short forms mean the long ones only when a number follows directly.
                        current = match current.as_str() {
                            "a" => "alpha".to_owned(),
                            "b" => "beta".to_owned(),
                            "m" => "milestone".to_owned(),
                            _ => current,
                        };
                    }
                    push(&mut current, hyphen);
                    hyphen = true;
                }
                last = Some(number);
                current.push(character);
            }
        }
    }
    push(&mut current, hyphen);
    tokens
}

/// Drops null values from the end, and again before each remaining hyphen.
fn trimmed(mut tokens: Vec<Token>) -> Vec<Token> {
    let mut at = tokens.len();
    while at > 0 {
        let end_or_hyphen = tokens.get(at).is_none_or(|token| token.hyphen);
        if end_or_hyphen
            && tokens.get(at - 1).is_some_and(Token::null)
            && (at - 1 > 0 || at == tokens.len())
        {
            tokens.remove(at - 1);
        }
        at -= 1;
    }
    tokens
}

fn against_null(token: &Token) -> Ordering {
    if token.number() {
        numbers(&token.text, "0")
    } else {
        qualifier(&token.text).cmp(&qualifier(""))
    }
}

fn pair(a: &Token, b: &Token) -> Ordering {
    match (a.number(), b.number()) {
        (true, true) if a.hyphen == b.hyphen => numbers(&a.text, &b.text),
        // `-number` is below `.number`.
        (true, true) => b.hyphen.cmp(&a.hyphen),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => qualifier(&a.text).cmp(&qualifier(&b.text)),
    }
}

fn qualifier(text: &str) -> (u8, &str) {
    let rank = match text {
        "alpha" => 0,
        "beta" => 1,
        "milestone" => 2,
        "rc" | "cr" => 3,
        "snapshot" => 4,
        "" | "final" | "ga" | "release" => 5,
        "sp" => 6,
        _ => return (7, text),
    };
    (rank, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_the_version_order_specification() {
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
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Equal), "{a} {b}");
        }
    }
}
