//! Builds store files from OSV records. Of each record only what a store keeps stays in memory, until all
//! are there; so much of it is refused as no ecosystem has.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use smallvec::SmallVec;

use super::record::{Writer, checksum};
use super::{Affected, EventKind, HEADER, Head, MAGIC, Range, RangeKind};
use crate::ecosystem::{Rules, rules};
use crate::evaluate::{comparable, within};
use crate::osv;
use crate::rating::Rating;

/// A record larger than this is not read (the largest real ones are a few megabytes).
pub(crate) const MAX_RECORD: u64 = 8 << 20;

/// What is kept of all records of an ecosystem together.
const MAX_KEPT: usize = 1 << 30;

/// What it takes to hold an entry beside its bytes.
const ENTRY: usize = 128;

/// A summary is one sentence; this much of it is kept.
const MAX_SUMMARY: usize = 1 << 10;

/// Records that were not understood and are told one by one.
const MAX_FAULTS: usize = 20;

/// Collects records of one ecosystem.
pub(crate) struct Builder {
    rules: &'static Rules,
    /// Bytes that are held.
    kept: usize,
    heads: Writer,
    /// Normalised package name to `(head, affected entries)`.
    packages: BTreeMap<String, Vec<(u64, Writer, u64)>>,
    /// The releases that entries speak of.
    releases: BTreeSet<String>,
    advisories: u64,
    pub(crate) newest: String,
    pub(crate) malformed: u64,
    pub(crate) faults: Vec<String>,
}

impl Builder {
    /// A builder for an ecosystem, or nothing where its order of versions is not known.
    pub(crate) fn new(ecosystem: &str) -> Option<Self> {
        Some(Self {
            rules: rules(ecosystem)?,
            kept: 0,
            heads: Writer::default(),
            packages: BTreeMap::new(),
            releases: BTreeSet::new(),
            advisories: 0,
            newest: String::new(),
            malformed: 0,
            faults: Vec::new(),
        })
    }

    /// Takes one record as JSON. What is not understood is counted and named, and does not stop the rest.
    pub(crate) fn add(&mut self, name: &str, json: &[u8]) {
        if json.len() as u64 > MAX_RECORD {
            let fault = format!("record is larger than {} MiB", MAX_RECORD >> 20);
            return self.fault(name, &fault);
        }
        match serde_json::from_slice::<osv::Record>(json) {
            Ok(record) if !record.id.is_empty() => self.record(&record),
            Ok(_) => self.fault(name, "record has no id"),
            Err(fault) => self.fault(name, &fault.to_string()),
        }
    }

    /// Whether records take more than an ecosystem has; there is no use in more of them.
    pub(crate) fn overfull(&self) -> bool {
        self.kept > MAX_KEPT
    }

    fn fault(&mut self, name: &str, fault: &str) {
        self.malformed += 1;
        if self.faults.len() < MAX_FAULTS {
            self.faults.push(format!("{name}: {fault}"));
        }
    }

    fn record(&mut self, record: &osv::Record) {
        if record.modified > self.newest {
            self.newest.clone_from(&record.modified);
        }
        let mut by_name: BTreeMap<String, Vec<&osv::Affected>> = BTreeMap::new();
        for affected in &record.affected {
            let ecosystem = &affected.package.ecosystem;
            let name = ecosystem.split_once(':').map_or(ecosystem.as_str(), |(name, _)| name);
            if name == self.rules.name && !affected.package.name.is_empty() {
                let name = (self.rules.normalise)(&affected.package.name).into_owned();
                by_name.entry(name).or_default().push(affected);
            }
        }
        if by_name.is_empty() {
            return;
        }
        self.advisories += 1;
        let at = self.heads.0.len() as u64;
        let mut head = Writer::default();
        write_head(record, self.rules, &mut head);
        self.heads.framed(&head.0);
        self.kept += head.0.len() + ENTRY;
        for (name, entries) in by_name {
            let mut writer = Writer::default();
            for affected in &entries {
                let release = release(affected);
                if !self.releases.contains(release) {
                    self.kept += release.len() + ENTRY;
                    self.releases.insert(release.to_owned());
                }
                write_affected(affected, self.rules, &mut writer);
            }
            writer.0.shrink_to_fit();
            self.kept += name.len() + writer.0.len() + ENTRY;
            self.packages.entry(name).or_default().push((at, writer, entries.len() as u64));
        }
    }

    /// Writes the file beside its final place and renames it, so that a reader sees the old or the new
    /// one whole, and an interruption leaves the old.
    pub(crate) fn finish(self, path: &Path, source_time: i64) -> std::io::Result<(u64, u64)> {
        if self.overfull() {
            let fault = format!("records take more than {} MiB", MAX_KEPT >> 20);
            return Err(std::io::Error::new(std::io::ErrorKind::InvalidData, fault));
        }
        let packages = self.packages.len() as u64;
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = BufWriter::new(tempfile::NamedTempFile::new_in(folder)?);
        file.write_all(&[0; HEADER])?;
        file.write_all(&self.heads.0)?;
        let heads_end = (HEADER + self.heads.0.len()) as u64;
        drop(self.heads);
        // Blocks go out one by one, so that they are not held a second time.
        let mut blocks_end = heads_end;
        let mut index = fst::MapBuilder::memory();
        for (name, entries) in self.packages {
            index.insert(&name, blocks_end - heads_end).map_err(std::io::Error::other)?;
            let (mut block, mut frame) = (Writer::default(), Writer::default());
            block.number(entries.len() as u64);
            for (head, writer, count) in entries {
                block.number(head);
                block.number(count);
                block.0.extend_from_slice(&writer.0);
            }
            frame.framed(&block.0);
            file.write_all(&frame.0)?;
            blocks_end += frame.0.len() as u64;
        }
        let (mut releases, mut frame) = (Writer::default(), Writer::default());
        releases.texts(self.releases.iter().map(String::as_str));
        frame.framed(&releases.0);
        file.write_all(&frame.0)?;
        let releases_end = blocks_end + frame.0.len() as u64;
        let index = index.into_inner().map_err(std::io::Error::other)?;
        file.write_all(&index)?;
        let mut header = MAGIC.to_vec();
        header.extend(self.advisories.to_le_bytes());
        header.extend(packages.to_le_bytes());
        header.extend(source_time.to_le_bytes());
        for end in [heads_end, blocks_end, releases_end, releases_end + index.len() as u64] {
            header.extend(end.to_le_bytes());
        }
        header.extend(checksum(&header));
        file.seek(SeekFrom::Start(0))?;
        file.write_all(&header)?;
        publish(file.into_inner().map_err(std::io::IntoInnerError::into_error)?, path)?;
        Ok((self.advisories, packages))
    }
}

/// Makes a finished file durable and puts it in its place, readable by everybody like the data it holds.
pub(crate) fn publish(file: tempfile::NamedTempFile, path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    file.as_file().set_permissions(std::fs::Permissions::from_mode(0o644))?;
    file.as_file().sync_all()?;
    file.persist(path).map_err(|fault| fault.error)?;
    Ok(())
}

fn cves<'a>(names: &[&'a str]) -> Vec<&'a str> {
    names.iter().filter(|name| name.starts_with("CVE-")).copied().collect()
}

fn write_head(record: &osv::Record, rules: &Rules, heads: &mut Writer) {
    let own: Vec<&str> = record.aliases.iter().map(String::as_str).collect();
    let mut upstream: Vec<&str> = record.upstream.iter().map(String::as_str).collect();
    // Errata of rpm distributions name what they mend under `related`.
    if rules.purl_kinds.contains(&"rpm") {
        upstream.extend(record.related.iter().map(String::as_str));
    }
    let errata =
        cves(&own).is_empty() && !record.id.starts_with("CVE-") && cves(&upstream).len() > 1;
    let (mut aliases, mut bundle) = if errata {
        (own, cves(&upstream))
    } else {
        (own.into_iter().chain(upstream).collect(), Vec::new())
    };
    for names in [&mut aliases, &mut bundle] {
        names.sort_unstable();
        names.dedup();
        names.retain(|name| *name != record.id);
    }
    let word = record.database_specific.severity().or_else(|| word(&record.severity));
    let word = word.or_else(|| errata_word(record, rules));
    let informational = record.database_specific.informational()
        || mends_no_vulnerability(record, rules)
        || record.affected.iter().any(|affected| affected.database_specific.informational());
    let affected_ratings = record.affected.iter().flat_map(|affected| &affected.severity);
    let ratings = record.severity.iter().chain(affected_ratings);
    let vectors = ratings.filter(|r| r.kind.starts_with("CVSS")).map(|r| r.score.as_str());
    heads.head(&Head {
        id: &record.id,
        aliases: aliases.into(),
        bundle: bundle.into(),
        summary: beginning(record.summary.trim(), MAX_SUMMARY),
        withdrawn: record.withdrawn.is_some(),
        informational,
        word: word.and_then(|word| word.parse().ok()),
        rating: Rating::of(vectors),
    });
}

/// As much of a text as fits into so many bytes.
fn beginning(text: &str, bytes: usize) -> &str {
    text.get(..text.floor_char_boundary(bytes)).unwrap_or(text)
}

/// Ubuntu rates with a word in the place of a vector.
fn word(ratings: &[osv::Rating]) -> Option<&str> {
    ratings
        .iter()
        .find(|rating| !rating.kind.starts_with("CVSS"))
        .map(|rating| rating.score.as_str())
}

/// AlmaLinux and Rocky Linux rate in the summary only: `Important: kernel security update`.
fn errata_word<'a>(record: &'a osv::Record, rules: &Rules) -> Option<&'a str> {
    let (word, _) = record.summary.trim_start().split_once(": ")?;
    let rates = ["Critical", "Important", "Moderate", "Low"].contains(&word);
    (rates && rules.purl_kinds.contains(&"rpm")).then_some(word)
}

/// Whether this is an errata notice of a plain mistake (`ALBA`) or of something new (`ALEA`). Some of them
/// mend a vulnerability beside, and then they name it.
fn mends_no_vulnerability(record: &osv::Record, rules: &Rules) -> bool {
    let id = record.id.as_str();
    let kind = ["ALBA-", "ALEA-", "RLBA-", "RLEA-", "RHBA-", "RHEA-"];
    let names = record.aliases.iter().chain(&record.upstream).chain(&record.related);
    rules.purl_kinds.contains(&"rpm")
        && kind.iter().any(|kind| id.starts_with(kind))
        && !names.into_iter().any(|name| name.starts_with("CVE-"))
}

fn release(affected: &osv::Affected) -> &str {
    affected.package.ecosystem.split_once(':').map_or("", |(_, release)| release)
}

fn write_affected(affected: &osv::Affected, rules: &Rules, writer: &mut Writer) {
    let ranges: SmallVec<[Range<'_>; 1]> = affected
        .ranges
        .iter()
        .map(|range| Range {
            kind: if range.kind == "GIT" { RangeKind::Git } else { RangeKind::Ecosystem },
            events: range.events.iter().flat_map(events).collect(),
        })
        .collect();
    // Most records list every version that their ranges hold as well, which says nothing more. Where
    // telling would take long, all are kept.
    let short = comparable(&affected.versions, &ranges);
    let versions = affected.versions.iter().map(String::as_str);
    let versions = versions.filter(|version| !short || !within(&ranges, version, rules)).collect();
    let word =
        affected.ecosystem_specific.severity().or_else(|| affected.database_specific.severity());
    let word = word.or_else(|| self::word(&affected.severity));
    writer.affected(&Affected {
        release: release(affected),
        ranges,
        versions,
        word: word.and_then(|word| word.parse().ok()),
    });
}

fn events(event: &osv::Event) -> impl Iterator<Item = (EventKind, &str)> {
    [
        (EventKind::Introduced, &event.introduced),
        (EventKind::Fixed, &event.fixed),
        (EventKind::LastAffected, &event.last_affected),
        (EventKind::Limit, &event.limit),
    ]
    .into_iter()
    .filter_map(|(kind, version)| version.as_deref().map(|version| (kind, version)))
}
