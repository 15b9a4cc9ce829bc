//! Container images described in code and written in every form in which users have them.
//!
//! The same description always gives the same bytes. What a test wants broken it breaks afterwards: the
//! parts of a [`Layout`] are open.

mod hash;
pub mod header;
mod layer;

use std::collections::BTreeMap;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

pub use hash::digest;
pub use layer::{BuiltLayer, Layer, Packing, zstd_with_window};

use header::{BLOCK, EntryKind, entry};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
const INDEX: &str = "application/vnd.oci.image.index.v1+json";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// A step of the build: a layer, or an instruction that made none.
#[derive(Clone, Debug)]
enum Step {
    Layer(Layer),
    Instruction(String),
}

/// An image to be.
#[derive(Clone, Debug)]
pub struct Image {
    steps: Vec<Step>,
    platform: String,
    execution: Value,
}

impl Default for Image {
    fn default() -> Self {
        Self { steps: Vec::new(), platform: "linux/amd64".to_owned(), execution: json!({}) }
    }
}

impl Image {
    /// An image of `linux/amd64` without layers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a layer on top.
    #[must_use]
    pub fn layer(mut self, layer: Layer) -> Self {
        self.steps.push(Step::Layer(layer));
        self
    }

    /// Adds an instruction that makes no layer to the history.
    #[must_use]
    pub fn instruction(mut self, text: &str) -> Self {
        self.steps.push(Step::Instruction(text.to_owned()));
        self
    }

    /// Sets `os/architecture[/variant]`.
    #[must_use]
    pub fn platform(mut self, platform: &str) -> Self {
        platform.clone_into(&mut self.platform);
        self
    }

    /// Sets the configuration's `config`: user, environment, command.
    #[must_use]
    pub fn execution(mut self, config: Value) -> Self {
        self.execution = config;
        self
    }

    /// The same image with all layers in another packing.
    #[must_use]
    pub fn repacked(mut self, packing: Packing) -> Self {
        for step in &mut self.steps {
            if let Step::Layer(layer) = step {
                *layer = layer.clone().packed(packing);
            }
        }
        self
    }

    /// Packs the layers and writes configuration and manifest.
    pub fn build(&self) -> io::Result<BuiltImage> {
        let mut layers = Vec::new();
        let mut history = Vec::new();
        for step in &self.steps {
            match step {
                Step::Layer(layer) => {
                    layers.push(layer.build()?);
                    history.push(json!({ "created_by": layer.created_by }));
                }
                Step::Instruction(text) => {
                    history.push(json!({ "created_by": text, "empty_layer": true }));
                }
            }
        }
        let mut config = self.platform_json();
        let diff_ids: Vec<&str> = layers.iter().map(|layer| layer.diff_id.as_str()).collect();
        set(&mut config, "config", self.execution.clone());
        set(&mut config, "rootfs", json!({ "type": "layers", "diff_ids": diff_ids }));
        set(&mut config, "history", history.into());
        let config = config.to_string().into_bytes();
        let described: Vec<Value> = layers
            .iter()
            .map(|layer| descriptor(&layer.media_type, &layer.digest, layer.blob.len()))
            .collect();
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": descriptor(CONFIG, &digest(&config), config.len()),
            "layers": described,
        });
        Ok(BuiltImage { manifest: manifest.to_string().into_bytes(), config, layers })
    }

    fn platform_json(&self) -> Value {
        let mut parts = self.platform.split('/');
        let mut platform = json!({ "os": parts.next(), "architecture": parts.next() });
        if let Some(variant) = parts.next() {
            set(&mut platform, "variant", variant.into());
        }
        platform
    }
}

/// An image as it is stored.
#[derive(Clone, Debug)]
pub struct BuiltImage {
    /// The manifest document.
    pub manifest: Vec<u8>,
    /// The configuration document.
    pub config: Vec<u8>,
    /// The layers, bottom first.
    pub layers: Vec<BuiltLayer>,
}

/// An OCI image layout: `index.json` and blobs by digest. Change either to break it.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The content of `index.json`.
    pub index: Value,
    /// Stored bytes by the digest under which they are asked for.
    pub blobs: BTreeMap<String, Vec<u8>>,
}

impl Default for Layout {
    fn default() -> Self {
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": [] });
        Self { index, blobs: BTreeMap::new() }
    }
}

impl Layout {
    /// A layout without images.
    pub fn new() -> Self {
        Self::default()
    }

    /// A layout with one image and no tag.
    pub fn of(image: &Image) -> io::Result<Self> {
        let mut layout = Self::new();
        let entry = layout.add(&image.build()?);
        layout.list(entry);
        Ok(layout)
    }

    /// Adds an image under a tag.
    pub fn tag(mut self, tag: &str, image: &Image) -> io::Result<Self> {
        let mut entry = self.add(&image.build()?);
        set(&mut entry, "annotations", json!({ "org.opencontainers.image.ref.name": tag }));
        self.list(entry);
        Ok(self)
    }

    /// Adds an index of images for several platforms under a tag.
    pub fn platforms(mut self, tag: &str, images: &[Image]) -> io::Result<Self> {
        let mut manifests = Vec::new();
        for image in images {
            let mut entry = self.add(&image.build()?);
            set(&mut entry, "platform", image.platform_json());
            manifests.push(entry);
        }
        let index = json!({ "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests });
        let index = index.to_string().into_bytes();
        let mut entry = descriptor(INDEX, &digest(&index), index.len());
        self.blobs.insert(digest(&index), index);
        set(&mut entry, "annotations", json!({ "org.opencontainers.image.ref.name": tag }));
        self.list(entry);
        Ok(self)
    }

    /// Stores a built image's blobs and gives the descriptor of its manifest.
    pub fn add(&mut self, built: &BuiltImage) -> Value {
        for layer in &built.layers {
            self.blobs.insert(layer.digest.clone(), layer.blob.clone());
        }
        self.blobs.insert(digest(&built.config), built.config.clone());
        let name = digest(&built.manifest);
        self.blobs.insert(name.clone(), built.manifest.clone());
        descriptor(MANIFEST, &name, built.manifest.len())
    }

    /// Lists a descriptor in `index.json`.
    pub fn list(&mut self, descriptor: Value) {
        if let Some(manifests) = self.index.get_mut("manifests").and_then(Value::as_array_mut) {
            manifests.push(descriptor);
        }
    }

    /// The files of the layout by path.
    pub fn files(&self) -> Vec<(String, Vec<u8>)> {
        let mut files = vec![
            ("oci-layout".to_owned(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()),
            ("index.json".to_owned(), self.index.to_string().into_bytes()),
        ];
        for (name, content) in &self.blobs {
            files.push((format!("blobs/{}", name.replace(':', "/")), content.clone()));
        }
        files
    }

    /// Writes an OCI image layout directory.
    pub fn write(&self, directory: &Path) -> io::Result<()> {
        for (name, content) in self.files() {
            let path = directory.join(name);
            std::fs::create_dir_all(path.parent().unwrap_or(directory))?;
            std::fs::write(path, content)?;
        }
        Ok(())
    }

    /// An OCI archive: the layout as one tar file.
    pub fn archive(&self) -> Vec<u8> {
        tar_of(&self.files())
    }
}

/// A docker-archive, as `docker save` writes: plain layers, one `manifest.json` with names.
pub fn docker_archive(images: &[(&str, &Image)]) -> io::Result<Vec<u8>> {
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    let mut manifest = Vec::new();
    for (name, image) in images {
        let built = (*image).clone().repacked(Packing::Plain).build()?;
        let config = format!("{}.json", digest(&built.config).replace("sha256:", ""));
        let mut names = Vec::new();
        for layer in built.layers {
            let name = format!("{}/layer.tar", layer.diff_id.replace("sha256:", ""));
            files.insert(name.clone(), layer.blob);
            names.push(name);
        }
        manifest.push(json!({ "Config": config, "RepoTags": [name], "Layers": names }));
        files.insert(config, built.config);
    }
    files.insert("manifest.json".to_owned(), Value::from(manifest).to_string().into_bytes());
    Ok(tar_of(&files.into_iter().collect::<Vec<_>>()))
}

/// A tar file with these files.
pub fn tar_of(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (name, content) in files {
        bytes.extend(entry(EntryKind::File, name.as_bytes(), b"", 0o644, content));
    }
    bytes.resize(bytes.len() + 2 * BLOCK, 0);
    bytes
}

/// A descriptor of stored content.
pub fn descriptor(media_type: &str, digest: &str, size: usize) -> Value {
    json!({ "mediaType": media_type, "digest": digest, "size": size })
}

fn set(object: &mut Value, key: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(key.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn image() -> Image {
        let base = Layer::new("FROM scratch").directory("etc").file("etc/motd", "welcome\n");
        let top = Layer::new("RUN rm").packed(Packing::Zstd).whiteout("etc/motd");
        Image::new().layer(base).instruction("ENV A=1").layer(top)
    }

    #[test]
    fn one_description_gives_one_set_of_bytes() {
        assert_eq!(
            Layout::of(&image()).unwrap().archive(),
            Layout::of(&image()).unwrap().archive()
        );
        let names = [("app:1", &image())];
        assert_eq!(docker_archive(&names).unwrap(), docker_archive(&names).unwrap());
    }

    #[test]
    fn a_tar_library_reads_the_layers() {
        let long = format!("usr/{}", "n".repeat(150));
        let layer = Layer::new("x").file(&long, "content").symlink("link", &long).opaque("var");
        let tar = layer.tar().unwrap();
        let mut archive = tar::Archive::new(tar.as_slice());
        let names: Vec<String> = archive
            .entries()
            .unwrap()
            .map(|entry| entry.unwrap().path().unwrap().display().to_string())
            .collect();
        assert_eq!(names, [long.as_str(), "link", "var/.wh..wh..opq"]);
    }

    #[test]
    fn pax_records_count_their_own_length() {
        let mut tar = header::pax(&[("path", &[b'p'; 96])]);
        tar.extend(entry(EntryKind::File, b"short", b"", 0o644, b"x"));
        tar.resize(tar.len() + 2 * BLOCK, 0);
        let mut archive = tar::Archive::new(tar.as_slice());
        let first = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(first.path_bytes().as_ref(), [b'p'; 96]);
    }
}
