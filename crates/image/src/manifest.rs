//! The JSON documents of an image: index, manifest, configuration.
//!
//! OCI image specification 1.1 and Docker's image manifest version 2, schema 2, which share their shapes.

use std::collections::BTreeMap;

use model::Digest;
use serde::Deserialize;

/// Larger documents are refused. The distribution specification asks registries to take 4 MiB.
pub(crate) const MAX_DOCUMENT: u64 = 8 << 20;

/// A reference to content: digest, size and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Descriptor {
    /// Media type; empty where the source does not say.
    #[serde(default)]
    pub media_type: String,
    /// Digest of the content as stored.
    pub digest: Digest,
    /// Size in bytes as stored.
    pub size: u64,
    /// For which platform, in an index.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// Annotations.
    #[serde(default)]
    pub annotations: BTreeMap<String, String>,
}

/// The platform of an entry in an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct Platform {
    /// `linux`, `windows`, or `unknown` for attestations.
    #[serde(default)]
    pub os: String,
    /// Go's name of the architecture.
    #[serde(default)]
    pub architecture: String,
    /// Such as `v8`.
    #[serde(default)]
    pub variant: Option<String>,
}

impl Platform {
    /// `os/architecture[/variant]`.
    pub fn text(&self) -> String {
        match self.variant.as_deref() {
            Some(variant) if !variant.is_empty() => {
                format!("{}/{}/{variant}", self.os, self.architecture)
            }
            _ => format!("{}/{}", self.os, self.architecture),
        }
    }

    /// Whether a wish `os/architecture[/variant]` fits; a wish without variant fits every variant.
    pub fn fits(&self, wish: &str) -> bool {
        let mut parts = wish.split('/');
        parts.next() == Some(self.os.as_str())
            && parts.next() == Some(self.architecture.as_str())
            && parts.next().is_none_or(|variant| self.variant.as_deref() == Some(variant))
    }

    /// Whether a wish is for something else. What is left out here or there contradicts nothing:
    /// configurations seldom name the variant.
    pub(crate) fn contradicts(&self, wish: &str) -> bool {
        let own = [Some(self.os.as_str()), Some(&self.architecture), self.variant.as_deref()];
        let pairs = own.into_iter().zip(wish.split('/'));
        pairs
            .filter_map(|(own, wish)| own.map(|own| (own, wish)))
            .any(|(own, wish)| !own.is_empty() && own != wish)
    }
}

/// An index or a manifest: which of the two is told by which fields are there.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document {
    #[serde(default)]
    pub schema_version: u32,
    #[serde(default)]
    pub manifests: Option<Vec<Descriptor>>,
    #[serde(default)]
    pub config: Option<Descriptor>,
    #[serde(default)]
    pub layers: Option<Vec<Descriptor>>,
}

/// The image's configuration.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ImageConfig {
    /// Operating system.
    #[serde(default)]
    pub os: String,
    /// Architecture.
    #[serde(default)]
    pub architecture: String,
    /// Variant of the architecture.
    #[serde(default)]
    pub variant: Option<String>,
    /// Digests of the unpacked layers, bottom first.
    #[serde(default)]
    pub rootfs: RootFs,
    /// What made each layer, bottom first, with instructions that made none.
    #[serde(default)]
    pub history: Vec<History>,
    /// How a container is started.
    #[serde(default)]
    pub config: Option<Execution>,
}

impl ImageConfig {
    /// `os/architecture[/variant]`, or nothing where the configuration does not say.
    pub fn platform(&self) -> Option<String> {
        let said = !self.os.is_empty() && !self.architecture.is_empty();
        said.then(|| self.named_platform().text())
    }

    /// The platform, empty as far as the configuration does not say.
    pub(crate) fn named_platform(&self) -> Platform {
        Platform {
            os: self.os.clone(),
            architecture: self.architecture.clone(),
            variant: self.variant.clone(),
        }
    }

    /// The instruction of each layer, bottom first.
    pub fn instructions(&self) -> impl Iterator<Item = Option<&str>> {
        self.history.iter().filter(|step| !step.empty_layer).map(|step| step.created_by.as_deref())
    }
}

/// The unpacked layers.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct RootFs {
    /// Digests of the unpacked layers, bottom first.
    #[serde(default)]
    pub diff_ids: Vec<Digest>,
}

/// One step of a build.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct History {
    /// The instruction.
    #[serde(default)]
    pub created_by: Option<String>,
    /// Whether it made no layer.
    #[serde(default)]
    pub empty_layer: bool,
}

/// How a container of the image is started.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Execution {
    /// User, or empty for root.
    #[serde(default)]
    pub user: String,
    /// Environment as `NAME=value`.
    #[serde(default)]
    pub env: Option<Vec<String>>,
    /// Command.
    #[serde(default)]
    pub cmd: Option<Vec<String>>,
    /// Entry point.
    #[serde(default)]
    pub entrypoint: Option<Vec<String>>,
    /// Labels.
    #[serde(default)]
    pub labels: Option<BTreeMap<String, String>>,
}
