//! What one package database may give, so that a made-up one takes bounded memory.

use crate::Problem;

/// Packages; the largest distributions have some thousand installed.
pub(super) const MAX_PACKAGES: usize = 100_000;

/// Bytes of all paths together, with what it takes to hold each.
pub(super) const MAX_PATHS: usize = 32 << 20;

/// Room for the paths of one database.
#[derive(Debug)]
pub(super) struct Room {
    left: usize,
    full: bool,
}

impl Room {
    pub(super) fn new() -> Self {
        Self { left: MAX_PATHS, full: false }
    }

    /// Whether a path of this length still fits; after one that does not, none does.
    pub(super) fn take(&mut self, length: usize) -> bool {
        match self.left.checked_sub(length + 2 * size_of::<String>()) {
            Some(left) if !self.full => self.left = left,
            _ => self.full = true,
        }
        !self.full
    }

    pub(super) fn is_full(&self) -> bool {
        self.full
    }

    /// Says of the database at `path` that paths were left out, where they were.
    pub(super) fn problem(&self, path: &str) -> Option<Problem> {
        let reason = format!(
            "names files of packages with more than {} MiB: some may be listed a second time, as language packages",
            MAX_PATHS >> 20
        );
        self.full.then(|| Problem::new(path, reason))
    }
}
