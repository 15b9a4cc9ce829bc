//! A layer described entry by entry.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use super::hash::{Digester, digest};
use super::header::{BLOCK, EntryKind, entry};

/// How a layer is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Packing {
    /// As plain tar.
    Plain,
    /// With gzip.
    #[default]
    Gzip,
    /// With Zstandard.
    Zstd,
}

impl Packing {
    fn media_type(self) -> &'static str {
        match self {
            Self::Plain => "application/vnd.oci.image.layer.v1.tar",
            Self::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
            Self::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        }
    }
}

type Generate = dyn Fn(&mut dyn Write) -> io::Result<()> + Send + Sync;

#[derive(Clone)]
enum Part {
    Bytes(Vec<u8>),
    Generated(Arc<Generate>),
}

/// A layer to be. Entries keep the order in which they are added.
#[derive(Clone)]
pub struct Layer {
    pub(super) created_by: String,
    packing: Packing,
    parts: Vec<Part>,
    stored: Option<Vec<u8>>,
}

impl fmt::Debug for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Layer")
            .field("created_by", &self.created_by)
            .field("packing", &self.packing)
            .finish_non_exhaustive()
    }
}

impl Layer {
    /// An empty layer, packed with gzip, and the instruction that the history names for it.
    pub fn new(created_by: &str) -> Self {
        Self {
            created_by: created_by.to_owned(),
            packing: Packing::default(),
            parts: Vec::new(),
            stored: None,
        }
    }

    /// Chooses the packing.
    #[must_use]
    pub fn packed(mut self, packing: Packing) -> Self {
        self.packing = packing;
        self
    }

    /// A regular file.
    #[must_use]
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry(EntryKind::File, path, "", 0o644, content.as_ref())
    }

    /// A regular file that may be run.
    #[must_use]
    pub fn program(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.entry(EntryKind::File, path, "", 0o755, content.as_ref())
    }

    /// A directory.
    #[must_use]
    pub fn directory(self, path: &str) -> Self {
        self.entry(EntryKind::Directory, &format!("{path}/"), "", 0o755, b"")
    }

    /// A symbolic link at `path` to `target`.
    #[must_use]
    pub fn symlink(self, path: &str, target: &str) -> Self {
        self.entry(EntryKind::Symlink, path, target, 0o777, b"")
    }

    /// A hard link at `path` to `target`, which is a path from the root.
    #[must_use]
    pub fn hard_link(self, path: &str, target: &str) -> Self {
        self.entry(EntryKind::HardLink, path, target, 0o644, b"")
    }

    /// A character device.
    #[must_use]
    pub fn device(self, path: &str) -> Self {
        self.entry(EntryKind::Character, path, "", 0o666, b"")
    }

    /// The mark that removes `path` of lower layers.
    #[must_use]
    pub fn whiteout(self, path: &str) -> Self {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mark = format!("{directory}/.wh.{name}");
        self.file(mark.trim_start_matches('/'), "")
    }

    /// The mark that removes everything below `directory` of lower layers.
    #[must_use]
    pub fn opaque(self, directory: &str) -> Self {
        self.file(&format!("{directory}/.wh..wh..opq"), "")
    }

    /// Any entry.
    #[must_use]
    pub fn entry(self, kind: EntryKind, path: &str, link: &str, mode: u32, content: &[u8]) -> Self {
        self.raw(entry(kind, path.as_bytes(), link.as_bytes(), mode, content))
    }

    /// Bytes of the tar stream as they are.
    #[must_use]
    pub fn raw(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.parts.push(Part::Bytes(bytes.into()));
        self
    }

    /// Bytes of the tar stream that are too many to be held.
    #[must_use]
    pub fn generated(
        mut self,
        write: impl Fn(&mut dyn Write) -> io::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.parts.push(Part::Generated(Arc::new(write)));
        self
    }

    /// The stored blob, whatever the entries say. The digest of the unpacked bytes stays the entries'.
    #[must_use]
    pub fn stored(mut self, blob: impl Into<Vec<u8>>) -> Self {
        self.stored = Some(blob.into());
        self
    }

    /// The unpacked tar stream, written out.
    pub fn write_to(&self, out: &mut dyn Write) -> io::Result<()> {
        for part in &self.parts {
            match part {
                Part::Bytes(bytes) => out.write_all(bytes)?,
                Part::Generated(write) => write(out)?,
            }
        }
        out.write_all(&[0; 2 * BLOCK])
    }

    /// The unpacked tar stream.
    pub fn tar(&self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.write_to(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn build(&self) -> io::Result<BuiltLayer> {
        let (blob, diff_id) = match self.packing {
            Packing::Plain => {
                let mut out = Digester::new(Vec::new());
                self.write_to(&mut out)?;
                out.finish()
            }
            Packing::Gzip => {
                let packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                let mut out = Digester::new(packer);
                self.write_to(&mut out)?;
                let (packer, diff_id) = out.finish();
                (packer.finish()?, diff_id)
            }
            Packing::Zstd => {
                let mut out = Digester::new(zstd::Encoder::new(Vec::new(), 1)?);
                self.write_to(&mut out)?;
                let (packer, diff_id) = out.finish();
                (packer.finish()?, diff_id)
            }
        };
        let blob = self.stored.clone().unwrap_or(blob);
        Ok(BuiltLayer {
            digest: digest(&blob),
            blob,
            diff_id,
            media_type: self.packing.media_type().to_owned(),
        })
    }
}

/// A layer as it is stored.
#[derive(Clone, Debug)]
pub struct BuiltLayer {
    /// The stored bytes.
    pub blob: Vec<u8>,
    /// Their digest.
    pub digest: String,
    /// The digest of the unpacked bytes.
    pub diff_id: String,
    /// The media type.
    pub media_type: String,
}

/// Packs with Zstandard and asks the reader for a window of two to this power, whatever the content needs.
pub fn zstd_with_window(pieces: &[&[u8]], window_log: u32) -> io::Result<Vec<u8>> {
    let mut packer = zstd::Encoder::new(Vec::new(), 1)?;
    packer.window_log(window_log)?;
    pieces.iter().try_for_each(|piece| packer.write_all(piece))?;
    packer.finish()
}
