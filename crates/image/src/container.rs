//! An image: manifest, configuration, layers, and where their bytes come from.

use std::io::Read;
use std::sync::Arc;

use model::{Digest, LayerRef, Problem};

use crate::blob::{Hashed, document};
use crate::bounds::Bounds;
use crate::index::{LayerIndex, Paths};
use crate::layer::{Passed, walk};
use crate::manifest::{Document, ImageConfig, Platform};
use crate::{Descriptor, ImageError, Overlay, Visitor, second};

/// An image with more layers than this cannot be mounted by any engine (overlayfs takes 128 here).
const MAX_LAYERS: usize = 512;

/// Gives the bytes of blobs, unverified.
pub trait BlobSource: Send + Sync {
    /// Opens the blob that the descriptor names.
    fn open<'a>(&'a self, wanted: &Descriptor) -> Result<Box<dyn Read + Send + 'a>, ImageError>;

    /// Whether the layers' descriptors name unpacked content by its diff id, as a docker-archive does.
    fn stores_diff_ids(&self) -> bool {
        false
    }
}

/// Which of several images is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Tag, where the source has several.
    pub tag: Option<String>,
    /// `os/architecture[/variant]`; Linux on this machine's architecture when left out.
    pub platform: Option<String>,
}

/// One layer.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Digest and instruction.
    pub reference: Arc<LayerRef>,
    /// What is stored.
    pub descriptor: Descriptor,
    /// Digest of the unpacked layer, where the configuration says.
    pub diff_id: Option<Digest>,
}

/// An image of one platform.
pub struct Image {
    /// As the user named it.
    pub name: String,
    /// Digest of the manifest, or of the configuration where the source has no manifest.
    pub digest: Digest,
    /// Digest of the configuration.
    pub config_digest: Digest,
    /// `os/architecture[/variant]`, where the configuration says.
    pub platform: Option<String>,
    /// The configuration.
    pub config: ImageConfig,
    /// The layers, bottom first.
    pub layers: Vec<Layer>,
    source: Box<dyn BlobSource>,
}

impl std::fmt::Debug for Image {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Image")
            .field("name", &self.name)
            .field("digest", &self.digest)
            .finish_non_exhaustive()
    }
}

/// What walking an image gave.
#[derive(Debug)]
pub struct Walked<V> {
    /// One visitor for each layer, bottom first.
    pub visitors: Vec<V>,
    /// What is left of each layer.
    pub overlay: Overlay,
    /// Entries that could not be shown.
    pub problems: Vec<Problem>,
}

/// A manifest on the way to its image.
pub(crate) struct Chosen {
    pub digest: Digest,
    pub content: Vec<u8>,
    /// The platform under which an index lists it, where it comes from one.
    pub listed: Option<Platform>,
}

/// Reads an index or manifest and goes down to the manifest of the wanted platform.
///
/// The content must have been checked against its digest.
pub(crate) fn choose(
    name: &str,
    start: Chosen,
    wanted: &Selection,
    source: &dyn BlobSource,
) -> Result<Chosen, ImageError> {
    let mut chosen = start;
    // An index may stand in an index; nobody nests deeper than this.
    for _ in 0..4 {
        let parsed: Document = serde_json::from_slice(&chosen.content)
            .map_err(|fault| ImageError::document(chosen.digest.to_string(), fault))?;
        let Some(entries) = parsed.manifests.filter(|_| parsed.config.is_none()) else {
            return Ok(chosen);
        };
        let entry = for_platform(name, &entries, wanted)?;
        chosen = Chosen::read(entry, source)?;
    }
    Err(ImageError::Choice(format!("{name}: indexes are nested too deeply")))
}

impl Chosen {
    /// Reads what a descriptor names.
    pub(crate) fn read(entry: &Descriptor, source: &dyn BlobSource) -> Result<Self, ImageError> {
        let content = document(source, entry)?;
        Ok(Self { digest: entry.digest.clone(), content, listed: entry.platform.clone() })
    }
}

/// Refuses an image of another platform than the one that was asked for.
pub(crate) fn check_platform(
    name: &str,
    wanted: &Selection,
    have: &Platform,
) -> Result<(), ImageError> {
    match &wanted.platform {
        Some(wish) if have.contradicts(wish) => Err(ImageError::Choice(format!(
            "{name}: no image for {wish}; there is {}",
            some([have.text()])
        ))),
        _ => Ok(()),
    }
}

/// The entry of an index for the wanted platform. Attestations stand beside images as `unknown/unknown`.
pub(crate) fn for_platform<'a>(
    name: &str,
    entries: &'a [Descriptor],
    wanted: &Selection,
) -> Result<&'a Descriptor, ImageError> {
    let real: Vec<&Descriptor> = entries
        .iter()
        .filter(|entry| entry.platform.as_ref().is_none_or(|p| p.os != "unknown"))
        .collect();
    let wish = wanted.platform.clone().unwrap_or_else(host_platform);
    let fits =
        |entry: &&&Descriptor| entry.platform.as_ref().is_some_and(|platform| platform.fits(&wish));
    if let Some(entry) = real.iter().find(fits) {
        return Ok(entry);
    }
    if let ([only], None) = (real.as_slice(), &wanted.platform) {
        return Ok(only);
    }
    let have = real.iter().filter_map(|entry| entry.platform.as_ref().map(Platform::text));
    Err(ImageError::Choice(format!("{name}: no image for {wish}; there are {}", some(have))))
}

/// Names to choose from, as many as can be read.
pub(crate) fn some(names: impl IntoIterator<Item = String>) -> String {
    const SHOWN: usize = 20;
    let mut names = names.into_iter();
    let cut = |name: String| name.chars().take(200).collect::<String>();
    let mut text = names.by_ref().take(SHOWN).map(cut).collect::<Vec<_>>().join(", ");
    let more = names.count();
    if more > 0 {
        text = format!("{text} and {more} more");
    }
    text
}

fn host_platform() -> String {
    let architecture = match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    };
    format!("linux/{architecture}")
}

impl Image {
    /// An image from its manifest, which must have been checked against its digest; the configuration is
    /// fetched and checked here.
    pub(crate) fn from_manifest(
        name: &str,
        manifest: Chosen,
        wanted: &Selection,
        source: Box<dyn BlobSource>,
    ) -> Result<Self, ImageError> {
        let Chosen { digest, content, listed } = manifest;
        let parsed: Document = serde_json::from_slice(&content)
            .map_err(|fault| ImageError::document(digest.to_string(), fault))?;
        let (Some(config), Some(layers)) = (parsed.config, parsed.layers) else {
            let fault = match parsed.schema_version {
                1 => {
                    "manifests of schema version 1 carry no digests of their content and are refused"
                }
                _ => "neither an image manifest nor an index",
            };
            return Err(ImageError::document(digest.to_string(), fault));
        };
        let content = document(source.as_ref(), &config)?;
        let parsed: ImageConfig = serde_json::from_slice(&content)
            .map_err(|fault| ImageError::document(config.digest.to_string(), fault))?;
        if !parsed.rootfs.diff_ids.is_empty() && parsed.rootfs.diff_ids.len() != layers.len() {
            let fault = "the configuration names another number of layers than the manifest";
            return Err(ImageError::document(config.digest.to_string(), fault));
        }
        // An index says for which platform an image is meant; configurations of images built elsewhere
        // are known to name the builder's.
        let listed = listed.filter(|platform| !platform.architecture.is_empty());
        check_platform(name, wanted, &listed.unwrap_or_else(|| parsed.named_platform()))?;
        Self::new(name, digest, config.digest, parsed, layers, source)
    }

    pub(crate) fn new(
        name: &str,
        digest: Digest,
        config_digest: Digest,
        config: ImageConfig,
        layers: Vec<Descriptor>,
        source: Box<dyn BlobSource>,
    ) -> Result<Self, ImageError> {
        if layers.len() > MAX_LAYERS {
            return Err(ImageError::Refused(format!(
                "{} layers, {MAX_LAYERS} are read",
                layers.len()
            )));
        }
        // History may be absent or name fewer instructions than there are layers.
        let mut instructions = config.instructions().map(|text| text.map(str::to_owned));
        let layers = layers
            .into_iter()
            .enumerate()
            .map(|(at, descriptor)| {
                let created_by = instructions.next().flatten();
                let diff_id = config.rootfs.diff_ids.get(at).cloned();
                let digest = descriptor.digest.clone();
                let reference = LayerRef { digest, diff_id: diff_id.clone(), created_by };
                Layer { reference: Arc::new(reference), descriptor, diff_id }
            })
            .collect();
        drop(instructions);
        Ok(Self {
            name: name.to_owned(),
            digest,
            config_digest,
            platform: config.platform(),
            config,
            layers,
            source,
        })
    }

    /// Shows every file of every layer to a visitor of its own, several layers at a time, verifying each
    /// layer's digest. `progress` is told of packed bytes as they are read.
    ///
    /// # Errors
    /// Any layer that is not what its digest says, cannot be unpacked, or exceeds a bound.
    pub fn walk<V: Visitor>(
        &self,
        make: &(dyn Fn(usize) -> V + Sync),
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Walked<V>, ImageError> {
        let paths = Paths::default();
        let bounds = Bounds::default();
        let read = |at: usize| -> Result<(V, LayerIndex), ImageError> {
            let mut visitor = make(at);
            let mut index = LayerIndex::default();
            if self.applied_again(at) {
                return Ok((visitor, index));
            }
            self.walk_layer(at, &paths, &bounds, &mut index, &mut visitor, progress)?;
            Ok((visitor, index))
        };
        let parts = crate::parallel::each(&self.by_size(), &read)?;
        let (mut visitors, layers): (Vec<V>, Vec<LayerIndex>) = parts.into_iter().unzip();
        let mut overlay = Overlay::new(paths, layers);
        let mut problems = second::show_links(self, &overlay, &mut visitors)?;
        overlay.check()?;
        for layer in overlay.layers_mut() {
            problems.append(&mut layer.problems);
        }
        problems.sort();
        problems.dedup();
        Ok(Walked { visitors, overlay, problems })
    }

    /// Whether the same layer lies above: it then undoes whatever it did here.
    fn applied_again(&self, at: usize) -> bool {
        let own = self.layers.get(at).map(|layer| &layer.descriptor.digest);
        self.layers.iter().skip(at + 1).any(|layer| Some(&layer.descriptor.digest) == own)
    }

    /// Indexes of the layers, largest first, so that the longest work starts first.
    fn by_size(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.layers.len()).collect();
        order.sort_by_key(|at| {
            std::cmp::Reverse(self.layers.get(*at).map_or(0, |layer| layer.descriptor.size))
        });
        order
    }

    pub(crate) fn walk_layer<V: Visitor>(
        &self,
        at: usize,
        paths: &Paths,
        bounds: &Bounds,
        index: &mut LayerIndex,
        visitor: &mut V,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<(), ImageError> {
        let Some(layer) = self.layers.get(at) else { return Ok(()) };
        let wanted = &layer.descriptor;
        let told = Told { inner: self.source.open(wanted)?, progress };
        let diff_id = self.source.stores_diff_ids();
        let algorithm = Some(wanted.digest.algorithm());
        let (packed, unpacked) = if diff_id { (None, algorithm) } else { (algorithm, None) };
        let limit = if diff_id { u64::MAX } else { wanted.size };
        let passed =
            walk(Hashed::new(told, packed, limit), unpacked, paths, bounds, index, visitor)
                .map_err(|fault| ImageError::Layer {
                    digest: wanted.digest.clone(),
                    fault: fault.to_string(),
                })?;
        index.seal(&wanted.digest.to_string());
        verify(wanted, passed, diff_id)
    }
}

fn verify(wanted: &Descriptor, passed: Passed, diff_id: bool) -> Result<(), ImageError> {
    if !diff_id && passed.packed_size != wanted.size {
        return Err(ImageError::Size { digest: wanted.digest.clone(), expected: wanted.size });
    }
    match if diff_id { passed.unpacked } else { passed.packed } {
        Some(actual) if actual == wanted.digest => Ok(()),
        Some(actual) => Err(ImageError::Digest { expected: wanted.digest.clone(), actual }),
        None => Err(ImageError::Refused(format!("content of {} was not hashed", wanted.digest))),
    }
}

/// Tells of progress as bytes pass.
struct Told<'a> {
    inner: Box<dyn Read + Send + 'a>,
    progress: &'a (dyn Fn(u64) + Sync),
}

impl Read for Told<'_> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(out)?;
        (self.progress)(count as u64);
        Ok(count)
    }
}
