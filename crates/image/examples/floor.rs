//! The least that reading an image costs: every layer decompressed, every packed blob hashed, nothing looked at.
//!
//! It takes an OCI image layout directory or archive and works on as many threads as there are processors.
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::fs::File;
use std::io::{self, BufRead as _, BufReader, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use sha2::Digest as _;

/// Hashes what is read through it.
struct Hashed<R>(R, sha2::Sha256);

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let count = self.0.read(out)?;
        self.1.update(out.get(..count).unwrap_or_default());
        Ok(count)
    }
}

/// A blob: a file, or a part of an archive.
struct Blob {
    path: PathBuf,
    start: u64,
    size: u64,
}

fn main() -> io::Result<()> {
    let name = std::env::args().nth(1).unwrap_or_default();
    let mut blobs = blobs(Path::new(&name))?;
    blobs.sort_by_key(|blob| std::cmp::Reverse(blob.size));
    let next = AtomicUsize::new(0);
    let (packed, unpacked) = (AtomicU64::new(0), AtomicU64::new(0));
    let run = || -> io::Result<()> {
        while let Some(blob) = blobs.get(next.fetch_add(1, Ordering::Relaxed)) {
            packed.fetch_add(blob.size, Ordering::Relaxed);
            unpacked.fetch_add(read(blob)?, Ordering::Relaxed);
        }
        Ok(())
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        run()?;
        others.into_iter().try_for_each(|other| {
            other.join().unwrap_or_else(|_| Err(io::Error::other("a thread ended early")))
        })
    })?;
    println!("{} blobs, {packed:?} bytes packed, {unpacked:?} unpacked", blobs.len());
    Ok(())
}

/// Reads a blob to its end, through the decoder that its first bytes ask for.
fn read(blob: &Blob) -> io::Result<u64> {
    let mut file = File::open(&blob.path)?;
    file.seek(SeekFrom::Start(blob.start))?;
    let hashed = Hashed(file.take(blob.size), sha2::Sha256::new());
    let mut packed = BufReader::with_capacity(64 << 10, hashed);
    let head = packed.fill_buf()?;
    let (gzip, zstd) =
        (head.starts_with(&[0x1f, 0x8b]), head.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]));
    let count = if gzip {
        drain(&mut flate2::bufread::MultiGzDecoder::new(&mut packed))?
    } else if zstd {
        drain(&mut zstd::stream::read::Decoder::with_buffer(&mut packed)?)?
    } else {
        0
    };
    Ok(count + drain(&mut packed)?)
}

fn drain(from: &mut dyn Read) -> io::Result<u64> {
    let mut buffer = vec![0u8; 64 << 10];
    let mut total = 0;
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(total),
            count => total += count as u64,
        }
    }
}

fn blobs(path: &Path) -> io::Result<Vec<Blob>> {
    let mut blobs = Vec::new();
    if path.is_dir() {
        for entry in std::fs::read_dir(path.join("blobs/sha256"))? {
            let path = entry?.path();
            let size = path.metadata()?.len();
            blobs.push(Blob { path, start: 0, size });
        }
        return Ok(blobs);
    }
    let mut archive = tar::Archive::new(File::open(path)?);
    for entry in archive.entries_with_seek()? {
        let entry = entry?;
        if entry.path_bytes().starts_with(b"blobs/") && entry.header().entry_type().is_file() {
            let (start, size) = (entry.raw_file_position(), entry.size());
            blobs.push(Blob { path: path.to_path_buf(), start, size });
        }
    }
    Ok(blobs)
}
