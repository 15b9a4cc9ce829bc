//! Ubuntu. Ubuntu's notices name source packages.

use super::{Names, Rules};
use crate::order::deb;

pub(super) static RULES: Rules = Rules {
    name: "Ubuntu",
    order: deb::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["deb"],
};
