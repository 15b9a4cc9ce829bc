//! Layers as they are stored: gzip, zstd or plain, told by their first bytes whatever the media type says.

use std::io::{self, BufRead as _, BufReader, Read};

use flate2::bufread::MultiGzDecoder;

use crate::blob::Hashed;

/// Packed bytes read at a time.
const PIECE: usize = 64 << 10;

/// zstd frames may ask for this much memory (128 MiB), zstd's own default limit.
const MAX_WINDOW_LOG: u32 = 27;

type Packed<R> = BufReader<Hashed<R>>;

/// A decoder over packed bytes.
pub(crate) enum Unpack<R: Read> {
    Plain(Packed<R>),
    Gzip(Box<MultiGzDecoder<Packed<R>>>),
    Zstd(Box<zstd::stream::read::Decoder<'static, Packed<R>>>),
}

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
            let mut decoder = zstd::stream::read::Decoder::with_buffer(reader)?;
            decoder.window_log_max(MAX_WINDOW_LOG)?;
            Self::Zstd(Box::new(decoder))
        } else {
            Self::Plain(reader)
        })
    }

    /// Packed bytes taken so far.
    pub(crate) fn packed(&self) -> u64 {
        match self {
            Self::Plain(reader) => reader.get_ref().count(),
            Self::Gzip(decoder) => decoder.get_ref().get_ref().count(),
            Self::Zstd(decoder) => decoder.get_ref().get_ref().count(),
        }
    }

    /// The packed bytes, whatever of them is left.
    pub(crate) fn into_packed(self) -> Hashed<R> {
        match self {
            Self::Plain(reader) => reader.into_inner(),
            Self::Gzip(decoder) => decoder.into_inner().into_inner(),
            Self::Zstd(decoder) => decoder.finish().into_inner(),
        }
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(reader) => reader.read(out),
            Self::Gzip(decoder) => decoder.read(out),
            Self::Zstd(decoder) => decoder.read(out),
        }
    }
}
