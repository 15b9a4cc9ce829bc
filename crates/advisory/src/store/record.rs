//! The records of a store file: variable-length numbers, length-prefixed texts, borrowed from the map.

use model::Severity;
use smallvec::{Array, SmallVec};

use crate::rating::Rating;

/// What an advisory says as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Head<'a> {
    pub id: &'a str,
    /// Other names of the same vulnerability.
    pub aliases: SmallVec<[&'a str; 2]>,
    /// Vulnerabilities that one errata notice mends together.
    pub bundle: SmallVec<[&'a str; 2]>,
    pub summary: &'a str,
    pub withdrawn: bool,
    pub informational: bool,
    pub word: Option<Severity>,
    pub rating: Option<Rating<'a>>,
}

impl Head<'_> {
    /// Whether this is one of its names.
    pub(crate) fn goes_by(&self, id: &str) -> bool {
        let others = self.aliases.iter().chain(&self.bundle);
        self.id.eq_ignore_ascii_case(id) || others.into_iter().any(|n| n.eq_ignore_ascii_case(id))
    }
}

/// What an advisory says of one package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Affected<'a> {
    /// The distribution's release; empty for all.
    pub release: &'a str,
    /// Nearly always one.
    pub ranges: SmallVec<[Range<'a>; 1]>,
    /// Nearly always none: what ranges hold is not listed again.
    pub versions: SmallVec<[&'a str; 1]>,
    pub word: Option<Severity>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RangeKind {
    Ecosystem,
    Git,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EventKind {
    Introduced,
    Fixed,
    LastAffected,
    Limit,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Range<'a> {
    pub kind: RangeKind,
    /// Nearly always a beginning and an end.
    pub events: SmallVec<[(EventKind, &'a str); 2]>,
}

/// Writes records.
#[derive(Debug, Default)]
pub(crate) struct Writer(pub Vec<u8>);

impl Writer {
    pub(crate) fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.extend_from_slice(text.as_bytes());
    }

    pub(crate) fn texts<'t>(&mut self, texts: impl ExactSizeIterator<Item = &'t str>) {
        self.number(texts.len() as u64);
        for text in texts {
            self.text(text);
        }
    }

    /// Content whose damage is noticed: its length, its checksum, then itself.
    pub(crate) fn framed(&mut self, content: &[u8]) {
        self.number(content.len() as u64);
        self.0.extend_from_slice(&checksum(content));
        self.0.extend_from_slice(content);
    }

    pub(crate) fn head(&mut self, head: &Head<'_>) {
        self.text(head.id);
        self.texts(head.aliases.iter().copied());
        self.texts(head.bundle.iter().copied());
        self.text(head.summary);
        self.0.push(u8::from(head.withdrawn) | u8::from(head.informational) << 1);
        self.0.push(word_to_byte(head.word));
        self.0.push(head.rating.map_or(UNRATED, |rating| rating.tenths));
        if let Some(rating) = head.rating {
            self.text(rating.vector);
        }
    }

    pub(crate) fn affected(&mut self, affected: &Affected<'_>) {
        self.text(affected.release);
        self.number(affected.ranges.len() as u64);
        for range in &affected.ranges {
            self.0.push(u8::from(range.kind == RangeKind::Git));
            self.number(range.events.len() as u64);
            for (kind, version) in &range.events {
                self.0.push(*kind as u8);
                self.text(version);
            }
        }
        self.texts(affected.versions.iter().copied());
        self.0.push(word_to_byte(affected.word));
    }
}

/// CRC-32, for accidents; whoever can write the file can write a fitting checksum too.
pub(crate) fn checksum(content: &[u8]) -> [u8; 4] {
    crc32fast::hash(content).to_le_bytes()
}

fn word_to_byte(word: Option<Severity>) -> u8 {
    word.map_or(0, |word| word as u8 + 1)
}

fn word_of_byte(byte: u8) -> Option<Severity> {
    Severity::ALL.into_iter().find(|severity| *severity as u8 + 1 == byte)
}

/// Stands in the place of a score where there is none.
const UNRATED: u8 = u8::MAX;

/// Reads records; nothing where the bytes end early or make no sense.
#[derive(Debug)]
pub(crate) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A frame's content, where its checksum proves it.
    pub(crate) fn framed(&mut self) -> Option<Self> {
        let length = self.count()?;
        let (sum, rest) = self.0.split_at_checked(4)?;
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (sum == checksum(content)).then_some(Self(content))
    }

    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(number);
            }
        }
        None
    }

    pub(crate) fn count(&mut self) -> Option<usize> {
        usize::try_from(self.number()?).ok()
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.count()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    pub(crate) fn texts(&mut self) -> Option<SmallVec<[&'a str; 2]>> {
        self.list(Self::text)
    }

    /// Passes over a text.
    fn pass(&mut self) -> Option<()> {
        let length = self.count()?;
        self.0 = self.0.get(length..)?;
        Some(())
    }

    /// A count, then so many things.
    fn list<A: Array>(
        &mut self,
        read: impl Fn(&mut Self) -> Option<A::Item>,
    ) -> Option<SmallVec<A>> {
        let mut list = SmallVec::new();
        for _ in 0..self.count()? {
            list.push(read(self)?);
        }
        Some(list)
    }

    pub(crate) fn head(&mut self) -> Option<Head<'a>> {
        let (id, aliases, bundle, summary) =
            (self.text()?, self.list(Self::text)?, self.list(Self::text)?, self.text()?);
        let flags = self.byte()?;
        let word = word_of_byte(self.byte()?);
        let rating = match self.byte()? {
            UNRATED => None,
            tenths => Some(Rating { vector: self.text()?, tenths }),
        };
        let (withdrawn, informational) = (flags & 1 != 0, flags & 2 != 0);
        Some(Head { id, aliases, bundle, summary, withdrawn, informational, word, rating })
    }

    /// What is said of one package, where `wanted` says yes to its release; the outer nothing is a fault.
    #[expect(clippy::option_option, reason = "a fault and an entry that is passed over differ")]
    pub(crate) fn affected(
        &mut self,
        wanted: &dyn Fn(&str) -> bool,
    ) -> Option<Option<Affected<'a>>> {
        let release = self.text()?;
        if !wanted(release) {
            for _ in 0..self.count()? {
                self.byte()?;
                for _ in 0..self.count()? {
                    self.byte()?;
                    self.pass()?;
                }
            }
            for _ in 0..self.count()? {
                self.pass()?;
            }
            self.byte()?;
            return Some(None);
        }
        let ranges = self.list(Self::range)?;
        let versions = self.list(Self::text)?;
        let word = word_of_byte(self.byte()?);
        Some(Some(Affected { release, ranges, versions, word }))
    }

    fn range(&mut self) -> Option<Range<'a>> {
        let kind = if self.byte()? == 0 { RangeKind::Ecosystem } else { RangeKind::Git };
        let events = self.list(Self::event)?;
        Some(Range { kind, events })
    }

    fn event(&mut self) -> Option<(EventKind, &'a str)> {
        let kind = match self.byte()? {
            0 => EventKind::Introduced,
            1 => EventKind::Fixed,
            2 => EventKind::LastAffected,
            3 => EventKind::Limit,
            _ => return None,
        };
        Some((kind, self.text()?))
    }
}

#[cfg(test)]
mod tests {
    use smallvec::smallvec;

    use super::*;

    #[test]
    fn what_was_written_is_read_and_every_cut_is_noticed() {
        let head = Head {
            id: "GHSA-1",
            aliases: smallvec!["CVE-2024-1"],
            summary: "one",
            withdrawn: true,
            word: Some(Severity::High),
            rating: Some(Rating { vector: "CVSS:3.1/x", tenths: 98 }),
            ..Head::default()
        };
        let affected = Affected {
            release: "12",
            ranges: smallvec![Range {
                kind: RangeKind::Ecosystem,
                events: smallvec![(EventKind::Introduced, "0"), (EventKind::Fixed, "1.2")],
            }],
            versions: smallvec!["1.0", "1.1"],
            word: None,
        };
        let mut writer = Writer::default();
        writer.head(&head);
        writer.affected(&affected);
        let mut reader = Reader::new(&writer.0);
        assert_eq!(format!("{:?}", reader.head()), format!("{:?}", Some(head)));
        let read = reader.affected(&|release| release == "12");
        assert_eq!(format!("{read:?}"), format!("{:?}", Some(Some(affected))));
        assert!(reader.0.is_empty());
        for wanted in [true, false] {
            for cut in 0..writer.0.len() {
                let mut reader = Reader::new(&writer.0[..cut]);
                assert!(reader.head().is_none() || reader.affected(&|_| wanted).is_none());
            }
            let mut reader = Reader::new(&writer.0);
            assert!(reader.head().and_then(|_| reader.affected(&|_| wanted)).is_some());
            assert!(reader.0.is_empty());
        }
    }

    #[test]
    fn numbers_of_every_length_survive() {
        for number in [0, 1, 127, 128, 16_383, 16_384, u64::MAX] {
            let mut writer = Writer::default();
            writer.number(number);
            assert_eq!(Reader::new(&writer.0).number(), Some(number));
        }
    }
}
