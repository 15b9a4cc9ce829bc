//! Why an image cannot be read.

use std::io;

use model::Digest;

/// Why an image cannot be read. None of these leaves a partial result: an image is read whole or not at all.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Reading the source.
    #[error("{0}")]
    Read(#[from] io::Error),
    /// The content is not what its digest says.
    #[error("content of {expected} has the digest {actual}")]
    Digest {
        /// What was asked for.
        expected: Digest,
        /// What came.
        actual: Digest,
    },
    /// The content has another size than its descriptor says.
    #[error("content of {digest} is not {expected} bytes long")]
    Size {
        /// What was asked for.
        digest: Digest,
        /// The size in the descriptor.
        expected: u64,
    },
    /// A blob that a manifest names is not there.
    #[error("blob {0} is missing")]
    Missing(Digest),
    /// A JSON document that is not what it should be.
    #[error("{what}: {fault}")]
    Document {
        /// Which document.
        what: String,
        /// The fault.
        fault: String,
    },
    /// A document beyond the bound.
    #[error("{0} is larger than 8 MiB")]
    Large(String),
    /// A layer that cannot be read.
    #[error("layer {digest}: {fault}")]
    Layer {
        /// The layer's digest.
        digest: Digest,
        /// The fault.
        fault: String,
    },
    /// The source has several images or none that fits.
    #[error("{0}")]
    Choice(String),
    /// The source is no image.
    #[error("neither an OCI image nor a docker-archive")]
    NoImage,
    /// The source refuses or breaks the rules.
    #[error("{0}")]
    Refused(String),
}

impl ImageError {
    pub(crate) fn document(what: impl Into<String>, fault: impl ToString) -> Self {
        Self::Document { what: what.into(), fault: fault.to_string() }
    }
}
