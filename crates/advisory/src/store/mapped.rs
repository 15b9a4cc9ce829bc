//! A part of a mapped file, for an index that is read where it lies.

use std::path::Path;
use std::rc::Rc;

use super::StoreError;

/// The bytes of a file from some place to its end, shared by everybody who looks at them.
#[derive(Clone, Debug)]
pub(crate) struct Mapped {
    map: Rc<vmap::Map>,
    start: usize,
}

impl Mapped {
    /// Maps a whole file.
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let (map, _file) = vmap::Map::with_options()
            .open(path)
            .map_err(|fault| std::io::Error::other(fault.to_string()))?;
        Ok(Self { map: Rc::new(map), start: 0 })
    }

    /// The same file from a later place on.
    pub(crate) fn from(&self, start: usize) -> Self {
        Self { map: Rc::clone(&self.map), start }
    }

    /// An index of names over these bytes. Its checksum is verified first, because a damaged index would
    /// make the crate that walks it panic.
    pub(crate) fn index(self) -> Result<fst::Map<Self>, StoreError> {
        let index = fst::Map::new(self).map_err(|_damaged| StoreError::Damaged)?;
        index.as_fst().verify().map_err(|_damaged| StoreError::Damaged)?;
        Ok(index)
    }
}

impl AsRef<[u8]> for Mapped {
    fn as_ref(&self) -> &[u8] {
        self.map.get(self.start..).unwrap_or_default()
    }
}
