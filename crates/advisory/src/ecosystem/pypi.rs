//! PyPI. Names are compared after PEP 503.

use std::borrow::Cow;

use super::{Names, Rules};
use crate::order::pep440;

pub(super) static RULES: Rules = Rules {
    name: "PyPI",
    order: pep440::compare,
    normalise,
    names: Names::Binary,
    purl_kinds: &["pypi"],
};

/// PEP 503: lower case, runs of `-`, `_` and `.` become one hyphen.
fn normalise(name: &str) -> Cow<'_, str> {
    let normal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    if name.chars().all(normal) {
        return Cow::Borrowed(name);
    }
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(character.to_lowercase());
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_compared_after_pep_503() {
        assert_eq!(normalise("Zope.Interface__x"), "zope-interface-x");
        assert_eq!(normalise("django"), "django");
    }
}
