//! Gets an image from wherever it is and reads its layers, one pass each, never onto the disk.

mod docker;
mod reference;
mod registry;
mod visit;

pub use docker::{DockerError, DockerHost, Engine, Inspected};
pub use reference::{ImageRef, ReferenceError};
pub use registry::{
    Access, Credential, CredentialError, Credentials, DockerConfig, Lookup, Plain, RegistryError,
    Repository, Retries, Secret,
};
pub use visit::{Entry, Visitor};
