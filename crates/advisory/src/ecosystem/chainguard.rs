//! Chainguard. Chainguard names origin packages.

use super::{Names, Rules};
use crate::order::apk;

pub(super) static RULES: Rules = Rules {
    name: "Chainguard",
    order: apk::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["apk"],
};
