//! What tests of several crates build their world from: registries that misbehave, and images.

pub mod image;
pub mod registry;
mod skip;

pub use skip::skip;
