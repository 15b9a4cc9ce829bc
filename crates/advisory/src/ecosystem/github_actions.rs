//! GitHub Actions. Actions are tagged with semantic versions; names have no case.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "GitHub Actions",
    order: semver::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["githubactions", "github"],
};
