//! BellSoft Hardened Containers. BellSoft's hardened images follow Alpine's package format.

use super::{Names, Rules};
use crate::order::apk;

pub(super) static RULES: Rules = Rules {
    name: "BellSoft Hardened Containers",
    order: apk::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["apk"],
};
