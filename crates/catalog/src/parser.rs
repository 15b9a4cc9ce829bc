//! The shape of a parser: which files it wants and how it reads one.

use crate::Found;

/// What the presence of a package in a file means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// A distribution's database or identity.
    System,
    /// The package is there, ready to run.
    Installed,
    /// The package would be installed: a lockfile or manifest of a project.
    Locked,
    /// A lockfile that in an image stands for what is installed, as no parser reads the installed packages
    /// of its language.
    Deployed,
}

/// Which files a parser wants. Paths have no leading slash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Exactly this path.
    Path(&'static str),
    /// This file name in any directory.
    Name(&'static str),
    /// This file name in a directory whose own path ends with the first text: `(".dist-info", "METADATA")`.
    In(&'static str, &'static str),
    /// Any file name with this extension, in lower case without the dot.
    Extension(&'static str),
    /// Any file name that starts with the first text and has the second as its extension: `("pylock.", "toml")`.
    Named(&'static str, &'static str),
    /// Any file name that has the first text somewhere before its extension, the second: `("requirements", "txt")`.
    Containing(&'static str, &'static str),
    /// Every file that stands directly in this directory.
    Directory(&'static str),
    /// Every file with this extension that stands directly in this directory.
    Within(&'static str, &'static str),
    /// Every file that begins with these four bytes and that no other pattern claims.
    Magic([u8; 4]),
}

/// One file to be read.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// Path without leading slash.
    pub path: &'a str,
    /// The whole content.
    pub content: &'a [u8],
}

/// One parser: a row in the static list of its folder.
#[derive(Clone, Copy, Debug)]
pub struct Parser {
    /// Kebab-case name.
    pub id: &'static str,
    /// What its packages mean.
    pub scope: Scope,
    /// The files it wants.
    pub patterns: &'static [Pattern],
    /// A larger file is reported as not examined.
    pub max_bytes: u64,
    /// The bytes of memory that reading a file of this many bytes may take beside the file, where that is
    /// more than what the file gives.
    pub working: fn(u64) -> u64,
    /// Reads one file. Never panics; what it cannot read becomes a problem.
    pub parse: fn(&Input<'_>) -> Found,
}
