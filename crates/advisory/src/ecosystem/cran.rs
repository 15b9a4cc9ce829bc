//! CRAN. R packages carry plain numbers between dots or hyphens.

use super::{Names, Rules};
use crate::order::dotted;

pub(super) static RULES: Rules = Rules {
    name: "CRAN",
    order: dotted::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["cran"],
};
