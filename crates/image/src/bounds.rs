//! What all layers of an image may come to, taken together: a bomb is easily split over layers.

use std::io::{self, Read};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::forward::invalid;
use crate::unpack::Unpack;

/// Entries.
const MAX_ENTRIES: u64 = 3_000_000;

/// Unpacked bytes after which the ratio is looked at.
const RATIO_AFTER: u64 = 512 << 20;

/// Real images stay far below this ratio of unpacked to packed; bombs live from exceeding it.
const MAX_RATIO: u64 = 200;

/// No image is of this size.
const MAX_UNPACKED: u64 = 256 << 30;

/// Bytes that names kept beside the entries may take, with what it takes to keep each: those of links and
/// whiteouts, and directories that only their content names.
const MAX_NAMES: usize = 32 << 20;

/// How much the layers have had so far.
#[derive(Debug, Default)]
pub(crate) struct Bounds {
    entries: AtomicU64,
    names: AtomicUsize,
    packed: AtomicU64,
    unpacked: AtomicU64,
}

impl Bounds {
    /// Counts one entry.
    pub(crate) fn entry(&self) -> io::Result<()> {
        if self.entries.fetch_add(1, Ordering::Relaxed) < MAX_ENTRIES {
            return Ok(());
        }
        Err(invalid(format!("image has more than {MAX_ENTRIES} entries")))
    }

    /// Counts bytes of names.
    pub(crate) fn names(&self, bytes: usize) -> io::Result<()> {
        if bytes == 0 || self.names.fetch_add(bytes, Ordering::Relaxed) + bytes <= MAX_NAMES {
            return Ok(());
        }
        Err(invalid("image has too many links, whiteouts and directories"))
    }

    fn bytes(&self, packed: u64, unpacked: u64) -> io::Result<()> {
        let packed = self.packed.fetch_add(packed, Ordering::Relaxed) + packed;
        let unpacked = self.unpacked.fetch_add(unpacked, Ordering::Relaxed) + unpacked;
        if unpacked > MAX_UNPACKED {
            return Err(invalid("image unpacks to more than 256 GiB"));
        }
        if unpacked > RATIO_AFTER && unpacked / MAX_RATIO > packed {
            return Err(invalid(format!("image unpacks to more than {MAX_RATIO} times its size")));
        }
        Ok(())
    }
}

/// A layer's unpacked bytes within the bounds of its image.
pub(crate) struct Bounded<'a, R: Read> {
    inner: Unpack<R>,
    bounds: &'a Bounds,
    packed: u64,
}

impl<'a, R: Read> Bounded<'a, R> {
    pub(crate) fn new(inner: Unpack<R>, bounds: &'a Bounds) -> Self {
        Self { inner, bounds, packed: 0 }
    }

    pub(crate) fn into_inner(self) -> Unpack<R> {
        self.inner
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(out)?;
        let packed = self.inner.packed();
        self.bounds.bytes(packed - self.packed, count as u64)?;
        self.packed = packed;
        Ok(count)
    }
}
