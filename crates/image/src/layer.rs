//! Reads one layer: every entry into the index, every regular file to the visitor.

use std::borrow::Cow;
use std::cell::RefCell;
use std::io::{self, Read};
use std::rc::Rc;

use model::{Algorithm, Digest};

use crate::blob::Hashed;
use crate::bounds::{Bounded, Bounds};
use crate::forward::{Forward, Shared, invalid};
use crate::index::{Kind, LayerIndex, Link, Paths};
use crate::path::{clean, split};
use crate::unpack::Unpack;
use crate::{Entry, Visitor};

/// Marks the entry that it names as removed (OCI image specification, layer.md, "Whiteouts").
const WHITEOUT: &str = ".wh.";

/// Marks everything below its directory in lower layers as removed.
const OPAQUE: &str = ".wh..wh..opq";

/// Files from this size on may be refused for it by whoever looks at them, without a byte read.
const LARGE: u64 = 16 << 20;

/// Sparse files below this size hold nothing that anybody knows by its content.
const SMALL: u64 = 64;

/// Digests of what passed.
#[derive(Debug)]
pub(crate) struct Passed {
    pub packed: Option<Digest>,
    pub packed_size: u64,
    pub unpacked: Option<Digest>,
}

/// Reads a layer to its end. `unpacked` asks for the digest of the unpacked bytes as well.
pub(crate) fn walk<R: Read, V: Visitor>(
    packed: Hashed<R>,
    unpacked: Option<Algorithm>,
    paths: &Paths,
    bounds: &Bounds,
    index: &mut LayerIndex,
    visitor: &mut V,
) -> io::Result<Passed> {
    let stream = Hashed::new(Bounded::new(Unpack::new(packed)?, bounds), unpacked, u64::MAX);
    let forward = Rc::new(RefCell::new(Forward::new(stream)));
    entries(&Shared(Rc::clone(&forward)), paths, bounds, index, visitor)?;
    let Some(forward) = Rc::into_inner(forward) else {
        return Err(invalid("layer is still being read"));
    };
    let mut stream = forward.into_inner().into_inner();
    let unpacked = if unpacked.is_some() { stream.drain_digest()? } else { None };
    let (packed, packed_size) = stream.into_inner().into_inner().into_packed().finish()?;
    Ok(Passed { packed, packed_size, unpacked })
}

fn entries<R: Read, V: Visitor>(
    shared: &Shared<R>,
    paths: &Paths,
    bounds: &Bounds,
    index: &mut LayerIndex,
    visitor: &mut V,
) -> io::Result<()> {
    let mut archive = tar::Archive::new(shared.clone());
    let mut path = String::new();
    for entry in archive.entries_with_seek()? {
        let mut entry = entry?;
        shared.header_done();
        bounds.entry()?;
        let sparse = sparse(&mut entry)?;
        let name = match &sparse {
            Some(Sparse { name: Some(name), .. }) => Cow::Borrowed(name.as_slice()),
            _ => entry.path_bytes(),
        };
        if let Err(fault) = clean(&name, &mut path) {
            let shown: String = String::from_utf8_lossy(&name).chars().take(200).collect();
            index.problem(&shown, fault);
            continue;
        }
        if path.is_empty() {
            continue;
        }
        let (directory, last) = split(&path);
        if let Some(removed) = last.strip_prefix(WHITEOUT) {
            white_out(paths, index, directory, last, removed);
            bounds.names(index.taken_room())?;
            continue;
        }
        let kind = entry.header().entry_type();
        if let Some(Sparse { size, .. }) = sparse {
            // As no file that is shown: a link to it then leads to nothing and is told too.
            index.add(paths, &path, Kind::Other);
            if size >= SMALL || visitor.wants(&path) {
                index.problem(&path, "sparse file in a layer");
            }
        } else if kind.is_dir() {
            index.add(paths, &path, Kind::Directory);
        } else if kind.is_symlink() || kind.is_hard_link() {
            let target = entry.link_name_bytes().unwrap_or_default();
            link(paths, index, visitor, &path, &target, kind.is_hard_link());
        } else if kind.is_file() || kind.is_contiguous() {
            index.add(paths, &path, Kind::File);
            let size = entry.size();
            let mode = entry.header().mode().unwrap_or(0) & 0o7777;
            visitor.file(&Entry { path: &path, size, mode }, &mut shared.body(size))?;
            // Too large to be read may also be something that was told.
            if (shared.body_was_read() || size >= LARGE) && !visitor.wants(&path) {
                index.take(paths, &path);
            }
        } else {
            index.add(paths, &path, Kind::Other);
        }
        bounds.names(index.taken_room())?;
    }
    Ok(())
}

/// A file stored without its holes, whose content would have to be put together again.
struct Sparse {
    /// The file's own name, where the entry has another.
    name: Option<Vec<u8>>,
    size: u64,
}

/// Whether the entry is a sparse file: by its type, or by records that GNU tar puts into a PAX header
/// (GNU tar manual, "Storing Sparse Files").
fn sparse<R: Read>(entry: &mut tar::Entry<'_, R>) -> io::Result<Option<Sparse>> {
    let kind = entry.header().entry_type();
    let mut size = entry.size();
    if kind.is_gnu_sparse() {
        return Ok(Some(Sparse { name: None, size }));
    }
    // Of entries without such a header, which is nearly all, nothing is read here.
    let regular = kind.is_file() || kind.is_contiguous();
    let (Some(records), true) = (entry.pax_extensions()?, regular) else { return Ok(None) };
    let mut found = false;
    let mut name = None;
    for record in records.flatten() {
        let Some(key) = record.key_bytes().strip_prefix(b"GNU.sparse.") else { continue };
        found = true;
        match key {
            b"name" => name = Some(record.value_bytes().to_vec()),
            b"realsize" | b"size" => {
                let real = record.value().ok().and_then(|text| text.parse().ok());
                size = size.max(real.unwrap_or(u64::MAX));
            }
            _ => {}
        }
    }
    Ok(found.then_some(Sparse { name, size }))
}

fn white_out(paths: &Paths, index: &mut LayerIndex, directory: &str, last: &str, removed: &str) {
    if last == OPAQUE {
        index.make_opaque(paths, directory);
    } else if removed.starts_with(WHITEOUT) {
        // Names reserved by AUFS, such as `.wh..wh.plnk`, name nothing in the tree.
    } else if directory.is_empty() {
        index.white_out(paths, removed);
    } else {
        index.white_out(paths, &format!("{directory}/{removed}"));
    }
}

fn link<V: Visitor>(
    paths: &Paths,
    index: &mut LayerIndex,
    visitor: &V,
    path: &str,
    target: &[u8],
    hard: bool,
) {
    index.add(paths, path, if hard { Kind::File } else { Kind::Other });
    let text = String::from_utf8_lossy(target);
    let wanted = visitor.wants(path);
    if wanted {
        index.want(Link { path: path.to_owned(), target: text.clone().into_owned(), hard });
    }
    let mut cleaned = String::new();
    if !hard {
        index.link(path, &text);
    } else if !wanted && clean(target, &mut cleaned).is_ok() {
        index.hard_link(paths, path, &cleaned);
    }
}
