//! What is known to be wrong: advisories in the OSV schema, stored for fast matching.

mod database;
pub mod ecosystem;
mod evaluate;
mod matching;
mod order;
mod osv;
mod query;
mod rating;
mod release;
mod signal;
mod store;
pub mod update;

pub use database::{Database, OpenError};
pub use ecosystem::compare;
pub use matching::Match;
pub use query::package_of;
pub use signal::SignalKind;
pub use store::StoreError;
