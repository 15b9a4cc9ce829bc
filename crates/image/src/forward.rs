//! A decompressed stream that can be read and skipped, but never rewound.
//!
//! The `tar` crate skips file bodies with `seek` where it can. Seeking forward here only throws buffered
//! bytes away, so bodies that nobody wants are decompressed but never copied.

use std::cell::{RefCell, RefMut};
use std::io::{self, BufRead, Read, Seek, SeekFrom};
use std::rc::Rc;

/// Decoding in pieces of this size keeps the piece in the second-level cache.
const PIECE: usize = 256 << 10;

/// What a tar header may take together with its long names and extended attributes. The `tar` crate
/// reads those whole, so an endless one must end here.
pub(crate) const MAX_HEADER: u64 = 1 << 20;

pub(crate) fn invalid(fault: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, fault.into())
}

/// The stream with its buffer.
pub(crate) struct Forward<R> {
    inner: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    header: u64,
    /// Bytes that were taken past the `tar` crate's back; its next seek covers them again.
    ahead: u64,
    /// Unpacked bytes passed, which is the position that a seek answers with.
    position: u64,
}

impl<R: Read> Forward<R> {
    pub(crate) fn new(inner: R) -> Self {
        Self { inner, buffer: vec![0; PIECE], start: 0, end: 0, header: 0, ahead: 0, position: 0 }
    }

    fn fill(&mut self) -> io::Result<&[u8]> {
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
            // A decoder may give little at a time; a full buffer means fewer calls further up.
            while self.end < self.buffer.len() {
                let Some(space) = self.buffer.get_mut(self.end..) else { break };
                match self.inner.read(space) {
                    Ok(0) => break,
                    Ok(count) => self.end += count,
                    Err(fault) if fault.kind() == io::ErrorKind::Interrupted => {}
                    Err(fault) => return Err(fault),
                }
                if self.end >= PIECE / 2 {
                    break;
                }
            }
        }
        Ok(self.buffer.get(self.start..self.end).unwrap_or_default())
    }

    fn take(&mut self, count: usize) {
        self.start = (self.start + count).min(self.end);
        self.position += count as u64;
    }

    fn skip(&mut self, mut count: u64) -> io::Result<()> {
        while count > 0 {
            let there = self.fill()?.len();
            if there == 0 {
                return Err(invalid("tar stream ends early"));
            }
            let step = usize::try_from(count).map_or(there, |count| count.min(there));
            self.take(step);
            count -= step as u64;
        }
        Ok(())
    }

    pub(crate) fn into_inner(self) -> R {
        self.inner
    }
}

/// The stream as the `tar` crate and the reader of bodies share it.
pub(crate) struct Shared<R>(pub(crate) Rc<RefCell<Forward<R>>>);

impl<R: Read> Shared<R> {
    /// The header has been read; the next one may be as long again.
    pub(crate) fn header_done(&self) {
        self.0.borrow_mut().header = 0;
    }

    /// Whether anything was read of the body that was lent last.
    pub(crate) fn body_was_read(&self) -> bool {
        self.0.borrow().ahead > 0
    }

    /// The body of the entry whose header was read last.
    pub(crate) fn body(&self, size: u64) -> Body<'_, R> {
        Body { forward: self.0.borrow_mut(), left: size }
    }
}

impl<R> Clone for Shared<R> {
    fn clone(&self) -> Self {
        Self(Rc::clone(&self.0))
    }
}

impl<R: Read> Read for Shared<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let mut forward = self.0.borrow_mut();
        let there = forward.fill()?;
        let count = there.len().min(out.len());
        if let (Some(from), Some(to)) = (there.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        forward.take(count);
        forward.header += count as u64;
        if forward.header > MAX_HEADER {
            return Err(invalid("tar header is longer than 1 MiB"));
        }
        Ok(count)
    }
}

impl<R: Read> Seek for Shared<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let SeekFrom::Current(distance) = to else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "a stream seeks forward only"));
        };
        let mut forward = self.0.borrow_mut();
        let left =
            u64::try_from(distance).ok().and_then(|distance| distance.checked_sub(forward.ahead));
        let Some(left) = left else {
            return Err(io::Error::new(io::ErrorKind::Unsupported, "a stream seeks forward only"));
        };
        forward.ahead = 0;
        forward.skip(left)?;
        Ok(forward.position)
    }
}

/// One file's content. What is left unread is skipped with the entry.
pub(crate) struct Body<'a, R> {
    forward: RefMut<'a, Forward<R>>,
    left: u64,
}

impl<R: Read> BufRead for Body<'_, R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            return Ok(&[]);
        }
        let left = self.left;
        let there = self.forward.fill()?;
        if there.is_empty() {
            return Err(invalid("tar stream ends early"));
        }
        let count = usize::try_from(left).map_or(there.len(), |left| left.min(there.len()));
        Ok(there.get(..count).unwrap_or_default())
    }

    fn consume(&mut self, count: usize) {
        let count = usize::try_from(self.left).map_or(count, |left| left.min(count));
        self.forward.take(count);
        self.forward.ahead += count as u64;
        self.left -= count as u64;
    }
}

impl<R: Read> Read for Body<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let there = self.fill_buf()?;
        let count = there.len().min(out.len());
        if let (Some(from), Some(to)) = (there.get(..count), out.get_mut(..count)) {
            to.copy_from_slice(from);
        }
        self.consume(count);
        Ok(count)
    }
}
