//! Go. Go modules carry semantic versions with a leading v.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Go",
    order: semver::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["golang"],
};
