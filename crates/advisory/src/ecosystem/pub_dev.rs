//! Pub. Dart's packages carry semantic versions whose build numbers count.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Pub",
    order: semver::compare_with_build,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["pub"],
};
