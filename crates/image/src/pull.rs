//! An image of a registry.

use std::io::Read;

use crate::container::{BlobSource, Chosen, Image, Selection, choose};
use crate::{Access, Descriptor, ImageError, ImageRef, RegistryError, Repository};

/// Opens an image of a registry. A tag is resolved once; from then on everything is asked for by digest,
/// so a registry cannot show one image and deliver another.
///
/// # Errors
/// A registry that refuses, does not answer or breaks the rules, or a choice that the caller must make.
pub fn open_registry(
    reference: &ImageRef,
    wanted: &Selection,
    access: &Access,
) -> Result<Image, ImageError> {
    let repository = Repository::new(reference, access)?;
    let (content, digest) = repository.start(reference)?;
    let source = Blobs(repository);
    let name = reference.to_string();
    let start = Chosen { digest, content, listed: None };
    let manifest = choose(&name, start, wanted, &source)?;
    Image::from_manifest(&name, manifest, wanted, Box::new(source))
}

struct Blobs(Repository);

/// Media types of documents that a registry serves under `manifests/`, not under `blobs/`.
const MANIFESTS: [&str; 4] = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
];

impl BlobSource for Blobs {
    fn open<'a>(&'a self, wanted: &Descriptor) -> Result<Box<dyn Read + Send + 'a>, ImageError> {
        if MANIFESTS.contains(&wanted.media_type.as_str()) {
            let content = self.0.manifest(&wanted.digest)?;
            return Ok(Box::new(std::io::Cursor::new(content)));
        }
        Ok(Box::new(self.0.blob(&wanted.digest, wanted.size)?))
    }
}

impl From<RegistryError> for ImageError {
    fn from(fault: RegistryError) -> Self {
        // The chain of causes is folded into one text here, because callers print one line.
        let mut text = fault.to_string();
        let mut cause = std::error::Error::source(&fault);
        while let Some(inner) = cause {
            text = format!("{text}: {inner}");
            cause = inner.source();
        }
        Self::Refused(text)
    }
}
