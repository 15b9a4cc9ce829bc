//! ConanCenter. Conan recipes mostly carry semantic versions.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "ConanCenter",
    order: semver::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["conan"],
};
