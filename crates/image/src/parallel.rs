//! Independent work on as many threads as there are processors.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;

use crate::ImageError;

/// Layers open at one time, whatever the machine has: each holds buffers.
const MOST: usize = 8;

/// Does the work for every index of `order`, in that order, and gives the results by index. The first
/// failure stops what has not begun; of several failures the one with the least index is given, so that
/// a run repeats.
pub(crate) fn each<T: Send>(
    order: &[usize],
    work: &(dyn Fn(usize) -> Result<T, ImageError> + Sync),
) -> Result<Vec<T>, ImageError> {
    let threads = thread::available_parallelism().map_or(1, usize::from).min(MOST).min(order.len());
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let results: Mutex<Vec<(usize, Result<T, ImageError>)>> =
        Mutex::new(Vec::with_capacity(order.len()));
    let run = || {
        while let Some(at) = order.get(next.fetch_add(1, Ordering::Relaxed)) {
            if failed.load(Ordering::Relaxed) {
                break;
            }
            let result = work(*at);
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            if let Ok(mut results) = results.lock() {
                results.push((*at, result));
            }
        }
    };
    thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    let mut results = results.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    results.sort_by_key(|(at, _)| *at);
    results.into_iter().map(|(_, result)| result).collect()
}
