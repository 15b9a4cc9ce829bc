//! openEuler. openEuler's advisories name source packages.

use super::{Names, Rules};
use crate::order::rpm;

pub(super) static RULES: Rules = Rules {
    name: "openEuler",
    order: rpm::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["rpm"],
};
