//! Julia. Julia's registries demand semantic versions.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Julia",
    order: semver::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["julia"],
};
