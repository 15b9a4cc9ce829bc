//! Bounds for the tar file around an image: its headers and the names of its members.

use std::cell::Cell;
use std::io::{self, Read, Seek, SeekFrom};
use std::rc::Rc;

use crate::ImageError;
use crate::forward::{MAX_HEADER, invalid};

/// Bytes that the names of all members may take together, with what it takes to keep each.
const MAX_NAMES: usize = 16 << 20;

/// The tar file. The `tar` crate reads long names and extended attributes whole, so an endless one must
/// end here.
pub(crate) struct Outer<R> {
    inner: R,
    left: Rc<Cell<u64>>,
}

/// Says how much may be read until the next header is there.
pub(crate) struct Allowed {
    left: Rc<Cell<u64>>,
    names: usize,
}

impl<R> Outer<R> {
    pub(crate) fn new(inner: R) -> (Self, Allowed) {
        let left = Rc::new(Cell::new(MAX_HEADER));
        (Self { inner, left: Rc::clone(&left) }, Allowed { left, names: 0 })
    }

    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

impl Allowed {
    /// The entry's header has been read: its body and the next header may follow.
    pub(crate) fn pass<R: Read>(&self, entry: &tar::Entry<'_, R>) {
        // A sparse file is as large as it says only once its holes are filled.
        let header = entry.header();
        let sparse = header.entry_type().is_gnu_sparse();
        let stored = if sparse { header.entry_size().unwrap_or(0) } else { entry.size() };
        self.left.set(stored.saturating_add(512 + MAX_HEADER));
    }

    /// Counts the names that are kept of a member.
    pub(crate) fn keep(&mut self, name: &str, target: &str) -> Result<(), ImageError> {
        self.names += name.len() + target.len() + 64;
        if self.names > MAX_NAMES {
            return Err(ImageError::Refused("names of members are longer than 16 MiB".to_owned()));
        }
        Ok(())
    }
}

impl<R: Read> Read for Outer<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        let Some(left) = self.left.get().checked_sub(count as u64) else {
            return Err(invalid("tar header is longer than 1 MiB"));
        };
        self.left.set(left);
        Ok(count)
    }
}

impl<R: Seek> Seek for Outer<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
