//! TOML lockfiles as a stream of `[[package]]` tables. Each is parsed by itself: memory follows the largest
//! entry, and a broken entry does not take the others with it.

use toml::de::{DeTable, DeValue};

use super::reading::Reading;

/// A larger entry is no package.
const MAX_ENTRY: usize = 1 << 20;

/// One entry of the array of tables.
pub(super) struct Entry<'e> {
    table: &'e DeTable<'e>,
    text: &'e str,
    first_line: u32,
}

impl Entry<'_> {
    /// The text under a key.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.table.get(key)?.get_ref().as_str()
    }

    /// Whether there is such a key.
    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// The table under a key.
    pub(super) fn table(&self, key: &str) -> Option<Entry<'_>> {
        let table = self.table.get(key)?.get_ref().as_table()?;
        Some(Entry { table, text: self.text, first_line: self.first_line })
    }

    /// The 1-based line of a key's value.
    pub(super) fn line(&self, key: &str) -> Option<u32> {
        let before = self.text.get(..self.table.get(key)?.span().start)?;
        let ends = memchr::memchr_iter(b'\n', before.as_bytes()).count();
        Some(self.first_line + u32::try_from(ends).ok()?)
    }
}

/// Gives `each` every table of the array `[[name]]`; what is no TOML is told.
pub(super) fn each(
    text: &str,
    name: &str,
    reading: &mut Reading<'_>,
    each: &mut dyn FnMut(&Entry<'_>, &mut Reading<'_>),
) {
    let (mut start, mut first_line, mut inside) = (0, 1, false);
    let mut at = 0;
    for (number, line) in (1u32..).zip(text.split_inclusive('\n')) {
        // Tools write headers without indentation; a bracket further right belongs to a value.
        if let Some(header) = line.strip_prefix('[') {
            let array = header.strip_prefix('[');
            let key = first_key(array.unwrap_or(header));
            let begins = array.is_some_and(|array| key == name && whole(array, name));
            if begins || key != name || !inside {
                let part = text.get(start..at).unwrap_or_default();
                entry(part, first_line, inside.then_some(name), reading, each);
                if reading.gives_up() {
                    return;
                }
                (start, first_line, inside) = (at, number, begins);
            }
        }
        at += line.len();
    }
    let part = text.get(start..).unwrap_or_default();
    entry(part, first_line, inside.then_some(name), reading, each);
}

/// The first part of a dotted key.
fn first_key(header: &str) -> &str {
    let end = header.find(['.', ']']).unwrap_or(header.len());
    header.get(..end).unwrap_or_default().trim().trim_matches(['"', '\''])
}

/// Whether the header is the array itself, not a table in it.
fn whole(header: &str, name: &str) -> bool {
    let inner = header.split_once(']').map_or(header, |(inner, _)| inner);
    inner.trim().trim_matches(['"', '\'']) == name
}

/// Parses one piece; `name` is set where it is an entry.
fn entry(
    text: &str,
    first_line: u32,
    name: Option<&str>,
    reading: &mut Reading<'_>,
    each: &mut dyn FnMut(&Entry<'_>, &mut Reading<'_>),
) {
    if text.len() > MAX_ENTRY {
        // Old formats keep the digests of all packages in one table, which nobody needs.
        if name.is_some() || first_line == 1 {
            reading.broken(format!("line {first_line}: entry is larger than 1 MiB"));
        }
        return;
    }
    let table = match DeTable::parse(text) {
        Ok(table) => table,
        Err(fault) => {
            let fault = fault.message().trim_end().replace('\n', ", ");
            return reading.broken(format!("entry on line {first_line}: {fault}"));
        }
    };
    let Some(name) = name else { return };
    let tables = table.get_ref().get(name).and_then(|value| value.get_ref().as_array());
    for table in tables.into_iter().flatten().map(toml::Spanned::get_ref) {
        if let DeValue::Table(table) = table {
            each(&Entry { table, text, first_line }, reading);
        }
    }
}
