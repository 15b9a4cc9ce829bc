//! Gets an image from wherever it is and reads its layers, one pass each, never onto the disk.

mod visit;

pub use visit::{Entry, Visitor};
