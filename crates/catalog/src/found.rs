//! What one file gave.

use model::{Distribution, OwnedFiles, Package, Problem};

/// The package manager that a distribution uses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Manager {
    /// Debian's.
    Dpkg,
    /// Alpine's.
    Apk,
    /// Red Hat's.
    Rpm,
}

/// A package of the distribution. Its package URL and ecosystem need the distribution's identity,
/// which stands in another file, so they are given by [`crate::assemble`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SystemPackage {
    /// Which database it was in.
    pub manager: Manager,
    /// Binary package name.
    pub name: String,
    /// Full version in the manager's own text, with epoch where one is set.
    pub version: String,
    /// Architecture in the manager's words.
    pub architecture: String,
    /// Source package name and version, where they differ from the binary's or are stated.
    pub source: Option<(String, String)>,
    /// Licences as declared.
    pub licenses: Vec<String>,
    /// Who built it, where stated: dpkg's `Maintainer`, rpm's `Vendor`, apk's maintainer.
    pub vendor: Option<String>,
    /// rpm's modularity label (`nodejs:18:...`), where set.
    pub module: Option<String>,
    /// 1-based line of its entry, in a text database.
    pub line: Option<u32>,
}

/// Everything one file gave.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// The distribution, from a file that names it.
    pub distribution: Option<Distribution>,
    /// Distribution packages.
    pub system: Vec<SystemPackage>,
    /// Language packages, complete but for the layer of their locations.
    pub packages: Vec<Package>,
    /// Files that distribution packages own.
    pub owned: Vec<OwnedFiles>,
    /// What was not understood.
    pub problems: Vec<Problem>,
}
