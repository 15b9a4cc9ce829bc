//! The joins: what an image contains, what is known to be wrong with it, what the policy says of it.

pub mod allowance;
pub mod cache;
pub mod explain;
pub mod finding;
pub mod inspect;
pub mod overview;
pub mod policy;
pub mod remedy;
pub mod scan;
pub mod target;
