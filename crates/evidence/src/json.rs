//! The report as JSON.

use std::io::{self, Write};

use model::Report;

use crate::safe;

/// Writes the report as one JSON object and a final line break.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    safe::write(report, out)
}
