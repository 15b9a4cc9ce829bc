//! NuGet. NuGet's names have no case.

use super::{Names, Rules};
use crate::order::nuget;

pub(super) static RULES: Rules = Rules {
    name: "NuGet",
    order: nuget::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["nuget"],
};
