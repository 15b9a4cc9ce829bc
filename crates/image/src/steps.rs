//! What following links and looking into layers may cost for one image.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::ImageError;

/// Looks into a layer or a table of links, for all names of an image together. An image of a hundred
/// layers and as many thousand links needs a tenth of it; links that lead to links by the thousand
/// multiply without end.
const MOST: u64 = 200_000_000;

/// The steps taken so far.
#[derive(Debug, Default)]
pub(crate) struct Steps(AtomicU64);

impl Steps {
    /// Counts steps. Nothing should be looked up any more once this says no.
    pub(crate) fn take(&self, count: usize) -> bool {
        let count = count as u64;
        self.0.fetch_add(count, Ordering::Relaxed).saturating_add(count) <= MOST
    }

    /// What was answered without looking is not true, so nothing of it may be reported.
    pub(crate) fn check(&self) -> Result<(), ImageError> {
        if self.0.load(Ordering::Relaxed) <= MOST {
            return Ok(());
        }
        Err(ImageError::Refused("links in the image take too long to follow".to_owned()))
    }
}
