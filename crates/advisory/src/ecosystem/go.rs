//! Go. Go modules carry semantic versions with a leading v. Package URLs write module paths in lower case, so
//! names are compared without case.

use super::{Names, Rules};
use crate::order::semver;

pub(super) static RULES: Rules = Rules {
    name: "Go",
    order: semver::compare,
    normalise: super::lower,
    names: Names::Binary,
    purl_kinds: &["golang"],
};
