//! Parsers of this folder, one file each.

use crate::Parser;

/// The list: one line for each parser.
pub(crate) static PARSERS: &[&Parser] = &[];
