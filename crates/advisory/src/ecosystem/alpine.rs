//! Alpine. Alpine's security database names origin packages.

use super::{Names, Rules};
use crate::order::apk;

pub(super) static RULES: Rules = Rules {
    name: "Alpine",
    order: apk::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["apk"],
};
