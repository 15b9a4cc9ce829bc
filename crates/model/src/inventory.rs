//! What a subject contains.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Distribution, Package, Problem};

/// The files that belong to one operating system package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OwnedFiles {
    /// Name of the binary package, with `:architecture` where the package manager writes one.
    pub package: String,
    /// Paths without leading slash.
    pub paths: Vec<String>,
}

/// Everything found in a subject, complete but for what `problems` names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inventory {
    /// The distribution, where one was recognised.
    pub distribution: Option<Distribution>,
    /// Packages sorted by package URL; the same package URL appears once.
    pub packages: Vec<Package>,
    /// Which OS package owns which files, sorted by package name.
    pub ownership: Vec<OwnedFiles>,
    /// What was met but not understood, sorted.
    pub problems: Vec<Problem>,
}
