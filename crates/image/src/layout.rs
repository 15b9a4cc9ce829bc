//! OCI image layout directories (image-layout.md).

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use crate::archive::open_oci;
use crate::container::{BlobSource, Image, Selection};
use crate::manifest::MAX_DOCUMENT;
use crate::{Descriptor, ImageError};

/// Opens an OCI image layout directory.
///
/// # Errors
/// No `index.json`, a missing or altered document, or a choice that the caller must make.
pub fn open_layout(path: &Path, wanted: &Selection) -> Result<Image, ImageError> {
    let index = path.join("index.json");
    if fs::metadata(&index)?.len() > MAX_DOCUMENT {
        return Err(ImageError::Large("index.json".to_owned()));
    }
    let mut content = Vec::new();
    File::open(&index)?.take(MAX_DOCUMENT).read_to_end(&mut content)?;
    let name = path.display().to_string();
    open_oci(&name, &content, wanted, Box::new(Folder(path.to_path_buf())))
}

/// Blobs as files named after their digest, which is plain hexadecimal and so no path.
struct Folder(PathBuf);

impl BlobSource for Folder {
    fn open<'a>(&'a self, wanted: &Descriptor) -> Result<Box<dyn Read + Send + 'a>, ImageError> {
        let digest = &wanted.digest;
        let path = self.0.join("blobs").join(digest.algorithm().name()).join(digest.hex());
        match File::open(path) {
            Ok(file) => Ok(Box::new(file)),
            Err(fault) if fault.kind() == std::io::ErrorKind::NotFound => {
                Err(ImageError::Missing(digest.clone()))
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
