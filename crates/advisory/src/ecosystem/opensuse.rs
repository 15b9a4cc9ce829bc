//! openSUSE. openSUSE's updates name source packages, as SUSE's do.

use super::{Names, Rules};
use crate::order::rpm;

pub(super) static RULES: Rules = Rules {
    name: "openSUSE",
    order: rpm::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["rpm"],
};
