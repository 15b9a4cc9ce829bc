//! Bitnami. Bitnami's components carry upstream's semantic versions.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Bitnami",
    order: semver::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["bitnami"],
};
