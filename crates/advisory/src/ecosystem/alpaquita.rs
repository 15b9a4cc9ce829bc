//! Alpaquita. Alpaquita Linux follows Alpine's package format.

use super::{Names, Rules};
use crate::order::apk;

pub(super) static RULES: Rules = Rules {
    name: "Alpaquita",
    order: apk::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["apk"],
};
