//! SUSE. SUSE's updates name binary packages.

use super::{Names, Rules};
use crate::order::rpm;

pub(super) static RULES: Rules = Rules {
    name: "SUSE",
    order: rpm::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["rpm"],
};
