//! rpm's header: an index of typed tags, then a store of their values (RPM V4 file format, "Header").

use crate::system::bounds::Room;

/// What is read of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Header {
    pub name: String,
    pub epoch: Option<u32>,
    pub version: String,
    pub release: String,
    pub architecture: String,
    pub source: String,
    pub licence: String,
    pub vendor: String,
    pub module: String,
    pub files: Vec<String>,
}

// Tags of `rpmtag.h`.
const NAME: u32 = 1000;
const VERSION: u32 = 1001;
const RELEASE: u32 = 1002;
const EPOCH: u32 = 1003;
const VENDOR: u32 = 1011;
const LICENCE: u32 = 1014;
const ARCHITECTURE: u32 = 1022;
const SOURCE: u32 = 1044;
const FOLDER_OF_FILE: u32 = 1116;
const FILE_NAMES: u32 = 1117;
const FOLDERS: u32 = 1118;
const MODULE: u32 = 5096;

/// Index entries of one header (`HEADER_TAGS_MAX`).
const MAX_TAGS: usize = 0xffff;

/// A path is no longer than Linux takes one (`PATH_MAX`).
const MAX_PATH: usize = 4_096;

/// Files of one package.
const MAX_FILES: usize = 1_000_000;

struct Blob<'a> {
    index: &'a [u8],
    store: &'a [u8],
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_be_bytes(bytes.try_into().ok()?))
}

/// Reads a header as databases store it: two counts, the index, the store. Paths are kept while there is
/// room for them.
pub(super) fn read(blob: &[u8], room: &mut Room) -> Result<Header, &'static str> {
    let counts = number(blob, 0).zip(number(blob, 4)).ok_or("header ends early")?;
    let (tags, size) = (counts.0 as usize, counts.1 as usize);
    if tags == 0 || tags > MAX_TAGS {
        return Err("header has no tags or too many");
    }
    let index = blob.get(8..8 + tags * 16).ok_or("header's index ends early")?;
    let store = blob
        .get(8 + tags * 16..)
        .and_then(|rest| rest.get(..size))
        .ok_or("header's store ends early")?;
    let blob = Blob { index, store };
    let header = Header {
        name: blob.text(NAME).ok_or("package has no name")?,
        epoch: blob.numbers(EPOCH).and_then(|mut epochs| epochs.next()),
        version: blob.text(VERSION).ok_or("package has no version")?,
        release: blob.text(RELEASE).ok_or("package has no release")?,
        architecture: blob.text(ARCHITECTURE).unwrap_or_default(),
        source: blob.text(SOURCE).unwrap_or_default(),
        licence: blob.text(LICENCE).unwrap_or_default(),
        vendor: blob.text(VENDOR).unwrap_or_default(),
        module: blob.text(MODULE).unwrap_or_default(),
        files: blob.files(room),
    };
    if header.name.is_empty() || header.version.is_empty() {
        return Err("package has an empty name or version");
    }
    Ok(header)
}

impl<'a> Blob<'a> {
    /// Offset and count of a tag's values.
    fn find(&self, wanted: u32) -> Option<(&'a [u8], usize)> {
        let entry = self.index.chunks_exact(16).find(|entry| number(entry, 0) == Some(wanted))?;
        let offset = usize::try_from(number(entry, 8)?).ok()?;
        Some((self.store.get(offset..)?, number(entry, 12)? as usize))
    }

    fn texts(&self, tag: u32) -> impl Iterator<Item = &'a [u8]> {
        let (values, count) = self.find(tag).unwrap_or_default();
        values.split(|byte| *byte == 0).take(count.min(MAX_FILES))
    }

    fn text(&self, tag: u32) -> Option<String> {
        let text = self.texts(tag).next()?;
        Some(String::from_utf8_lossy(text.get(..4096).unwrap_or(text)).into_owned())
    }

    fn numbers(&self, tag: u32) -> Option<impl Iterator<Item = u32>> {
        let (values, count) = self.find(tag)?;
        Some(values.chunks_exact(4).take(count.min(MAX_FILES)).filter_map(|value| number(value, 0)))
    }

    fn files(&self, room: &mut Room) -> Vec<String> {
        if room.is_full() {
            return Vec::new();
        }
        let folders: Vec<&[u8]> = self.texts(FOLDERS).collect();
        let Some(of_file) = self.numbers(FOLDER_OF_FILE) else { return Vec::new() };
        let mut files = Vec::new();
        for (name, folder) in self.texts(FILE_NAMES).zip(of_file) {
            let Some(folder) = folders.get(folder as usize) else { continue };
            let size = folder.len() + name.len();
            if size > MAX_PATH {
                continue;
            }
            if !room.take(size) {
                break;
            }
            let path = [*folder, name].concat();
            files.push(String::from_utf8_lossy(&path).trim_start_matches('/').to_owned());
        }
        files
    }
}
