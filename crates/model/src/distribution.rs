//! The operating system distribution of a tree.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What `/etc/os-release` and its kin say, in `os-release(5)` terms, with the end of support joined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Distribution {
    /// `ID=` of `os-release`, such as `debian`.
    pub id: String,
    /// `VERSION_ID=`, such as `12`; empty for a rolling release.
    pub version: String,
    /// `PRETTY_NAME=` or, where missing, id and version.
    #[serde(default)]
    pub name: String,
    /// The day (`YYYY-MM-DD`) after which the vendor publishes no more free security updates, where known.
    #[serde(default)]
    pub end_of_life: Option<String>,
}
