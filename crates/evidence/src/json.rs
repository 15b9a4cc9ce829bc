//! The report as JSON, indented so that people and `diff` can read it.

use std::io::{self, Write};

use model::Report;

/// Writes the report as one JSON object and a final line break.
pub fn write_json(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut *out, report)?;
    out.write_all(b"\n")
}
