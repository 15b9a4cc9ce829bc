//! Layers as they are stored: gzip, zstd or plain, told by their first bytes whatever the media type says.

use std::io::{self, BufRead as _, BufReader, Read};
use std::sync::{Mutex, MutexGuard, PoisonError};

use flate2::bufread::MultiGzDecoder;

use crate::blob::Hashed;

/// Packed bytes read at a time.
const PIECE: usize = 64 << 10;

/// zstd frames may ask for this much memory (128 MiB), zstd's own default limit.
const MAX_WINDOW_LOG: u32 = 27;

/// What every decoder must be able to give a frame (8 MiB; RFC 8878, section 3.1.1.1.2). Common levels
/// stay within it.
const USUAL_WINDOW_LOG: u32 = 23;

/// Layers are unpacked side by side, but one at a time may have a larger window.
static LARGE_WINDOW: Mutex<()> = Mutex::new(());

type Packed<R> = BufReader<Hashed<R>>;

/// A decoder over packed bytes.
pub(crate) enum Unpack<R: Read> {
    Plain(Packed<R>),
    Gzip(Box<MultiGzDecoder<Packed<R>>>),
    Zstd(Box<(zstd::stream::read::Decoder<'static, Packed<R>>, Turn)>),
}

/// Held by the one that has a larger window; only its end matters.
type Turn = Option<MutexGuard<'static, ()>>;

impl<R: Read> Unpack<R> {
    /// Looks at the first bytes and chooses the decoder.
    pub(crate) fn new(packed: Hashed<R>) -> io::Result<Self> {
        let mut reader = BufReader::with_capacity(PIECE, packed);
        let head = reader.fill_buf()?;
        Ok(if head.starts_with(&[0x1f, 0x8b]) {
            Self::Gzip(Box::new(MultiGzDecoder::new(reader)))
        } else if head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd])
            || matches!(head, [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..])
        {
            let large = window(head).is_none_or(|window| window > 1 << USUAL_WINDOW_LOG);
            let turn = large.then(|| LARGE_WINDOW.lock().unwrap_or_else(PoisonError::into_inner));
            let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
            decoder.window_log_max(if large { MAX_WINDOW_LOG } else { USUAL_WINDOW_LOG })?;
            Self::Zstd(Box::new((decoder, turn)))
        } else {
            Self::Plain(reader)
        })
    }

    /// Packed bytes taken so far.
    pub(crate) fn packed(&self) -> u64 {
        match self {
            Self::Plain(reader) => reader.get_ref().count(),
            Self::Gzip(decoder) => decoder.get_ref().get_ref().count(),
            Self::Zstd(held) => held.0.get_ref().get_ref().count(),
        }
    }

    /// The packed bytes, whatever of them is left.
    pub(crate) fn into_packed(self) -> Hashed<R> {
        match self {
            Self::Plain(reader) => reader.into_inner(),
            Self::Gzip(decoder) => decoder.into_inner().into_inner(),
            Self::Zstd(held) => held.0.finish().into_inner(),
        }
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(out),
            Self::Gzip(decoder) => decoder.read(out),
            Self::Zstd(held) => held.0.read(out),
        }
    }
}

/// The window that the first frame asks for; nothing where that is not to be seen.
fn window(head: &[u8]) -> Option<u64> {
    let (magic, frame) = head.split_first_chunk::<4>()?;
    if *magic != [0x28, 0xb5, 0x2f, 0xfd] {
        return None;
    }
    let (descriptor, rest) = frame.split_first()?;
    if descriptor & 0x20 == 0 {
        let size = rest.first()?;
        let base = 1u64 << (10 + (size >> 3));
        return Some(base + base / 8 * u64::from(size & 7));
    }
    // A single segment: the window is the content.
    let identifier = [0, 1, 2, 4].get(usize::from(descriptor & 3))?;
    let width = [1, 2, 4, 8].get(usize::from(descriptor >> 6))?;
    let mut size = [0; 8];
    size.get_mut(..*width)?.copy_from_slice(rest.get(*identifier..identifier + width)?);
    Some(u64::from_le_bytes(size))
}
