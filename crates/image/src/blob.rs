//! A stream of stored bytes that is hashed as it passes.

use std::io::{self, Read};

use model::{Algorithm, Digest};
use sha2::Digest as _;

use crate::{Descriptor, ImageError, manifest::MAX_DOCUMENT};

/// A running hash.
#[derive(Clone, Debug)]
pub(crate) enum Hasher {
    Sha256(Box<sha2::Sha256>),
    Sha512(Box<sha2::Sha512>),
}

impl Hasher {
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        match algorithm {
            Algorithm::Sha256 => Self::Sha256(Box::default()),
            Algorithm::Sha512 => Self::Sha512(Box::default()),
        }
    }

    pub(crate) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Sha256(hash) => hash.update(bytes),
            Self::Sha512(hash) => hash.update(bytes),
        }
    }

    pub(crate) fn finish(self) -> Digest {
        match self {
            Self::Sha256(hash) => Digest::sha256(&hash.finalize().into()),
            Self::Sha512(hash) => Digest::sha512(&hash.finalize().into()),
        }
    }
}

/// The first read gives this many bytes where there are as many.
const HEAD: usize = 18;

/// Hashes and counts what is read through it, and refuses to pass more than was announced.
#[derive(Debug)]
pub(crate) struct Hashed<R> {
    inner: R,
    hasher: Option<Hasher>,
    count: u64,
    limit: u64,
}

impl<R: Read> Hashed<R> {
    pub(crate) fn new(inner: R, algorithm: Option<Algorithm>, limit: u64) -> Self {
        Self { inner, hasher: algorithm.map(Hasher::new), count: 0, limit }
    }

    /// Bytes read so far.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// What it reads from, as far as it has come.
    pub(crate) fn into_inner(self) -> R {
        self.inner
    }

    /// Reads what is left and gives the digest.
    pub(crate) fn drain_digest(&mut self) -> io::Result<Option<Digest>> {
        let mut rest = vec![0u8; 1 << 16];
        while self.read(&mut rest)? > 0 {}
        Ok(self.hasher.take().map(Hasher::finish))
    }

    /// Reads what is left, then gives the digest and the size.
    pub(crate) fn finish(mut self) -> io::Result<(Option<Digest>, u64)> {
        let digest = self.drain_digest()?;
        Ok((digest, self.count))
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = self.inner.read(buffer)?;
        // A pipe or a socket may give its first bytes one by one, and formats are told by them.
        while self.count == 0 && (1..HEAD).contains(&count) {
            match self.inner.read(buffer.get_mut(count..).unwrap_or_default()) {
                Ok(0) => break,
                Ok(more) => count += more,
                Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                Err(fault) => return Err(fault),
            }
        }
        self.count += count as u64;
        if self.count > self.limit {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "more bytes than announced"));
        }
        if let (Some(hasher), Some(bytes)) = (&mut self.hasher, buffer.get(..count)) {
            hasher.update(bytes);
        }
        Ok(count)
    }
}

/// Reads a JSON document of an image and checks it against its descriptor.
pub(crate) fn document(
    source: &dyn crate::BlobSource,
    wanted: &Descriptor,
) -> Result<Vec<u8>, ImageError> {
    if wanted.size > MAX_DOCUMENT {
        return Err(ImageError::Large(wanted.digest.to_string()));
    }
    let mut content = Vec::new();
    source.open(wanted)?.take(wanted.size + 1).read_to_end(&mut content)?;
    check(wanted, &content)?;
    Ok(content)
}

/// Checks content against its descriptor.
pub(crate) fn check(wanted: &Descriptor, content: &[u8]) -> Result<(), ImageError> {
    if content.len() as u64 != wanted.size {
        return Err(ImageError::Size { digest: wanted.digest.clone(), expected: wanted.size });
    }
    let mut hasher = Hasher::new(wanted.digest.algorithm());
    hasher.update(content);
    let actual = hasher.finish();
    if actual == wanted.digest {
        Ok(())
    } else {
        Err(ImageError::Digest { expected: wanted.digest.clone(), actual })
    }
}
