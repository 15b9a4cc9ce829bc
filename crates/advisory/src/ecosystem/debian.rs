//! Debian. Debian's security tracker names source packages.

use super::{Names, Rules};
use crate::order::deb;

pub(super) static RULES: Rules = Rules {
    name: "Debian",
    order: deb::compare,
    normalise: super::same,
    names: Names::Source,
    purl_kinds: &["deb"],
};
