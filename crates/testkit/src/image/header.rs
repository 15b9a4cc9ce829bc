//! Headers of tar entries, honest and otherwise.
//!
//! POSIX.1-1988 `ustar` with GNU's large numbers and long names, written byte by byte so that a test can
//! also write what no library would.

/// Bytes of a header, and the unit to which contents are filled up.
pub const BLOCK: usize = 512;

/// The kind of an entry: the type flag of its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// A regular file.
    File,
    /// A hard link.
    HardLink,
    /// A symbolic link.
    Symlink,
    /// A character device.
    Character,
    /// A block device.
    BlockDevice,
    /// A directory.
    Directory,
    /// A named pipe.
    Fifo,
    /// GNU: the next entry's name.
    LongName,
    /// GNU: the next entry's link target.
    LongLink,
    /// GNU: a sparse file.
    Sparse,
    /// POSIX: records about the next entry.
    Pax,
    /// POSIX: records about every following entry.
    PaxGlobal,
    /// Any other type flag.
    Flag(u8),
}

impl EntryKind {
    fn flag(self) -> u8 {
        match self {
            Self::File => b'0',
            Self::HardLink => b'1',
            Self::Symlink => b'2',
            Self::Character => b'3',
            Self::BlockDevice => b'4',
            Self::Directory => b'5',
            Self::Fifo => b'6',
            Self::LongName => b'L',
            Self::LongLink => b'K',
            Self::Sparse => b'S',
            Self::Pax => b'x',
            Self::PaxGlobal => b'g',
            Self::Flag(flag) => flag,
        }
    }
}

/// One header. Names longer than its fields are cut; see [`entry`] for those.
#[derive(Clone, Debug)]
pub struct Header {
    bytes: [u8; BLOCK],
}

impl Header {
    /// A header with mode 0755 for directories and 0644 for the rest, owner root and time 0.
    pub fn new(kind: EntryKind, name: &[u8], size: u64) -> Self {
        let mut header = Self { bytes: [0; BLOCK] };
        header.put(0, 100, name);
        header.put(108, 8, b"0000000");
        header.put(116, 8, b"0000000");
        header.put(136, 12, b"00000000000");
        header.put(156, 1, &[kind.flag()]);
        header.put(257, 8, b"ustar\x0000");
        header.mode(if kind == EntryKind::Directory { 0o755 } else { 0o644 }).size(size)
    }

    /// Sets the permission bits.
    #[must_use]
    pub fn mode(mut self, mode: u32) -> Self {
        self.put(100, 8, format!("{mode:07o}").as_bytes());
        self
    }

    /// Sets the size; one that octal digits cannot hold is written in base 256, as GNU tar does.
    #[must_use]
    pub fn size(mut self, size: u64) -> Self {
        if size < 1 << 33 {
            self.put(124, 12, format!("{size:011o}").as_bytes());
        } else {
            let mut field = [0u8; 12];
            field[0] = 0x80;
            field[4..].copy_from_slice(&size.to_be_bytes());
            self.put(124, 12, &field);
        }
        self
    }

    /// Sets the link target.
    #[must_use]
    pub fn link(mut self, target: &[u8]) -> Self {
        self.put(157, 100, target);
        self
    }

    /// Overwrites bytes at an offset, whatever they mean.
    #[must_use]
    pub fn raw(mut self, at: usize, bytes: &[u8]) -> Self {
        self.put(at, bytes.len(), bytes);
        self
    }

    /// The header with its checksum.
    pub fn finish(mut self) -> [u8; BLOCK] {
        self.put(148, 8, b"        ");
        let sum: u32 = self.bytes.iter().map(|byte| u32::from(*byte)).sum();
        self.put(148, 8, format!("{sum:06o}\0 ").as_bytes());
        self.bytes
    }

    fn put(&mut self, at: usize, width: usize, bytes: &[u8]) {
        let field = self.bytes.iter_mut().skip(at).take(width);
        for (place, byte) in field.zip(bytes.iter().chain(std::iter::repeat(&0))) {
            *place = *byte;
        }
    }
}

/// A whole entry: GNU long names before it where they are needed, its header, its content filled up.
pub fn entry(kind: EntryKind, name: &[u8], link: &[u8], mode: u32, content: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (long, text) in [(EntryKind::LongName, name), (EntryKind::LongLink, link)] {
        if text.len() > 100 {
            let mut content = text.to_vec();
            content.push(0);
            bytes.extend(Header::new(long, b"././@LongLink", content.len() as u64).finish());
            bytes.extend(filled(&content));
        }
    }
    let header = Header::new(kind, name, content.len() as u64).mode(mode).link(link);
    bytes.extend(header.finish());
    bytes.extend(filled(content));
    bytes
}

/// A PAX entry whose records hold for the next entry.
pub fn pax(records: &[(&str, &[u8])]) -> Vec<u8> {
    let mut content = Vec::new();
    for (key, value) in records {
        // The length counts its own digits.
        let rest = key.len() + value.len() + 3;
        let mut length = rest + 1;
        while length.to_string().len() + rest != length {
            length = length.to_string().len() + rest;
        }
        content.extend(format!("{length} {key}=").into_bytes());
        content.extend(*value);
        content.push(b'\n');
    }
    entry(EntryKind::Pax, b"PaxHeaders/entry", b"", 0o644, &content)
}

/// Content filled up to whole blocks.
pub fn filled(content: &[u8]) -> Vec<u8> {
    let mut bytes = content.to_vec();
    bytes.resize(content.len().next_multiple_of(BLOCK), 0);
    bytes
}
