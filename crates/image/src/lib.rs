//! Gets an image from wherever it is and reads its layers, one pass each, never onto the disk.

mod archive;
mod blob;
mod container;
mod fault;
mod forward;
mod index;
mod layer;
mod layout;
mod manifest;
mod overlay;
mod parallel;
mod path;
mod second;
mod unpack;
mod visit;

pub use archive::open_archive;
pub use container::{BlobSource, Image, Layer, Selection, Walked};
pub use fault::ImageError;
pub use layout::open_layout;
pub use manifest::{Descriptor, Execution, History, ImageConfig, Platform, RootFs};
pub use overlay::Overlay;
pub use visit::{Entry, Visitor};
