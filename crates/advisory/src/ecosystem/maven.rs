//! Maven. Names are `group:artifact`.

use super::{Names, Rules};
use crate::order::maven;

pub(super) static RULES: Rules = Rules {
    name: "Maven",
    order: maven::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["maven"],
};
