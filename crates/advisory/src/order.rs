//! The ways in which ecosystems order versions, one file each. Several ecosystems share one.

pub(crate) mod apk;
pub(crate) mod composer;
pub(crate) mod deb;
pub(crate) mod dotted;
pub(crate) mod gem;
pub(crate) mod maven;
pub(crate) mod nuget;
pub(crate) mod pep440;
pub(crate) mod rpm;
pub(crate) mod semver;

use std::cmp::Ordering;

/// The text is no version of its ecosystem.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no {scheme} version")]
pub struct VersionError {
    /// The ordering that refused it.
    pub scheme: &'static str,
    /// The refused text, cut to a showable length.
    pub text: String,
}

impl VersionError {
    pub(crate) fn new(scheme: &'static str, text: &str) -> Self {
        Self { scheme, text: text.chars().take(80).collect() }
    }
}

/// Compares two runs of decimal digits as numbers of any length.
pub(crate) fn numbers(a: &str, b: &str) -> Ordering {
    digit_runs(a.as_bytes(), b.as_bytes())
}

/// The same of bytes.
pub(crate) fn digit_runs(mut a: &[u8], mut b: &[u8]) -> Ordering {
    while let Some((b'0', rest)) = a.split_first() {
        a = rest;
    }
    while let Some((b'0', rest)) = b.split_first() {
        b = rest;
    }
    a.len().cmp(&b.len()).then_with(|| a.cmp(b))
}

/// Whether numbers stand between dots, with none missing.
pub(crate) fn dotted(numbers: &str) -> bool {
    let mut before = b'.';
    let whole = numbers.bytes().all(|byte| {
        let missing = byte == b'.' && before == b'.';
        before = byte;
        !missing && (byte == b'.' || byte.is_ascii_digit())
    });
    whole && before != b'.'
}

/// Splits off the leading digits.
pub(crate) fn digits(text: &str) -> (&str, &str) {
    text.split_at(text.bytes().take_while(u8::is_ascii_digit).count())
}
