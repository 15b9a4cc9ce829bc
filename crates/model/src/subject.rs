//! What is judged.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Digest, Distribution};

/// What kind of thing a subject is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum SubjectKind {
    /// A container image.
    Image,
    /// A directory: root file system or project.
    Directory,
    /// One file.
    File,
    /// A software bill of materials.
    Sbom,
    /// A Kubernetes cluster.
    Cluster,
    /// A machine.
    Host,
}

/// The thing a report is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Subject {
    /// Its kind.
    pub kind: SubjectKind,
    /// As the user named it, made canonical where the kind has a canonical form.
    pub name: String,
    /// For an image the digest of its platform's manifest, or of its configuration where no manifest exists.
    pub digest: Option<Digest>,
    /// Digest of an image's configuration: the same wherever the image is kept and however it is packed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config_digest: Option<Digest>,
    /// `os/architecture[/variant]` of an image.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The distribution inside, where one was recognised.
    pub os: Option<Distribution>,
}
