//! An image archive in one forward pass, as the Docker Engine and standard input give it.
//!
//! The documents that say which member is which layer may come last, so every member is looked at as it
//! passes: what begins like JSON is kept, what is a tar archive is walked as a layer, and both are known by
//! their digests afterwards.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read};

use model::{Algorithm, Digest};

use crate::archive::{DockerEntry, docker_config, docker_entry, docker_layer, open_oci};
use crate::blob::Hashed;
use crate::bounds::Bounds;
use crate::container::{BlobSource, Image, Selection, Walked, check_platform};
use crate::index::{LayerIndex, Link, Paths};
use crate::layer::{Passed, walk};
use crate::manifest::MAX_DOCUMENT;
use crate::outer::Outer;
use crate::path::{clean, split};
use crate::{Descriptor, ImageError, Overlay, Visitor};

/// Documents kept while the layers pass, together.
const MAX_DOCUMENTS: u64 = 64 << 20;

/// Members of one archive.
const MAX_MEMBERS: usize = 20_000;

struct Passing<V> {
    documents: BTreeMap<String, Vec<u8>>,
    layers: BTreeMap<String, (Passed, LayerIndex, V)>,
    links: BTreeMap<String, String>,
    /// Members that are neither, with the fault met when they were taken for a layer.
    faults: BTreeMap<String, String>,
}

/// Reads an image archive (OCI or docker-archive) from a stream. Layers are handed to visitors in the
/// order in which they come; `make` is told that order, and the result has them bottom first.
///
/// # Errors
/// Like [`crate::open_archive`] and [`Image::walk`] together.
pub fn read_stream<V: Visitor>(
    name: &str,
    reader: impl Read,
    wanted: &Selection,
    make: &(dyn Fn(usize) -> V + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<(Image, Walked<V>), ImageError> {
    let paths = Paths::default();
    let mut passing = pass(reader, &paths, make, progress)?;
    let (image, keys) = identify(name, wanted, &passing)?;
    let mut visitors = Vec::new();
    let mut indexes = Vec::new();
    let mut taken = BTreeSet::new();
    // Top first: a layer that is applied twice counts where it is applied last.
    for (at, (layer, key)) in image.layers.iter().zip(keys).enumerate().rev() {
        let digest = &layer.descriptor.digest;
        if taken.contains(&key) {
            indexes.push(LayerIndex::default());
            visitors.push(make(at));
            continue;
        }
        let missing = || match passing.faults.get(&key) {
            Some(fault) => ImageError::Layer { digest: digest.clone(), fault: fault.clone() },
            None => ImageError::Missing(digest.clone()),
        };
        let (passed, index, visitor) = passing.layers.remove(&key).ok_or_else(missing)?;
        let unpacked = passed.unpacked.as_ref() == Some(digest);
        let packed =
            passed.packed.as_ref() == Some(digest) && passed.packed_size == layer.descriptor.size;
        if !unpacked && !packed {
            let actual = passed
                .packed
                .or(passed.unpacked)
                .ok_or_else(|| ImageError::Missing(digest.clone()))?;
            return Err(ImageError::Digest { expected: digest.clone(), actual });
        }
        taken.insert(key);
        indexes.push(index);
        visitors.push(visitor);
    }
    indexes.reverse();
    visitors.reverse();
    let overlay = Overlay::new(paths, indexes);
    let problems = leftover(&overlay, &visitors);
    overlay.check()?;
    let mut walked = Walked { visitors, overlay, problems };
    for layer in walked.overlay.layers_mut() {
        walked.problems.append(&mut layer.problems);
    }
    walked.problems.sort();
    walked.problems.dedup();
    Ok((image, walked))
}

/// A stream cannot be read twice, so wanted files behind links are told instead of shown, unless they were
/// shown under their own names.
fn leftover<V: Visitor>(overlay: &Overlay, visitors: &[V]) -> Vec<model::Problem> {
    let seen = |link: &Link, to: &str| {
        let holder = overlay.holder(to).and_then(|at| visitors.get(at));
        !link.hard && holder.is_some_and(|visitor| visitor.wants(to))
    };
    let visible = overlay.wanted().filter(|(at, link)| overlay.link_visible(*at, &link.path));
    visible
        .filter(|(_, link)| {
            overlay
                .target(&link.path, &link.target, link.hard)
                .is_none_or(|to| overlay.holder(&to).is_some() && !seen(link, &to))
        })
        .map(|(_, link)| {
            let reason =
                format!("link to {}, which a stream cannot show a second time", link.target);
            model::Problem::new(&link.path, reason)
        })
        .collect()
}

fn pass<V: Visitor>(
    reader: impl Read,
    paths: &Paths,
    make: &(dyn Fn(usize) -> V + Sync),
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Passing<V>, ImageError> {
    let mut passing = Passing {
        documents: BTreeMap::new(),
        layers: BTreeMap::new(),
        links: BTreeMap::new(),
        faults: BTreeMap::new(),
    };
    let bounds = Bounds::default();
    let mut kept = 0;
    let (outer, mut allowed) = Outer::new(io::BufReader::with_capacity(1 << 17, reader));
    let mut archive = tar::Archive::new(outer);
    let mut path = String::new();
    let mut members = 0;
    for entry in archive.entries()? {
        let mut entry = entry?;
        allowed.pass(&entry);
        members += 1;
        if members > MAX_MEMBERS {
            return Err(ImageError::Refused(format!(
                "archive has more than {MAX_MEMBERS} members"
            )));
        }
        if clean(&entry.path_bytes(), &mut path).is_err() {
            continue;
        }
        let kind = entry.header().entry_type();
        let size = entry.size();
        progress(size);
        if kind.is_symlink() || kind.is_hard_link() {
            let target = entry.link_name_bytes().unwrap_or_default();
            let directory = if kind.is_symlink() { split(&path).0 } else { "" };
            let mut cleaned = String::new();
            let joined = [directory.as_bytes(), b"/", &target].concat();
            if clean(&joined, &mut cleaned).is_ok() {
                allowed.keep(&path, &cleaned)?;
                passing.links.insert(path.clone(), cleaned);
            }
            continue;
        }
        if !kind.is_file() || size == 0 {
            continue;
        }
        allowed.keep(&path, "")?;
        let mut head = [0u8; 1];
        entry.read_exact(&mut head)?;
        let content = Cursor::new(head).chain(&mut entry);
        if head == *b"{" || head == *b"[" {
            kept += size;
            if size > MAX_DOCUMENT || kept > MAX_DOCUMENTS {
                return Err(ImageError::Large(path.clone()));
            }
            let mut document = Vec::new();
            content.take(MAX_DOCUMENT).read_to_end(&mut document)?;
            passing.documents.insert(path.clone(), document);
        } else {
            let mut visitor = make(passing.layers.len());
            let mut index = LayerIndex::default();
            let packed = Hashed::new(content, Some(Algorithm::Sha256), size);
            match walk(packed, Some(Algorithm::Sha256), paths, &bounds, &mut index, &mut visitor) {
                Ok(passed) => {
                    index.seal(&path);
                    passing.layers.insert(path.clone(), (passed, index, visitor));
                }
                // Members such as `VERSION` are no layers; a layer that was meant is missed by name later.
                Err(fault) => drop(passing.faults.insert(path.clone(), fault.to_string())),
            }
        }
    }
    Ok(passing)
}

/// Finds the image in what has passed, and the member that holds each of its layers.
fn identify<V>(
    name: &str,
    wanted: &Selection,
    passing: &Passing<V>,
) -> Result<(Image, Vec<String>), ImageError> {
    // An archive with both kinds of documents (Docker 25 and later) holds the same image twice over;
    // manifest.json names its members, so nothing has to be told apart by digest.
    if let Some(manifest) = passing.documents.get("manifest.json") {
        let entry = docker_entry(name, manifest, wanted)?;
        return docker(name, &entry, wanted, passing);
    }
    let Some(index) = passing.documents.get("index.json") else { return Err(ImageError::NoImage) };
    let documents = Documents(passing.documents.clone());
    let image = open_oci(name, index, wanted, Box::new(documents))?;
    let keys = image.layers.iter().map(|layer| blob_path(&layer.descriptor.digest)).collect();
    Ok((image, keys))
}

fn docker<V>(
    name: &str,
    entry: &DockerEntry,
    wanted: &Selection,
    passing: &Passing<V>,
) -> Result<(Image, Vec<String>), ImageError> {
    let config = passing.documents.get(&entry.config).ok_or_else(|| {
        ImageError::document("manifest.json", format!("{} is missing", entry.config))
    })?;
    let (digest, parsed) = docker_config(entry, config)?;
    check_platform(name, wanted, &parsed.named_platform())?;
    let keys: Vec<String> =
        entry.layers.iter().map(|layer| resolved(&passing.links, layer)).collect();
    let layers: Vec<Descriptor> =
        parsed.rootfs.diff_ids.iter().map(|diff_id| docker_layer(diff_id, 0)).collect();
    let shown = entry.repo_tags.as_ref().and_then(|tags| tags.first()).map_or(name, String::as_str);
    let source = Box::new(Documents(BTreeMap::new()));
    let image = Image::new(shown, digest.clone(), digest, parsed, layers, source)?;
    Ok((image, keys))
}

fn resolved(links: &BTreeMap<String, String>, name: &str) -> String {
    let mut name = name;
    for _ in 0..4 {
        match links.get(name) {
            Some(target) => name = target,
            None => break,
        }
    }
    name.to_owned()
}

fn blob_path(digest: &Digest) -> String {
    format!("blobs/{}/{}", digest.algorithm().name(), digest.hex())
}

/// The documents that have passed; layers are not among them.
struct Documents(BTreeMap<String, Vec<u8>>);

impl BlobSource for Documents {
    fn open<'a>(&'a self, wanted: &Descriptor) -> Result<Box<dyn Read + Send + 'a>, ImageError> {
        match self.0.get(&blob_path(&wanted.digest)) {
            Some(content) => Ok(Box::new(Cursor::new(content))),
            None => Err(ImageError::Missing(wanted.digest.clone())),
        }
    }
}
