//! crates.io. Cargo demands semantic versions.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "crates.io",
    order: semver::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["cargo"],
};
