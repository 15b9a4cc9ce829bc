//! The memory that the files of one subject may take, whatever is in them.

use std::io;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use catalog::Found;

/// Bytes for files that are being read and for what they gave, together.
const TOTAL: u64 = 176 << 20;

/// The part of it that what files gave may take. The largest images of real distributions come to a tenth.
const KEPT: u64 = 96 << 20;

/// The most that a spare buffer keeps.
const SPARE: usize = 4 << 20;

/// One allowance, shared by all threads that read a subject.
#[derive(Debug, Default)]
pub struct Allowance {
    used: Mutex<Used>,
    freed: Condvar,
    /// Buffers that nobody uses at the moment: fresh memory costs more than the copy into it.
    spare: Mutex<Vec<Vec<u8>>>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Used {
    /// By files that are being read.
    held: u64,
    /// By what files gave.
    kept: u64,
}

/// Memory in use; given back when dropped.
#[derive(Debug)]
pub struct Held<'a> {
    allowance: &'a Allowance,
    bytes: u64,
}

impl Allowance {
    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes memory for a file, and waits while others hold too much. Whoever holds memory asks for no
    /// more, so waiting ends. Nothing where it would not fit even then.
    pub fn take(&self, bytes: u64) -> Option<Held<'_>> {
        let mut used = self.used();
        loop {
            let free = TOTAL.saturating_sub(used.held).saturating_sub(used.kept);
            if bytes <= free {
                used.held += bytes;
                return Some(Held { allowance: self, bytes });
            }
            if used.held == 0 {
                return None;
            }
            used = self.freed.wait(used).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// An empty buffer.
    pub fn buffer(&self) -> Vec<u8> {
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Takes a buffer back; the memory that a large file needed is not kept.
    pub fn give_back(&self, mut buffer: Vec<u8>) {
        buffer.clear();
        buffer.shrink_to(SPARE);
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).push(buffer);
    }

    /// Counts what a file gave.
    ///
    /// # Errors
    /// The subject gives more than any real one.
    pub fn keep(&self, found: &Found) -> io::Result<()> {
        let mut used = self.used();
        used.kept = used.kept.saturating_add(weight(found));
        if used.kept > KEPT {
            let fault = "more packages and problems than are kept of one subject";
            return Err(io::Error::new(io::ErrorKind::InvalidData, fault));
        }
        Ok(())
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.allowance.used().held -= self.bytes;
        self.allowance.freed.notify_all();
    }
}

/// Roughly the memory that something found takes until it stands in the report. A package is copied into
/// the inventory, its kept copy and the report.
fn weight(found: &Found) -> u64 {
    let texts = |texts: &[&String]| texts.iter().map(|text| text.len()).sum::<usize>();
    let packages = found.packages.iter().map(|p| 1024 + 4 * texts(&[&p.name, &p.version]));
    let system = found.system.iter().map(|p| 1024 + 4 * texts(&[&p.name, &p.version]));
    let problems = found.problems.iter().map(|p| 512 + 2 * texts(&[&p.path, &p.reason]));
    let owned = found.owned.iter().flat_map(|owned| &owned.paths).map(|path| 48 + path.len());
    (packages.chain(system).chain(problems).sum::<usize>() + owned.sum::<usize>()) as u64
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    #[test]
    fn what_can_never_fit_is_refused_and_what_fits_later_waits() {
        let allowance = Allowance::default();
        assert!(allowance.take(TOTAL + 1).is_none());
        let (now, most) = (AtomicU64::new(0), AtomicU64::new(0));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..100 {
                        let held = allowance.take(TOTAL / 2).unwrap();
                        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                        now.fetch_sub(1, Ordering::SeqCst);
                        drop(held);
                    }
                });
            }
        });
        assert!(most.load(Ordering::SeqCst) <= 2);
        assert_eq!(allowance.used().held, 0);
    }

    #[test]
    fn a_subject_of_endless_problems_is_refused() {
        let allowance = Allowance::default();
        let problem = model::Problem::new("x".repeat(1 << 20), "y");
        let found = Found { problems: vec![problem], ..Found::default() };
        assert!((0..200).any(|_| allowance.keep(&found).is_err()));
    }
}
