//! npm. npm demands semantic versions; old packages have upper-case names.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "npm",
    order: semver::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["npm"],
};
