//! Brings the database up to date from directories, archives or the network.
//!
//! A source is laid out like the OSV bucket: `<Ecosystem>/all.zip`, with CISA's catalogue and FIRST's scores
//! beside. Each ecosystem is rebuilt only when its source changed and is swapped in one step, so that an
//! interrupted update leaves what was there.

mod http;
mod import;
mod state;

pub use http::{Addresses, Agent, Step, update};
pub use import::import;
pub use state::{Source, State};

/// What became of one source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Built anew.
    Built {
        /// Advisories kept.
        advisories: u64,
        /// Packages they speak of.
        packages: u64,
        /// Records that were not understood.
        malformed: u64,
        /// The first of those, each with its name.
        faults: Vec<String>,
    },
    /// The source is the one that was built last time.
    Unchanged,
    /// The ecosystem's order of versions is not known, so its advisories could not be matched.
    Unknown,
    /// The source could not be used; what was there before stays.
    Failed(String),
}

/// What became of every source, in the order of their names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Name of the source (ecosystem, `kev`, `epss`) and its outcome.
    pub sources: Vec<(String, Outcome)>,
}

/// Why nothing could be updated at all.
#[derive(Debug, thiserror::Error)]
pub enum UpdateError {
    /// The database folder or the source cannot be read or written.
    #[error("{path}")]
    Folder {
        /// Which.
        path: String,
        /// The fault.
        #[source]
        fault: std::io::Error,
    },
    /// There is nothing in the source that is known.
    #[error("{0}: neither `<Ecosystem>/all.zip` nor OSV records are there")]
    Empty(String),
    /// An address that must not be asked.
    #[error("{0}")]
    Address(String),
}
