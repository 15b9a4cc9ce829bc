//! What a layer does to the tree, in a few bytes for each entry.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher as _, DefaultHasher, Hasher as _, RandomState};

use model::Problem;

use crate::path::{ancestors, split};

/// Paths as keyed 64-bit hashes. The key is drawn anew in each run, so nobody can prepare names that
/// collide; by chance two of a million names do so once in 37 million runs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Paths(RandomState);

impl Paths {
    pub(crate) fn hash(&self, path: &str) -> u64 {
        let mut hasher = self.0.build_hasher();
        hasher.write(path.as_bytes());
        hasher.finish()
    }

    /// The hashes of everything on the way to a path, the path's own last, in one pass over it.
    pub(crate) fn trail(&self, path: &str) -> Vec<u64> {
        let mut trail = Vec::with_capacity(8);
        self.start("").below(path, &mut trail);
        trail
    }

    /// Begins paths that share this one.
    pub(crate) fn start(&self, path: &str) -> Start {
        let mut hasher = self.0.build_hasher();
        hasher.write(path.as_bytes());
        Start(hasher)
    }
}

/// A path of which only the end is still open.
#[derive(Clone, Debug)]
pub(crate) struct Start(DefaultHasher);

impl Start {
    pub(crate) fn hash(&self) -> u64 {
        self.0.finish()
    }

    /// Adds the hashes of everything further down, where `rest` begins with its slash unless this is the
    /// root.
    pub(crate) fn below(&self, rest: &str, trail: &mut Vec<u64>) {
        let mut hasher = self.0.clone();
        for (at, part) in rest.split('/').enumerate() {
            if at > 0 {
                if !(at == 1 && rest.starts_with('/')) {
                    trail.push(hasher.finish());
                }
                hasher.write(b"/");
            }
            hasher.write(part.as_bytes());
        }
        trail.push(hasher.finish());
    }
}

/// What kind of entry stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Directory,
    /// Symbolic link, device, pipe: anything that hides what lies below it.
    Other,
}

const KIND: u64 = 0b11;

/// A link whose own path somebody wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Link {
    pub path: String,
    pub target: String,
    pub hard: bool,
}

/// Problems that are told one by one; the rest is counted.
const MAX_PROBLEMS: usize = 100;

/// The entries of one layer.
#[derive(Debug, Default)]
pub(crate) struct LayerIndex {
    /// Path hashes with the kind in the two lowest bits, sorted once the layer has been read.
    entries: Vec<u64>,
    /// Directories that something stands in.
    parents: HashSet<u64>,
    whiteouts: HashSet<u64>,
    opaque: HashSet<u64>,
    pub(crate) symlinks: Vec<(String, String)>,
    pub(crate) wanted: Vec<Link>,
    /// Files that were looked at for their content, and hard links to them, with the file's own path.
    taken: HashMap<u64, u64>,
    /// Hard links to such files by the file's own path, sorted once the layer has been read.
    names: Vec<(u64, String)>,
    pub(crate) problems: Vec<Problem>,
    untold: usize,
    room: usize,
    last_parent: Option<u64>,
}

impl LayerIndex {
    pub(crate) fn add(&mut self, paths: &Paths, path: &str, kind: Kind) {
        self.entries.push(paths.hash(path) & !KIND | kind as u64);
        self.enter(paths, split(path).0);
    }

    /// Notes the directory and those above it, up to the first that is known already.
    fn enter(&mut self, paths: &Paths, directory: &str) {
        let hash = paths.hash(directory);
        if self.last_parent == Some(hash) {
            return;
        }
        self.last_parent = Some(hash);
        let mut above = ancestors(directory);
        let mut fresh = self.parents.insert(hash);
        while let (true, Some(ancestor)) = (fresh, above.next()) {
            fresh = self.parents.insert(paths.hash(ancestor));
            // Entries are bounded elsewhere, but one entry may stand below thousands of directories.
            self.room += 16;
        }
    }

    pub(crate) fn white_out(&mut self, paths: &Paths, path: &str) {
        self.whiteouts.insert(paths.hash(path));
        self.enter(paths, split(path).0);
        self.room(path.len());
    }

    pub(crate) fn make_opaque(&mut self, paths: &Paths, path: &str) {
        self.opaque.insert(paths.hash(path));
        self.enter(paths, path);
        self.room(path.len());
    }

    pub(crate) fn link(&mut self, path: &str, target: &str) {
        self.symlinks.push((path.to_owned(), target.to_owned()));
        self.room(path.len() + target.len());
    }

    pub(crate) fn want(&mut self, link: Link) {
        let length = link.path.len() + link.target.len();
        self.wanted.push(link);
        self.room(length);
    }

    /// Notes a file that was looked at for its content. Nobody asks for its other names by their paths, so
    /// they must be known should this one be removed.
    pub(crate) fn take(&mut self, paths: &Paths, path: &str) {
        let hash = paths.hash(path);
        self.taken.insert(hash, hash);
    }

    /// Notes a hard link that nobody wants for its path.
    pub(crate) fn hard_link(&mut self, paths: &Paths, path: &str, target: &str) {
        let Some(file) = self.taken.get(&paths.hash(target)).copied() else { return };
        self.taken.insert(paths.hash(path), file);
        self.names.push((file, path.to_owned()));
        self.room(path.len());
    }

    /// Further names of the file at this path, as far as nobody wants them for themselves.
    pub(crate) fn other_names(&self, file: u64) -> impl Iterator<Item = &str> {
        let from = self.names.partition_point(|(other, _)| *other < file);
        let names = self.names.get(from..).unwrap_or_default().iter();
        names.take_while(move |(other, _)| *other == file).map(|(_, name)| name.as_str())
    }

    /// Counts names that are kept beside the entries.
    fn room(&mut self, length: usize) {
        self.room += length + 64;
    }

    /// The bytes that names have taken since this was asked last.
    pub(crate) fn taken_room(&mut self) -> usize {
        std::mem::take(&mut self.room)
    }

    pub(crate) fn problem(&mut self, path: &str, reason: impl ToString) {
        if self.problems.len() < MAX_PROBLEMS {
            self.problems.push(Problem::new(path, reason));
        } else {
            self.untold += 1;
        }
    }

    /// Called once after the last entry. Of several entries with one path the last one counts, as it
    /// would when unpacked.
    pub(crate) fn seal(&mut self, layer: &str) {
        self.entries.sort_by_key(|entry| entry & !KIND);
        self.entries.shrink_to_fit();
        self.taken = HashMap::new();
        // By path as well, so that of several names every run reports the same.
        self.names.sort();
        if self.untold > 0 {
            let reason = format!("{} more entries with names that are no paths", self.untold);
            self.problems.push(Problem::new(layer, reason));
        }
    }

    pub(crate) fn kind(&self, hash: u64) -> Option<Kind> {
        let key = hash & !KIND;
        let after = self.entries.partition_point(|entry| entry & !KIND <= key);
        let last = after.checked_sub(1).and_then(|at| self.entries.get(at)).copied()?;
        if last & !KIND != key {
            return None;
        }
        Some(match last & KIND {
            0 => Kind::File,
            1 => Kind::Directory,
            _ => Kind::Other,
        })
    }

    pub(crate) fn is_parent(&self, hash: u64) -> bool {
        self.parents.contains(&hash)
    }

    pub(crate) fn whites_out(&self, hash: u64) -> bool {
        self.whiteouts.contains(&hash)
    }

    pub(crate) fn is_opaque(&self, hash: u64) -> bool {
        self.opaque.contains(&hash)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trail_holds_the_hashes_of_a_path_and_its_ancestors() {
        let paths = Paths::default();
        let expected = ["usr", "usr/lib", "usr/lib/x"].map(|path| paths.hash(path));
        assert_eq!(paths.trail("usr/lib/x"), expected);
        assert_eq!(paths.trail(""), [paths.hash("")]);
        let mut below = Vec::new();
        paths.start("usr").below("/lib/x", &mut below);
        assert_eq!(below, expected[1..]);
    }
}
