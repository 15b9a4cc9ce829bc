//! One immutable file for each ecosystem: an index from package name to what affects it.
//!
//! Layout, all numbers little-endian: 8 bytes magic, then seven 8-byte fields (advisories, packages, time of
//! the source in Unix seconds, and the ends of the four parts) and their CRC-32, then the parts: heads (what
//! is said of an advisory as a whole), blocks (what is said of a package), releases (of the distribution,
//! that some advisory speaks of), index (an `fst` map from name to block). Each head, each block and the
//! releases are frames: length, CRC-32, content. The index ends with a checksum of its own.
//!
//! The file is mapped, not read, and any number of processes share it. Opening reads the header, the
//! releases and the index, which is a small part of the file; a lookup reads one block and the heads that
//! hit. Both verify what they read, so a damaged file gives an error, never a wrong answer.

pub(crate) mod build;
mod mapped;
mod record;

use std::path::Path;

pub(crate) use mapped::Mapped;
pub(crate) use record::{Affected, EventKind, Head, Range, RangeKind};
use record::{Reader, checksum};
use smallvec::SmallVec;

/// Raised when the files are written differently: older ones are then refused and built anew.
pub(crate) const FORMAT: u32 = 3;

const MAGIC: [u8; 8] = [b'H', b'A', b'E', b'C', b'H', b'I', 1, FORMAT.to_le_bytes()[0]];
/// Magic and fields, which the checksum behind them proves.
const FIELDS: usize = 8 + 7 * 8;
const HEADER: usize = FIELDS + 4;

/// Why a database file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading the file.
    #[error(transparent)]
    Read(#[from] std::io::Error),
    /// The file is not of this format or is damaged.
    #[error("damaged, or written by another version")]
    Damaged,
}

/// The advisories of one ecosystem.
#[derive(Debug)]
pub(crate) struct Store {
    map: Mapped,
    pub advisories: u64,
    pub packages: u64,
    pub source_time: i64,
    heads_end: usize,
    blocks_end: usize,
    releases_end: usize,
    index: fst::Map<Mapped>,
}

/// An advisory that speaks of a package.
#[derive(Debug)]
pub(crate) struct Speaking<'a> {
    head: &'a [u8],
    /// What it says of the package.
    pub entries: SmallVec<[Affected<'a>; 1]>,
}

impl<'a> Speaking<'a> {
    /// What it says as a whole, read only when asked for: most advisories do not hit.
    pub(crate) fn head(&self) -> Result<Head<'a>, StoreError> {
        let head = Reader::new(self.head).framed().and_then(|mut frame| frame.head());
        head.ok_or(StoreError::Damaged)
    }
}

impl Store {
    pub(crate) fn open(path: &Path) -> Result<Self, StoreError> {
        let map = Mapped::open(path)?;
        let bytes = map.as_ref();
        let field = |at: usize| -> Result<u64, StoreError> {
            let bytes = bytes
                .get(8 + at * 8..16 + at * 8)
                .and_then(|bytes| <[u8; 8]>::try_from(bytes).ok());
            bytes.map(u64::from_le_bytes).ok_or(StoreError::Damaged)
        };
        let proved = bytes.get(..FIELDS).map(checksum);
        if !bytes.starts_with(&MAGIC)
            || proved.as_ref().map(|sum| &sum[..]) != bytes.get(FIELDS..HEADER)
        {
            return Err(StoreError::Damaged);
        }
        let place = |at: usize| usize::try_from(field(at)?).map_err(|_beyond| StoreError::Damaged);
        let (heads_end, blocks_end) = (place(3)?, place(4)?);
        let (releases_end, end) = (place(5)?, place(6)?);
        let ordered = HEADER <= heads_end
            && heads_end <= blocks_end
            && blocks_end <= releases_end
            && releases_end <= end
            && end == bytes.len();
        if !ordered {
            return Err(StoreError::Damaged);
        }
        let (advisories, packages) = (field(0)?, field(1)?);
        let source_time = i64::from_le_bytes(field(2)?.to_le_bytes());
        let index = map.from(releases_end).index()?;
        let store = Self {
            map,
            advisories,
            packages,
            source_time,
            heads_end,
            blocks_end,
            releases_end,
            index,
        };
        store.releases()?;
        Ok(store)
    }

    /// The releases that some advisory speaks of; the empty text stands for all.
    pub(crate) fn releases(&self) -> Result<SmallVec<[&str; 2]>, StoreError> {
        let bytes = self.map.as_ref().get(self.blocks_end..self.releases_end);
        let frame = bytes.and_then(|bytes| Reader::new(bytes).framed());
        frame.and_then(|mut frame| frame.texts()).ok_or(StoreError::Damaged)
    }

    /// Proves every frame of the file; opening has proved the rest.
    pub(crate) fn verify(&self) -> Result<(), StoreError> {
        for part in [HEADER..self.heads_end, self.heads_end..self.blocks_end] {
            let mut reader = Reader::new(self.map.as_ref().get(part).ok_or(StoreError::Damaged)?);
            while !reader.is_empty() {
                reader.framed().ok_or(StoreError::Damaged)?;
            }
        }
        Ok(())
    }

    /// Shows what affects the package of this (normalised) name, as far as `wanted` says yes to the release.
    pub(crate) fn affecting<'s>(
        &'s self,
        name: &str,
        wanted: &dyn Fn(&str) -> bool,
        each: &mut dyn FnMut(Speaking<'s>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let Some(at) = self.index.get(name) else { return Ok(()) };
        let bytes = self.map.as_ref();
        let blocks = bytes.get(self.heads_end..self.blocks_end).ok_or(StoreError::Damaged)?;
        let heads = bytes.get(HEADER..self.heads_end).ok_or(StoreError::Damaged)?;
        let block = usize::try_from(at).ok().and_then(|at| blocks.get(at..));
        let block = block.and_then(|block| Reader::new(block).framed());
        let mut reader = block.ok_or(StoreError::Damaged)?;
        for _ in 0..reader.count().ok_or(StoreError::Damaged)? {
            let mut next = || -> Option<Speaking<'s>> {
                let head = heads.get(reader.count()?..)?;
                let mut entries = SmallVec::new();
                for _ in 0..reader.count()? {
                    entries.extend(reader.affected(wanted)?);
                }
                Some(Speaking { head, entries })
            };
            let speaking = next().ok_or(StoreError::Damaged)?;
            if !speaking.entries.is_empty() {
                each(speaking)?;
            }
        }
        Ok(())
    }

    /// The (normalised) names of the packages that an advisory of this id or alias speaks of. Looks
    /// through the whole file.
    pub(crate) fn speaking(&self, id: &str) -> Result<Vec<String>, StoreError> {
        let mut found = Vec::new();
        let mut names = self.index.stream();
        while let Some((name, _)) = fst::Streamer::next(&mut names) {
            let Ok(name) = std::str::from_utf8(name) else { return Err(StoreError::Damaged) };
            let mut named = false;
            self.affecting(name, &|_| true, &mut |speaking| {
                named |= speaking.head()?.goes_by(id);
                Ok(())
            })?;
            if named {
                found.push(name.to_owned());
            }
        }
        Ok(found)
    }
}
