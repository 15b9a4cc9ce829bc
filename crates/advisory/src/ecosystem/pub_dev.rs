//! Pub. Dart's packages carry semantic versions.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Pub",
    order: semver::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["pub"],
};
