//! SUSE. SUSE's updates name source packages; their binaries stand beside, in `ecosystem_specific`.

use super::{Names, Rules};
use crate::order::rpm;

pub(super) static RULES: Rules = Rules {
    name: "SUSE",
    order: rpm::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["rpm"],
};
