//! Gets an image from wherever it is and reads its layers, one pass each, never onto the disk.

mod archive;
mod blob;
mod bounds;
mod container;
mod directory;
mod docker;
mod fault;
mod forward;
mod index;
mod layer;
mod layout;
mod manifest;
mod outer;
mod overlay;
mod parallel;
mod path;
mod pull;
mod reference;
mod registry;
mod second;
mod steps;
mod stream;
mod unpack;
mod visit;

pub use archive::open_archive;
pub use container::{BlobSource, Image, Layer, Selection, Walked};
pub use directory::{TreeKind, canonical, walk_directory};
pub use docker::{DockerError, DockerHost, Engine, Inspected};
pub use fault::ImageError;
pub use layout::open_layout;
pub use manifest::{Descriptor, Execution, History, ImageConfig, Platform, RootFs};
pub use overlay::Overlay;
pub use pull::open_registry;
pub use reference::{ImageRef, ReferenceError};
pub use registry::{
    Access, Credential, CredentialError, Credentials, DockerConfig, Lookup, Plain, RegistryError,
    Repository, Retries, Secret,
};
pub use stream::read_stream;
pub use visit::{Entry, Visitor};
