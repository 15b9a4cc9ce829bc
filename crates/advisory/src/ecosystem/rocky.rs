//! Rocky Linux. Rocky's errata name source packages: `RLSA` records of `python38-babel` speak of `babel`.

use super::{Names, Rules};
use crate::order::rpm;

pub(super) static RULES: Rules = Rules {
    name: "Rocky Linux",
    order: rpm::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["rpm"],
};
