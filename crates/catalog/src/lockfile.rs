//! Language packages as projects lock them, one parser a file.

use crate::Parser;

/// The list: one line for each parser.
pub(crate) static PARSERS: &[&Parser] = &[];
