//! Language packages as they are installed, one parser a file.

mod executable;
mod go_buildinfo;
mod java_archive;
mod node_package;
mod python_metadata;
mod rust_audit;

use crate::Parser;

pub(crate) use go_buildinfo::release as go_release;

/// The list: one line for each parser.
pub(crate) static PARSERS: &[&Parser] =
    &[&python_metadata::PARSER, &node_package::PARSER, &java_archive::PARSER, &executable::PARSER];
