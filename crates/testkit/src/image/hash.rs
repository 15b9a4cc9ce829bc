//! Digests in the notation of images.

use std::io::{self, Write};

use sha2::{Digest as _, Sha256};

/// `sha256:` and the digest in hexadecimal digits.
pub fn digest(bytes: &[u8]) -> String {
    text(&Sha256::digest(bytes))
}

fn text(hash: &[u8]) -> String {
    let digits: Vec<String> = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{}", digits.concat())
}

/// Hashes what is written through it.
pub(super) struct Digester<W> {
    inner: W,
    hash: Sha256,
}

impl<W: Write> Digester<W> {
    pub(super) fn new(inner: W) -> Self {
        Self { inner, hash: Sha256::new() }
    }

    pub(super) fn finish(self) -> (W, String) {
        let digest = text(&self.hash.finalize());
        (self.inner, digest)
    }
}

impl<W: Write> Write for Digester<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.inner.write(bytes)?;
        self.hash.update(bytes.get(..count).unwrap_or_default());
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}
