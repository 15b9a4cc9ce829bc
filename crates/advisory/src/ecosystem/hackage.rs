//! Hackage. Haskell packages carry plain numbers (PVP).

use super::{Names, Rules};
use crate::order::dotted;

pub(super) static RULES: Rules = Rules {
    name: "Hackage",
    order: dotted::compare,
    normalise: super::same,
    names: Names::Binary,
    purl_kinds: &["hackage"],
};
