//! What a scan proves, written for people and machines.

mod json;
mod safe;
mod sarif;

pub use json::write_json;
pub use sarif::{MAX_RESULTS, write_sarif};
