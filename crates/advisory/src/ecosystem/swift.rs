//! SwiftURL. Swift packages are named by the address of their repository.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "SwiftURL",
    order: semver::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["swift"],
};
