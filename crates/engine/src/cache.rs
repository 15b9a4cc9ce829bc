//! Inventories of images already read, kept by digest: the same digest is never read twice.
//!
//! A digest names its content, so an entry never goes stale; it is left aside by another build of the
//! program, whose parsers may see more. Findings are never kept, because advisories change.

use std::io::Write as _;
use std::path::PathBuf;

use model::{Digest, Inventory};
use serde::{Deserialize, Serialize};

/// An entry larger than this was not written by us.
const MAX_BYTES: u64 = 256 << 20;

/// Entries kept; beyond this the ones that were written first go.
const MOST: usize = 1_000;

/// Where inventories are kept.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: PathBuf,
    build: String,
}

#[derive(Serialize)]
struct Out<'a> {
    build: &'a str,
    digest: &'a Digest,
    inventory: &'a Inventory,
}

#[derive(Deserialize)]
struct In {
    build: String,
    digest: Digest,
    inventory: Inventory,
}

impl Cache {
    /// A cache in this folder, which is made when the first entry is written. `build` names the build of
    /// the program; entries of another one are not taken.
    pub fn new(folder: impl Into<PathBuf>, build: impl Into<String>) -> Self {
        Self { folder: folder.into(), build: build.into() }
    }

    fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(format!("{}-{}.json", digest.algorithm().name(), digest.hex()))
    }

    /// The inventory of an image, or nothing when it was not kept by this version or cannot be read.
    pub fn get(&self, digest: &Digest) -> Option<Inventory> {
        let path = self.path(digest);
        if std::fs::metadata(&path).ok()?.len() > MAX_BYTES {
            return None;
        }
        let entry: In = serde_json::from_slice(&std::fs::read(&path).ok()?).ok()?;
        (entry.build == self.build && entry.digest == *digest).then_some(entry.inventory)
    }

    /// Keeps an inventory. Written beside and renamed, so that a reader sees a whole entry or none.
    /// File ownership is left out: it is most of the size and no part of a repeated verdict.
    pub fn put(&self, digest: &Digest, inventory: &Inventory) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.folder)?;
        let mut slim = inventory.clone();
        slim.ownership = Vec::new();
        let entry = Out { build: &self.build, digest, inventory: &slim };
        let mut file = tempfile::NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(&entry)?)?;
        file.persist(self.path(digest)).map_err(|fault| fault.error)?;
        self.prune()
    }

    /// Removes the oldest entries above [`MOST`].
    fn prune(&self) -> std::io::Result<()> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(&self.folder)? {
            entries.push(entry?.path());
        }
        let Some(surplus) = entries.len().checked_sub(MOST).filter(|surplus| *surplus > 0) else {
            return Ok(());
        };
        entries.sort_by_cached_key(|path| std::fs::metadata(path).and_then(|m| m.modified()).ok());
        for path in entries.iter().take(surplus) {
            std::fs::remove_file(path)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_comes_back_and_a_broken_entry_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path().join("new"), "1");
        let digest = Digest::of(b"image");
        assert_eq!(cache.get(&digest), None);
        let inventory = Inventory::default();
        cache.put(&digest, &inventory).unwrap();
        assert_eq!(cache.get(&digest), Some(inventory));
        assert_eq!(cache.get(&Digest::of(b"another")), None);
        assert_eq!(Cache::new(cache.folder.clone(), "2").get(&digest), None);
        std::fs::write(cache.path(&digest), b"{\"build\":1").unwrap();
        assert_eq!(cache.get(&digest), None);
    }

    #[test]
    fn the_oldest_entries_go_when_there_are_too_many() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), "1");
        let long_ago = std::time::SystemTime::UNIX_EPOCH;
        for number in 0..MOST {
            let file = std::fs::File::create(folder.path().join(format!("{number}.json"))).unwrap();
            file.set_modified(long_ago).unwrap();
        }
        let digest = Digest::of(b"image");
        cache.put(&digest, &Inventory::default()).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), MOST);
        assert_eq!(cache.get(&digest), Some(Inventory::default()));
    }
}
