//! Debian's order of versions (Debian Policy 5.6.12).

use std::cmp::Ordering;

use super::{VersionError, digits, numbers};

/// `[epoch:]upstream[-revision]`; the parts are compared in this order.
pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (a, b) = (Parts::of(a)?, Parts::of(b)?);
    Ok(numbers(a.epoch, b.epoch)
        .then_with(|| part(a.upstream, b.upstream))
        .then_with(|| part(a.revision, b.revision)))
}

struct Parts<'a> {
    epoch: &'a str,
    upstream: &'a str,
    revision: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Result<Self, VersionError> {
        let text = text.trim_ascii();
        let fault = || VersionError::new("Debian", text);
        let (number, behind) = digits(text);
        let (epoch, rest) = match behind.strip_prefix(':') {
            Some(rest) if !number.is_empty() => (number, rest),
            _ if text.contains(':') => return Err(fault()),
            _ => ("", text),
        };
        let (upstream, revision) = rest.rsplit_once('-').unwrap_or((rest, ""));
        if upstream.is_empty() { Err(fault()) } else { Ok(Self { epoch, upstream, revision }) }
    }
}

/// Non-digits and digits in turn: letters before other characters, `~` before everything, even the end.
fn part(mut a: &str, mut b: &str) -> Ordering {
    while !a.is_empty() || !b.is_empty() {
        let (text_a, rest_a) = words(a);
        let (text_b, rest_b) = words(b);
        let (number_a, rest_a) = digits(rest_a);
        let (number_b, rest_b) = digits(rest_b);
        let order = text(text_a, text_b).then_with(|| numbers(number_a, number_b));
        if order.is_ne() {
            return order;
        }
        a = rest_a;
        b = rest_b;
    }
    Ordering::Equal
}

fn words(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(|byte| !byte.is_ascii_digit()).count())
}

fn text(a: &str, b: &str) -> Ordering {
    let weigh = |byte: Option<u8>| match byte {
        Some(b'~') => -1,
        None => 0,
        Some(byte) if byte.is_ascii_alphabetic() => i32::from(byte),
        Some(byte) => i32::from(byte) + 256,
    };
    let (mut a, mut b) = (a.bytes(), b.bytes());
    loop {
        let (next_a, next_b) = (a.next(), b.next());
        match weigh(next_a).cmp(&weigh(next_b)) {
            Ordering::Equal if next_a.is_none() => return Ordering::Equal,
            Ordering::Equal => {}
            order => return order,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn follows_debian_policy() {
        for (a, b) in [
            ("1.0~beta1~svn1245", "1.0~beta1"),
            ("1.0~beta1", "1.0"),
            ("1.0", "1.0-1"),
            ("1.0-1", "1.0-1+deb12u1"),
            ("9.9-1", "1:0.1-1"),
            ("1.2.3", "1.10"),
            ("1.0a", "1.0+"),
            ("2.36-9+deb12u9", "2.36-9+deb12u10"),
            ("1.1.1n-0+deb11u5", "1.1.1w-0+deb11u1"),
            ("1.0-1~bpo12+1", "1.0-1"),
            ("1.0~~", "1.0~"),
            ("1.0-1-1", "1.0-1-2"),
            ("1.0a", "1.0b"),
            ("2:1.0", "10:0.1"),
            ("1.0-1build1", "1.0-1ubuntu0.1"),
            ("1.18446744073709551615", "1.18446744073709551616"),
        ] {
            assert_eq!(compare(a, b), Ok(Ordering::Less), "{a} {b}");
            assert_eq!(compare(b, a), Ok(Ordering::Greater), "{b} {a}");
        }
        assert_eq!(compare("0:1.00-0", "1.0"), Ok(Ordering::Equal));
        assert!(compare("", "1").is_err());
        assert!(compare("x:1", "1").is_err());
    }
}
