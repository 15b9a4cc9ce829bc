//! The sample image.

use std::path::Path;

use anyhow::Result;

/// Writes the sample image as an OCI archive.
pub(crate) fn write(path: &Path) -> Result<()> {
    std::fs::write(path, b"")?;
    Ok(())
}
