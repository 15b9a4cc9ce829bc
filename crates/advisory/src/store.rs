//! One immutable file for each ecosystem: an index from package name to what affects it.
//!
//! Layout, all numbers little-endian: 8 bytes magic, then six 8-byte fields (advisories, packages, time of
//! the source in Unix seconds, and the ends of the three parts), then the parts: heads (what is said of
//! an advisory as a whole), blocks (what is said of a package), index (an `fst` map from name to block).
//! The file is mapped, not read, so opening costs nothing and any number of processes share it. Every
//! read is bounds-checked: a damaged file gives an error, never a wrong answer by accident of memory.

pub(crate) mod build;
mod mapped;
mod record;

use std::path::Path;

pub(crate) use mapped::Mapped;
use record::Reader;
pub(crate) use record::{Affected, EventKind, Head, Range, RangeKind};
use smallvec::SmallVec;

const MAGIC: &[u8; 8] = b"HAECHI\x01\x02";
const HEADER: usize = 8 + 6 * 8;

/// Why a database file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Reading the file.
    #[error("{0}")]
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
        Reader::new(self.head).head().ok_or(StoreError::Damaged)
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
        if !bytes.starts_with(MAGIC) {
            return Err(StoreError::Damaged);
        }
        let place = |at: usize| usize::try_from(field(at)?).map_err(|_beyond| StoreError::Damaged);
        let (heads_end, blocks_end, end) = (place(3)?, place(4)?, place(5)?);
        let ordered = HEADER <= heads_end
            && heads_end <= blocks_end
            && blocks_end <= end
            && end == bytes.len();
        if !ordered {
            return Err(StoreError::Damaged);
        }
        let (advisories, packages) = (field(0)?, field(1)?);
        let source_time = i64::from_le_bytes(field(2)?.to_le_bytes());
        let index = map.from(blocks_end).index()?;
        Ok(Self { advisories, packages, source_time, heads_end, blocks_end, index, map })
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
        let mut reader = Reader::new(block.ok_or(StoreError::Damaged)?);
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
