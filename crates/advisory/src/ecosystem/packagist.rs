//! Packagist. Composer's names are lower-case `vendor/package`.

use super::{Names, Rules};
use crate::order::composer;

pub(super) static RULES: Rules = Rules {
    name: "Packagist",
    order: composer::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["composer"],
};
