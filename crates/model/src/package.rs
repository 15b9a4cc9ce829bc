//! A package that is present in a subject.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Ecosystem, Purl};

/// The image layer that brought something in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct LayerRef {
    /// Digest of the packed layer, or its diff id where the image was never packed.
    pub digest: Digest,
    /// Digest of the unpacked layer, where the image says: the same however the layer is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub diff_id: Option<Digest>,
    /// The instruction that made it, from the image's history.
    pub created_by: Option<String>,
}

/// A place in the subject's tree.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
pub struct Location {
    /// Path without leading slash. `!/` separates a nested archive from the path inside it.
    pub path: String,
    /// 1-based line, where the evidence is a line of text.
    pub line: Option<u32>,
    /// The layer, in an image.
    pub layer: Option<Arc<LayerRef>>,
}

impl Location {
    /// A location that knows only its path.
    pub fn path(path: impl Into<String>) -> Self {
        Self { path: path.into(), line: None, layer: None }
    }
}

/// One package in one version, with every place where it was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Package {
    /// Package URL.
    pub purl: Purl,
    /// The ecosystem's own name: `@babel/core`, `org.apache.logging.log4j:log4j-core`, `libssl3`.
    pub name: String,
    /// The ecosystem's own version text, with epoch for distributions.
    pub version: String,
    /// Ecosystem in OSV's words.
    pub ecosystem: Ecosystem,
    /// Source package, where the ecosystem builds binaries from sources.
    pub source_name: Option<String>,
    /// Version of the source package.
    pub source_version: Option<String>,
    /// Licences as declared.
    pub licenses: Vec<String>,
    /// Where it was found, sorted, at least one.
    pub locations: Vec<Location>,
}
