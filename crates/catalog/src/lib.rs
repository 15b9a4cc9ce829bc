//! What is inside a tree: distribution, operating system packages, language packages.
//!
//! A [`Router`] says which parser wants which file, [`Parser::parse`] turns one file into a [`Found`],
//! and [`assemble`] joins what all files gave into one inventory. Nothing here opens a file.

mod assemble;
mod distribution;
mod found;
mod installed;
mod language;
mod lockfile;
mod parser;
mod router;
mod system;

pub use assemble::{Observation, assemble};
pub use distribution::{KnownDistribution, distributions};
pub use found::{Found, Manager, SystemPackage};
pub use parser::{Input, Parser, Pattern, Scope};
pub use router::{Router, Tree};

pub(crate) use model::Problem;
