//! Image archives on disk: OCI archives and docker-archives, read where they lie.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Arc;

use model::Digest;
use serde::Deserialize;

use crate::blob::check;
use crate::container::{BlobSource, Chosen, Image, Selection, check_platform, choose, some};
use crate::manifest::{Document, ImageConfig, MAX_DOCUMENT};
use crate::outer::Outer;
use crate::path::clean;
use crate::{Descriptor, ImageError};

/// Members of an archive; an image has a handful for each layer.
const MAX_MEMBERS: usize = 100_000;

/// Where each member of a tar file lies, found by reading the headers only.
#[derive(Debug)]
pub(crate) struct Members {
    file: Arc<File>,
    places: BTreeMap<String, (u64, u64)>,
    links: BTreeMap<String, String>,
}

impl Members {
    fn index(file: File) -> Result<Self, ImageError> {
        let (outer, mut allowed) = Outer::new(io::BufReader::with_capacity(4096, file));
        let mut archive = tar::Archive::new(outer);
        let mut places = BTreeMap::new();
        let mut links = BTreeMap::new();
        let mut path = String::new();
        for entry in archive.entries_with_seek()? {
            let entry = entry?;
            allowed.pass(&entry);
            if places.len() + links.len() >= MAX_MEMBERS {
                return Err(ImageError::Refused(format!(
                    "archive has more than {MAX_MEMBERS} members"
                )));
            }
            if clean(&entry.path_bytes(), &mut path).is_err() {
                continue;
            }
            let kind = entry.header().entry_type();
            if kind.is_file() || kind.is_contiguous() {
                allowed.keep(&path, "")?;
                places.insert(path.clone(), (entry.raw_file_position(), entry.size()));
            } else if let Some(target) = entry.link_name_bytes() {
                let directory = if kind.is_symlink() { crate::path::split(&path).0 } else { "" };
                let joined = format!("{directory}/{}", String::from_utf8_lossy(&target));
                let mut target = String::new();
                if clean(joined.as_bytes(), &mut target).is_ok() {
                    allowed.keep(&path, &target)?;
                    links.insert(path.clone(), target);
                }
            }
        }
        let file = Arc::new(archive.into_inner().into_inner().into_inner());
        Ok(Self { file, places, links })
    }

    /// Docker's older archives hold a layer once and link its other names to it.
    fn place(&self, name: &str) -> Option<(u64, u64)> {
        let mut name = name;
        for _ in 0..4 {
            if let Some(place) = self.places.get(name) {
                return Some(*place);
            }
            name = self.links.get(name)?;
        }
        None
    }

    fn open(&self, name: &str) -> Option<Slice> {
        let (start, size) = self.place(name)?;
        Some(Slice { file: Arc::clone(&self.file), at: start, end: start.saturating_add(size) })
    }

    fn document(&self, name: &str) -> Result<Option<Vec<u8>>, ImageError> {
        let Some(slice) = self.open(name) else { return Ok(None) };
        if slice.end - slice.at > MAX_DOCUMENT {
            return Err(ImageError::Large(name.to_owned()));
        }
        let mut content = Vec::new();
        slice.take(MAX_DOCUMENT).read_to_end(&mut content)?;
        Ok(Some(content))
    }
}

/// A part of a file, read at its place so that several threads share one file.
struct Slice {
    file: Arc<File>,
    at: u64,
    end: u64,
}

impl Read for Slice {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let wanted = out.len().min(left);
        let Some(out) = out.get_mut(..wanted) else { return Ok(0) };
        let count = self.file.read_at(out, self.at)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// Opens an image archive, whichever of the two kinds it is.
///
/// # Errors
/// A file that is no image archive, a missing or altered document, or a choice that the caller must make.
pub fn open_archive(path: &Path, wanted: &Selection) -> Result<Image, ImageError> {
    let members = Members::index(File::open(path)?)?;
    let name = path.display().to_string();
    if let Some(index) = members.document("index.json")? {
        return open_oci(&name, &index, wanted, Box::new(OciBlobs(members)));
    }
    if let Some(manifest) = members.document("manifest.json")? {
        return open_docker(&name, &manifest, wanted, members);
    }
    Err(ImageError::NoImage)
}

/// The annotation that holds a tag in an OCI layout (image-layout.md).
const REF_NAME: &str = "org.opencontainers.image.ref.name";

/// The annotation in which containerd and Docker keep the full name.
const IMAGE_NAME: &str = "io.containerd.image.name";

pub(crate) fn open_oci(
    name: &str,
    index: &[u8],
    wanted: &Selection,
    source: Box<dyn BlobSource>,
) -> Result<Image, ImageError> {
    let parsed: Document =
        serde_json::from_slice(index).map_err(|fault| ImageError::document("index.json", fault))?;
    let mut entries = parsed.manifests.unwrap_or_default();
    let entry = by_tag(name, &mut entries, wanted, source.as_ref())?;
    let shown = entry.annotations.get(IMAGE_NAME).or_else(|| entry.annotations.get(REF_NAME));
    let shown = shown.filter(|text| text.contains(['/', ':'])).map_or(name, String::as_str);
    let start = Chosen::read(entry, source.as_ref())?;
    let manifest = choose(name, start, wanted, source.as_ref())?;
    Image::from_manifest(shown, manifest, wanted, source)
}

/// The entry with the wanted tag and for the wanted platform; without a wish for a tag the only one, or
/// the only one for the platform.
fn by_tag<'a>(
    name: &str,
    entries: &'a mut Vec<Descriptor>,
    wanted: &Selection,
    source: &dyn BlobSource,
) -> Result<&'a Descriptor, ImageError> {
    if let Some(tag) = &wanted.tag {
        let ends = format!(":{tag}");
        let have: Vec<String> = entries.iter().flat_map(tags).cloned().collect();
        entries.retain(|entry| {
            entry.digest.to_string() == *tag
                || tags(entry).any(|have| have == tag || have.ends_with(&ends))
        });
        if entries.is_empty() {
            return Err(ImageError::Choice(format!(
                "{name}: no image is tagged {tag}; there are {}",
                some(have)
            )));
        }
        if entries.len() > 1 {
            name_platforms(entries, source)?;
        }
    }
    match entries.as_slice() {
        [] => Err(ImageError::NoImage),
        [only] => Ok(only),
        several if several.iter().all(|entry| entry.platform.is_some()) => {
            crate::container::for_platform(name, several, wanted)
        }
        [first, rest @ ..] if rest.iter().all(|entry| entry.digest == first.digest) => Ok(first),
        // Several that one tag names and that may be indexes: the first, as other tools do.
        [first, ..] if wanted.tag.is_some() => Ok(first),
        several => {
            let have: Vec<String> = several.iter().flat_map(tags).cloned().collect();
            Err(ImageError::Choice(format!(
                "{name}: several images; choose one with oci:{name}:TAG among {}",
                some(have)
            )))
        }
    }
}

/// The names that an entry carries.
fn tags(entry: &Descriptor) -> impl Iterator<Item = &String> {
    [REF_NAME, IMAGE_NAME].into_iter().filter_map(|key| entry.annotations.get(key))
}

/// Reads from the configurations for which platforms images are that stand under one tag.
fn name_platforms(entries: &mut [Descriptor], source: &dyn BlobSource) -> Result<(), ImageError> {
    const MOST: usize = 32;
    for entry in entries.iter_mut().filter(|entry| entry.platform.is_none()).take(MOST) {
        let manifest = crate::blob::document(source, entry)?;
        let config = serde_json::from_slice::<Document>(&manifest)
            .map_err(|fault| ImageError::document(entry.digest.to_string(), fault))?
            .config;
        if let Some(config) = config {
            let content = crate::blob::document(source, &config)?;
            let parsed: ImageConfig = serde_json::from_slice(&content)
                .map_err(|fault| ImageError::document(config.digest.to_string(), fault))?;
            entry.platform = Some(parsed.named_platform());
        }
    }
    Ok(())
}

/// The blobs of an OCI layout inside an archive.
struct OciBlobs(Members);

impl BlobSource for OciBlobs {
    fn open<'a>(&'a self, wanted: &Descriptor) -> Result<Box<dyn Read + Send + 'a>, ImageError> {
        let digest = &wanted.digest;
        let name = format!("blobs/{}/{}", digest.algorithm().name(), digest.hex());
        match self.0.open(&name) {
            Some(slice) => Ok(Box::new(slice)),
            None => Err(ImageError::Missing(digest.clone())),
        }
    }
}

/// An entry of `manifest.json` in a docker-archive.
/// <https://github.com/moby/moby/blob/master/image/spec/v1.2.md#combined-image-json--filesystem-changeset-format>
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DockerEntry {
    pub config: String,
    #[serde(default)]
    pub repo_tags: Option<Vec<String>>,
    #[serde(default)]
    pub layers: Vec<String>,
}

pub(crate) fn docker_entry(
    name: &str,
    manifest: &[u8],
    wanted: &Selection,
) -> Result<DockerEntry, ImageError> {
    let mut entries: Vec<DockerEntry> = serde_json::from_slice(manifest)
        .map_err(|fault| ImageError::document("manifest.json", fault))?;
    let have = |entry: &DockerEntry| entry.repo_tags.clone().unwrap_or_default();
    if let Some(tag) = &wanted.tag {
        let ends = format!(":{tag}");
        entries.retain(|entry| have(entry).iter().any(|have| have == tag || have.ends_with(&ends)));
    }
    let tags: Vec<String> = entries.iter().flat_map(have).collect();
    match (entries.pop(), entries.is_empty()) {
        (Some(only), true) => Ok(only),
        (None, _) => Err(ImageError::Choice(format!("{name}: no image of that name"))),
        _ => Err(ImageError::Choice(format!(
            "{name}: several images; choose one among {}",
            some(tags)
        ))),
    }
}

fn open_docker(
    name: &str,
    manifest: &[u8],
    wanted: &Selection,
    members: Members,
) -> Result<Image, ImageError> {
    let entry = docker_entry(name, manifest, wanted)?;
    let config = members.document(&entry.config)?.ok_or_else(|| {
        ImageError::document("manifest.json", format!("{} is missing", entry.config))
    })?;
    let (digest, parsed) = docker_config(&entry, &config)?;
    check_platform(name, wanted, &parsed.named_platform())?;
    let mut names = BTreeMap::new();
    let mut layers = Vec::new();
    for (diff_id, layer) in parsed.rootfs.diff_ids.iter().zip(&entry.layers) {
        let (_, size) = members
            .place(layer)
            .ok_or_else(|| ImageError::document("manifest.json", format!("{layer} is missing")))?;
        names.insert(diff_id.clone(), layer.clone());
        layers.push(docker_layer(diff_id, size));
    }
    let shown = entry.repo_tags.as_ref().and_then(|tags| tags.first()).map_or(name, String::as_str);
    let source = Box::new(DockerBlobs { members, names });
    Image::new(shown, digest.clone(), digest, parsed, layers, source)
}

pub(crate) fn docker_layer(diff_id: &Digest, size: u64) -> Descriptor {
    Descriptor {
        media_type: String::new(),
        digest: diff_id.clone(),
        size,
        platform: None,
        annotations: BTreeMap::new(),
    }
}

/// The configuration of a docker-archive's image. Its file is named after its digest; a name that is no
/// digest proves nothing, one that is must be right.
pub(crate) fn docker_config(
    entry: &DockerEntry,
    content: &[u8],
) -> Result<(Digest, ImageConfig), ImageError> {
    let digest = Digest::of(content);
    let stem = entry.config.rsplit('/').next().unwrap_or_default().trim_end_matches(".json");
    if let Ok(named) = format!("sha256:{stem}").parse::<Digest>() {
        check(&docker_layer(&named, content.len() as u64), content)?;
    }
    let parsed: ImageConfig = serde_json::from_slice(content)
        .map_err(|fault| ImageError::document(&entry.config, fault))?;
    if parsed.rootfs.diff_ids.len() != entry.layers.len() {
        let fault = "the configuration names another number of layers than manifest.json";
        return Err(ImageError::document(&entry.config, fault));
    }
    Ok((digest, parsed))
}

/// The layers of a docker-archive, by diff id.
struct DockerBlobs {
    members: Members,
    names: BTreeMap<Digest, String>,
}

impl BlobSource for DockerBlobs {
    fn open<'a>(&'a self, wanted: &Descriptor) -> Result<Box<dyn Read + Send + 'a>, ImageError> {
        let slice = self.names.get(&wanted.digest).and_then(|name| self.members.open(name));
        match slice {
            Some(slice) => Ok(Box::new(slice)),
            None => Err(ImageError::Missing(wanted.digest.clone())),
        }
    }

    fn stores_diff_ids(&self) -> bool {
        true
    }
}
