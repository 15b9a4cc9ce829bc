//! Berkeley DB: a hash table whose values are headers, mostly too long for a page and chained over
//! overflow pages (Berkeley DB, `db_page.h`).

use super::Headers;

const HASH_MAGIC: u32 = 0x0006_1561;
const HASH_UNSORTED: u8 = 2;
const OVERFLOW: u8 = 7;
const HASH: u8 = 13;
const KEY_DATA: u8 = 1;
const OFF_PAGE: u8 = 3;
const PAGE_HEADER: usize = 26;

/// One header's bytes; the kernel package of a large system has some megabytes.
const MAX_VALUE: usize = 64 << 20;

/// A database with more broken chains is not worth following to its end.
const MAX_DAMAGED: usize = 100;

#[derive(Clone, Copy)]
struct Db<'a> {
    content: &'a [u8],
    page: usize,
    big: bool,
}

pub(super) fn read(content: &[u8], headers: &mut Headers<'_>) -> Result<(), String> {
    let magic = content.get(12..16).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let big = match magic {
        Some(bytes) if u32::from_le_bytes(bytes) == HASH_MAGIC => false,
        Some(bytes) if u32::from_be_bytes(bytes) == HASH_MAGIC => true,
        _ => return Err("neither a Berkeley DB hash, ndb nor SQLite".to_owned()),
    };
    if content.get(24) != Some(&0) {
        return Err("Berkeley DB is encrypted".to_owned());
    }
    let mut db = Db { content, page: 0, big };
    db.page = db.number(content, 20).unwrap_or(0);
    if !(512..=65_536).contains(&db.page) || !db.page.is_power_of_two() {
        return Err("Berkeley DB has an impossible page size".to_owned());
    }
    let last = db.number(content, 32).unwrap_or(usize::MAX);
    if content.len() / db.page <= last {
        return Err("Berkeley DB ends early".to_owned());
    }
    // The pages are walked in the order in which they lie, so no chain of buckets can loop.
    let mut damaged = 0;
    for page in content.chunks_exact(db.page).skip(1) {
        if matches!(page.get(25), Some(&HASH | &HASH_UNSORTED)) {
            db.entries(page, headers, &mut damaged)?;
        }
    }
    Ok(())
}

impl<'a> Db<'a> {
    fn number(self, bytes: &[u8], at: usize) -> Option<usize> {
        let bytes: [u8; 4] = bytes.get(at..at.checked_add(4)?)?.try_into().ok()?;
        usize::try_from(if self.big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        })
        .ok()
    }

    fn short(self, bytes: &[u8], at: usize) -> Option<usize> {
        let bytes: [u8; 2] = bytes.get(at..at.checked_add(2)?)?.try_into().ok()?;
        Some(usize::from(if self.big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        }))
    }

    /// A page's entries are keys and values in turn; only values are headers.
    fn entries(
        self,
        page: &'a [u8],
        headers: &mut Headers<'_>,
        damaged: &mut usize,
    ) -> Result<(), String> {
        let count = self.short(page, 20).unwrap_or(0);
        for at in (1..count).step_by(2) {
            let Some(offset) = self.short(page, PAGE_HEADER + at * 2) else { break };
            let Some(item) = page.get(offset..) else { continue };
            let value = match item.first() {
                Some(&OFF_PAGE) => {
                    let first = self.number(item, 4).unwrap_or(0);
                    let length = self.number(item, 8).unwrap_or(0);
                    let (value, walked) = self.chain(first, length, headers.left);
                    // What the value itself takes is charged when it is read.
                    headers.spend(walked - value.as_ref().map_or(0, Vec::len))?;
                    value
                }
                // A value on the page reaches to where the entry before it begins.
                Some(&KEY_DATA) => {
                    let end = self.short(page, PAGE_HEADER + (at - 1) * 2);
                    Some(end.and_then(|end| page.get(offset + 1..end)).unwrap_or_default().to_vec())
                }
                _ => continue,
            };
            let Some(value) = value else {
                headers.skip("overflow chain is damaged")?;
                *damaged += 1;
                if *damaged > MAX_DAMAGED {
                    return Err(format!("more than {MAX_DAMAGED} overflow chains are damaged"));
                }
                continue;
            };
            // rpm keeps its counter of packages under key 0, as a value of 4 bytes.
            if value.len() <= 8 {
                continue;
            }
            headers.add(&value)?;
        }
        Ok(())
    }

    /// Follows a chain of overflow pages; it ends with the announced length or with what may still be
    /// walked, so a loop ends too. Gives the bytes walked beside, which cost time even where the chain is
    /// damaged.
    fn chain(self, first: usize, length: usize, left: usize) -> (Option<Vec<u8>>, usize) {
        if length > MAX_VALUE.min(self.content.len()) {
            return (None, 0);
        }
        let mut value = Vec::with_capacity(length);
        let (mut at, mut walked) = (first, 0);
        while value.len() < length {
            let Some((part, next)) = self.overflow(at).filter(|_| walked <= left) else {
                return (None, walked);
            };
            value.extend_from_slice(part.get(..length - value.len()).unwrap_or(part));
            walked += PAGE_HEADER + part.len();
            at = next;
        }
        (Some(value), walked)
    }

    /// One overflow page's content and the number of the next.
    fn overflow(self, at: usize) -> Option<(&'a [u8], usize)> {
        let start = at.checked_mul(self.page).filter(|start| *start > 0)?;
        let page = self.content.get(start..start.checked_add(self.page)?)?;
        if page.get(25) != Some(&OVERFLOW) {
            return None;
        }
        let used = self.short(page, 22)?;
        let part = page.get(PAGE_HEADER..PAGE_HEADER + used).filter(|part| !part.is_empty())?;
        Some((part, self.number(page, 16)?))
    }
}
