//! ndb: pages of slots, each naming a run of 16-byte blocks that holds a header (rpm, `lib/backend/ndb`).

use super::Headers;

const SLOT: usize = 16;
const PAGE: usize = 4096;
const BLOCK: usize = 16;
const SLOT_MAGIC: &[u8] = b"Slot";
const BLOB_MAGIC: &[u8] = b"BlbS";

/// Slot pages; each holds 256 slots.
const MAX_PAGES: usize = 4_096;

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(4)?)?;
    usize::try_from(u32::from_le_bytes(bytes.try_into().ok()?)).ok()
}

pub(super) fn read(content: &[u8], headers: &mut Headers<'_>) -> Result<(), String> {
    // Header: magic, version, generation, number of slot pages. It takes the place of the first two slots.
    if number(content, 4) != Some(0) {
        return Err("ndb database of another version".to_owned());
    }
    let pages = number(content, 12).ok_or("ndb database ends early")?;
    if pages > MAX_PAGES {
        return Err("ndb database has too many slot pages".to_owned());
    }
    let slots = content.get(..pages * PAGE).ok_or("ndb database ends early")?;
    for slot in slots.chunks_exact(SLOT).skip(2) {
        if !slot.starts_with(SLOT_MAGIC) {
            return Err("ndb slot is damaged".to_owned());
        }
        let (Some(index), Some(block)) = (number(slot, 4), number(slot, 8)) else { continue };
        if block == 0 {
            continue;
        }
        // Blob: magic, package number, generation, length, then the header.
        let blob = block.checked_mul(BLOCK).and_then(|at| content.get(at..));
        let header =
            blob.filter(|blob| blob.starts_with(BLOB_MAGIC) && number(blob, 4) == Some(index));
        let header = header.and_then(|blob| blob.get(16..)?.get(..number(blob, 12)?));
        match header {
            Some(header) => headers.add(header)?,
            None => headers.skip("blob is damaged")?,
        }
    }
    Ok(())
}
