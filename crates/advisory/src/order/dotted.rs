//! Plain numbers between dots or hyphens, as CRAN and Hackage order them: a version that merely goes on
//! is the newer one.

use std::cmp::Ordering;

use super::{VersionError, numbers};

pub(crate) fn compare(a: &str, b: &str) -> Result<Ordering, VersionError> {
    let (mut left, mut right) = (parts(a)?, parts(b)?);
    loop {
        let order = match (left.next(), right.next()) {
            (None, None) => return Ok(Ordering::Equal),
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(a), Some(b)) => numbers(a, b),
        };
        if order.is_ne() {
            return Ok(order);
        }
    }
}

fn parts(text: &str) -> Result<impl Iterator<Item = &str>, VersionError> {
    let separator = |c: char| c == '.' || c == '-';
    let number = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if text.trim().split(separator).all(number) {
        Ok(text.trim().split(separator))
    } else {
        Err(VersionError::new("dotted", text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_compared_in_turn() {
        assert_eq!(compare("1.2-3", "1.2-10"), Ok(Ordering::Less));
        assert_eq!(compare("1.2", "1.2.0"), Ok(Ordering::Less));
        assert!(compare("1.x", "1").is_err());
    }
}
