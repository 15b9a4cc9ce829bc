//! Hex. Hex demands semantic versions.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Hex",
    order: semver::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["hex"],
};
