//! JSON lockfiles as a stream of members: nothing but the member at hand is held, a cut file gives what
//! stands before the cut, and every piece knows its line.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Gives `each` every member of the sections of the top object whose names are `wanted`: section, key
/// (empty in an array) and the value's text.
pub(super) fn members<'a>(
    text: &'a str,
    wanted: &dyn Fn(&str) -> bool,
    each: &mut dyn FnMut(&str, &str, &'a str),
) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    Top { wanted, each }.deserialize(&mut reader)?;
    reader.end()
}

/// Gives `each` every member of one object or array.
pub(super) fn inner<'a>(
    text: &'a str,
    each: &mut dyn FnMut(&str, &'a str),
) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_str(text);
    let mut each = |_: &str, key: &str, value: &'a str| each(key, value);
    Section { name: "", each: &mut each }.deserialize(&mut reader)?;
    reader.end()
}

struct Top<'s, 'a> {
    wanted: &'s dyn Fn(&str) -> bool,
    each: &'s mut dyn FnMut(&str, &str, &'a str),
}

impl<'de> DeserializeSeed<'de> for Top<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Top<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            if (self.wanted)(&name) {
                map.next_value_seed(Section { name: &name, each: &mut *self.each })?;
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct Section<'s, 'a> {
    name: &'s str,
    each: &'s mut dyn FnMut(&str, &str, &'a str),
}

impl<'de> DeserializeSeed<'de> for Section<'_, 'de> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Section<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or an array")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let value = map.next_value::<&'de RawValue>()?;
            (self.each)(self.name, &key, value.get());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(value) = seq.next_element::<&'de RawValue>()? {
            (self.each)(self.name, "", value.get());
        }
        Ok(())
    }
}

/// Bytes between two remembered line numbers.
const STEP: usize = 4_096;

/// Says on which line a piece of a text begins.
pub(super) struct Lines<'a> {
    text: &'a str,
    /// Line ends before each step.
    before: Vec<u32>,
}

impl<'a> Lines<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let mut count = 0u32;
        let steps = text.as_bytes().chunks(STEP);
        let before = steps.map(|step| {
            let before = count;
            count += ends(step);
            before
        });
        Self { text, before: before.collect() }
    }

    /// The 1-based line on which `part`, a slice of the text, begins.
    pub(super) fn of(&self, part: &str) -> Option<u32> {
        let at = part.as_ptr().addr().checked_sub(self.text.as_ptr().addr())?;
        let step = at / STEP;
        let rest = self.text.as_bytes().get(step * STEP..at)?;
        Some(self.before.get(step)? + ends(rest) + 1)
    }

    /// A fault in `part`, with its line in the whole text: the parser of a part counts from the part.
    pub(super) fn fault(&self, part: &str, fault: &serde_json::Error) -> String {
        let first = self.of(part).unwrap_or(1);
        let line = u32::try_from(fault.line().saturating_sub(1)).unwrap_or(0).saturating_add(first);
        let text = fault.to_string();
        let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
        format!("line {line}: {text}")
    }
}

fn ends(bytes: &[u8]) -> u32 {
    u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX)
}

/// JSON with comments and trailing commas made plain JSON of the same length, so that lines stay.
pub(super) fn without_comments(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    let mut at = 0;
    // The last comma with nothing but blanks and comments behind it.
    let mut comma: Option<usize> = None;
    while let Some(byte) = out.get(at).copied() {
        let next = out.get(at + 1).copied();
        match (byte, next) {
            (b'"', _) => {
                comma = None;
                at += 1;
                while let Some(inside) = out.get(at) {
                    match inside {
                        b'"' => break,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
                at += 1;
            }
            (b'/', Some(b'/')) => {
                let rest = out.get(at..).unwrap_or_default();
                let end = memchr::memchr(b'\n', rest).map_or(out.len(), |end| at + end);
                blank(&mut out, at, end);
                at = end;
            }
            (b'/', Some(b'*')) => {
                let rest = out.get(at + 2..).unwrap_or_default();
                let end = memchr::memmem::find(rest, b"*/").map_or(out.len(), |end| at + end + 4);
                blank(&mut out, at, end);
                at = end;
            }
            (b',', _) => {
                comma = Some(at);
                at += 1;
            }
            (b'}' | b']', _) => {
                if let Some(comma) = comma.take() {
                    blank(&mut out, comma, comma + 1);
                }
                at += 1;
            }
            _ => {
                if !byte.is_ascii_whitespace() {
                    comma = None;
                }
                at += 1;
            }
        }
    }
    // Only whole comments were blanked, so the text is still UTF-8.
    String::from_utf8_lossy(&out).into_owned()
}

fn blank(out: &mut [u8], from: usize, to: usize) {
    for byte in out.iter_mut().take(to).skip(from).filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}
