//! What is known to be wrong: advisories in the OSV schema, stored for fast matching.

pub mod ecosystem;
mod order;

pub use ecosystem::compare;
