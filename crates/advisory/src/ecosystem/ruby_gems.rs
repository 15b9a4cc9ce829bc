//! RubyGems. Gem names keep their case.

use super::{Names, Rules};
use crate::order::gem;

pub(super) static RULES: Rules = Rules {
    name: "RubyGems",
    order: gem::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["gem"],
};
