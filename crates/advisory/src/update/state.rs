//! What the database was built from, kept beside it.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::store::FORMAT;
use crate::store::build::publish;

const FILE: &str = "sources.json";

/// One source of the database.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Source {
    /// Where it was taken from.
    pub location: String,
    /// SHA-256 of its content.
    pub digest: String,
    /// The server's validator, to ask only for what changed.
    pub etag: Option<String>,
    /// Time of the data in Unix seconds.
    pub time: i64,
    /// When it was built, in Unix seconds.
    pub built: i64,
    /// The newest `modified` among its records.
    pub newest: String,
    /// Records that were not understood.
    pub malformed: u64,
}

/// All sources by name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The format of the store files, so that everything is rebuilt when they are written differently.
    #[serde(default)]
    format: u32,
    /// The sources: ecosystems, `kev`, `epss`.
    #[serde(default)]
    pub sources: BTreeMap<String, Source>,
}

impl State {
    /// Reads the state of a database folder. One that is absent, damaged or of another format means that
    /// everything is built anew.
    pub fn read(folder: &Path) -> Self {
        let state = std::fs::read(folder.join(FILE))
            .ok()
            .and_then(|text| serde_json::from_slice::<Self>(&text).ok());
        state
            .filter(|state| state.format == FORMAT)
            .unwrap_or_else(|| Self { format: FORMAT, ..Self::default() })
    }

    pub(crate) fn write(&self, folder: &Path) -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        file.write_all(&serde_json::to_vec_pretty(self)?)?;
        publish(file, &folder.join(FILE))
    }
}
