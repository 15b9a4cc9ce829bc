//! Rocky Linux. Rocky's errata name binary packages.

use super::{Names, Rules};
use crate::order::rpm;

pub(super) static RULES: Rules = Rules {
    name: "Rocky Linux",
    order: rpm::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["rpm"],
};
