//! Builds the database from what lies on this machine.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use sha2::Digest as _;

use super::{Outcome, Source, State, Summary, UpdateError};
use crate::database::file_name;
use crate::signal::{EXPLOITED, FORECAST, Signal, build_exploited, build_forecast};
use crate::store::Store;
use crate::store::build::{Builder, MAX_RECORD};

/// Records of one ecosystem; the largest has about half a million.
const MAX_RECORDS: usize = 5_000_000;

/// Content of one archive's records, unpacked; the largest have some gigabytes.
const MAX_CONTENT: u64 = 64 << 30;

/// Names under which CISA's catalogue is known.
const KEV: [&str; 2] = ["known_exploited_vulnerabilities.json", "kev.json"];

/// Names under which FIRST's scores are known.
const EPSS: [&str; 4] =
    ["epss_scores-current.csv.gz", "epss_scores-current.csv", "epss.csv.gz", "epss.csv"];

/// Imports a directory (`<Ecosystem>/all.zip` or `<Ecosystem>/*.json`) or one ZIP archive of that layout.
/// `now` is in Unix seconds.
///
/// # Errors
/// Nothing to import, or a database folder that cannot be written. A single bad source is an outcome.
pub fn import(source: &Path, folder: &Path, now: i64) -> Result<Summary, UpdateError> {
    let at = |path: &Path| {
        let path = path.display().to_string();
        move |fault| UpdateError::Folder { path, fault }
    };
    std::fs::create_dir_all(folder).map_err(at(folder))?;
    let mut job = Job { folder, now, state: State::read(folder), summary: Summary::default() };
    if source.is_dir() {
        let mut entries: Vec<PathBuf> = Vec::new();
        for entry in std::fs::read_dir(source).map_err(at(source))? {
            entries.push(entry.map_err(at(source))?.path());
        }
        entries.sort();
        for path in entries {
            job.entry(&path);
        }
    } else {
        job.bundle(source).map_err(at(source))?;
    }
    if job.summary.sources.is_empty() {
        return Err(UpdateError::Empty(source.display().to_string()));
    }
    job.state.write(folder).map_err(at(folder))?;
    Ok(job.summary)
}

pub(super) struct Job<'a> {
    pub folder: &'a Path,
    pub now: i64,
    pub state: State,
    pub summary: Summary,
}

impl Job<'_> {
    fn entry(&mut self, path: &Path) {
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { return };
        if path.is_dir() {
            let archive = path.join("all.zip");
            if archive.is_file() {
                self.archive(name, &archive, &archive.display().to_string(), None);
            } else {
                self.records(name, path);
            }
        } else if KEV.contains(&name) {
            self.signal("kev", path, &path.display().to_string(), None);
        } else if EPSS.contains(&name) {
            self.signal("epss", path, &path.display().to_string(), None);
        }
    }

    /// An ecosystem's `all.zip`.
    pub(super) fn archive(
        &mut self,
        ecosystem: &str,
        path: &Path,
        location: &str,
        etag: Option<String>,
    ) {
        let outcome = self.changed(ecosystem, path, location, etag, |job, source| {
            let Some(mut builder) = Builder::new(ecosystem) else { return Ok(Outcome::Unknown) };
            let mut archive = zip::ZipArchive::new(BufReader::new(File::open(path)?))
                .map_err(std::io::Error::other)?;
            add_archive(&mut archive, "", &mut builder)?;
            job.finish(ecosystem, builder, source)
        });
        self.summary.sources.push((ecosystem.to_owned(), outcome));
    }

    fn finish(
        &self,
        ecosystem: &str,
        builder: Builder,
        source: &mut Source,
    ) -> std::io::Result<Outcome> {
        source.newest.clone_from(&builder.newest);
        source.malformed = builder.malformed;
        let (malformed, faults) = (builder.malformed, builder.faults.clone());
        let (advisories, packages) =
            builder.finish(&self.folder.join(file_name(ecosystem)), source.time)?;
        Ok(Outcome::Built { advisories, packages, malformed, faults })
    }

    /// A folder of plain records.
    fn records(&mut self, ecosystem: &str, folder: &Path) {
        let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        if files.is_empty() {
            return;
        }
        files.sort();
        let mut build = || -> std::io::Result<Outcome> {
            let Some(mut builder) = Builder::new(ecosystem) else { return Ok(Outcome::Unknown) };
            let mut time = 0;
            for path in &files {
                let name = path.display().to_string();
                let file = File::open(path)?;
                time = time.max(modified(path, self.now));
                let mut content = Vec::new();
                file.take(MAX_RECORD + 1).read_to_end(&mut content)?;
                builder.add(&name, &content);
                if builder.overfull() {
                    break;
                }
            }
            let location = folder.display().to_string();
            let mut source = Source { location, time, built: self.now, ..Source::default() };
            let outcome = self.finish(ecosystem, builder, &mut source)?;
            self.state.sources.insert(ecosystem.to_owned(), source);
            Ok(outcome)
        };
        let outcome = build().unwrap_or_else(|fault| Outcome::Failed(fault.to_string()));
        self.summary.sources.push((ecosystem.to_owned(), outcome));
    }

    /// One of the two signals.
    pub(super) fn signal(&mut self, name: &str, path: &Path, location: &str, etag: Option<String>) {
        let outcome = self.changed(name, path, location, etag, |job, _source| {
            let feed = BufReader::new(File::open(path)?);
            let count = if name == "kev" {
                build_exploited(feed, &job.folder.join(EXPLOITED))?
            } else {
                build_forecast(feed, &job.folder.join(FORECAST))?
            };
            Ok(Outcome::Built {
                advisories: count as u64,
                packages: 0,
                malformed: 0,
                faults: Vec::new(),
            })
        });
        self.summary.sources.push((name.to_owned(), outcome));
    }

    /// Whether a source's file is there and whole. A damaged one is built anew, even from the same source.
    pub(super) fn built(&self, name: &str) -> bool {
        let signal = |file| matches!(Signal::open(&self.folder.join(file)), Ok(Some(_)));
        match name {
            "kev" => signal(EXPLOITED),
            "epss" => signal(FORECAST),
            ecosystem => {
                let store = Store::open(&self.folder.join(file_name(ecosystem)));
                store.is_ok_and(|store| store.verify().is_ok())
            }
        }
    }

    /// Builds only what changed since the last time, and notes what it was built from.
    fn changed(
        &mut self,
        name: &str,
        path: &Path,
        location: &str,
        etag: Option<String>,
        build: impl FnOnce(&Self, &mut Source) -> std::io::Result<Outcome>,
    ) -> Outcome {
        let work = || -> std::io::Result<Outcome> {
            let digest = digest(File::open(path)?)?;
            let time = if etag.is_some() { self.now } else { modified(path, self.now) };
            if let Some(before) = self.state.sources.get(name)
                && before.digest == digest
                && before.time == time
                && self.built(name)
            {
                return Ok(Outcome::Unchanged);
            }
            let location = location.to_owned();
            let etag = etag.clone();
            let mut source =
                Source { location, digest, etag, time, built: self.now, ..Source::default() };
            Ok(match build(self, &mut source)? {
                built @ Outcome::Built { .. } => {
                    self.state.sources.insert(name.to_owned(), source);
                    built
                }
                other => other,
            })
        };
        work().unwrap_or_else(|fault| Outcome::Failed(fault.to_string()))
    }

    /// One ZIP archive that holds the whole layout: `<Ecosystem>/all.zip` or `<Ecosystem>/*.json` inside.
    fn bundle(&mut self, path: &Path) -> std::io::Result<()> {
        let file = File::open(path)?;
        let time = file.metadata()?.modified()?;
        let mut archive =
            zip::ZipArchive::new(BufReader::new(file)).map_err(std::io::Error::other)?;
        let names: Vec<String> =
            archive.file_names().flatten().map(std::borrow::Cow::into_owned).collect();
        let mut plain: std::collections::BTreeSet<String> = std::collections::BTreeSet::new();
        for name in names {
            let base = name.rsplit('/').next().unwrap_or_default().to_owned();
            let folder = name.split('/').rev().nth(1).unwrap_or_default().to_owned();
            let signal = KEV.contains(&base.as_str()) || EPSS.contains(&base.as_str());
            if base == "all.zip" || signal {
                let mut member = archive.by_name(&name).map_err(std::io::Error::other)?;
                let mut held = tempfile::NamedTempFile::new_in(self.folder)?;
                std::io::copy(&mut Read::by_ref(&mut member).take(4 << 30), &mut held)?;
                // The bundle's time is the time of the data, and not that of unpacking.
                held.as_file().set_modified(time)?;
                let location = format!("{}!/{name}", path.display());
                drop(member);
                match base.as_str() {
                    "all.zip" => self.archive(&folder, held.path(), &location, None),
                    base if KEV.contains(&base) => self.signal("kev", held.path(), &location, None),
                    _ => self.signal("epss", held.path(), &location, None),
                }
            } else if base.ends_with(".json") && !folder.is_empty() {
                plain.insert(folder);
            }
        }
        for ecosystem in plain {
            let Some(mut builder) = Builder::new(&ecosystem) else {
                self.summary.sources.push((ecosystem, Outcome::Unknown));
                continue;
            };
            add_archive(&mut archive, &format!("{ecosystem}/"), &mut builder)?;
            let (location, time) = (path.display().to_string(), modified(path, self.now));
            let mut source = Source { location, time, built: self.now, ..Source::default() };
            let outcome = self.finish(&ecosystem, builder, &mut source)?;
            self.state.sources.insert(ecosystem.clone(), source);
            self.summary.sources.push((ecosystem, outcome));
        }
        Ok(())
    }
}

fn add_archive<R: Read + Seek>(
    archive: &mut zip::ZipArchive<R>,
    below: &str,
    builder: &mut Builder,
) -> std::io::Result<()> {
    if archive.len() > MAX_RECORDS {
        return Err(std::io::Error::new(
            std::io::ErrorKind::InvalidData,
            "archive has too many records",
        ));
    }
    let mut content = Vec::new();
    let mut left = MAX_CONTENT;
    for at in 0..archive.len() {
        let mut member = archive.by_index(at).map_err(std::io::Error::other)?;
        let name = member.name().map_err(std::io::Error::other)?.into_owned();
        let inside =
            below.is_empty() || name.starts_with(below) || name.contains(&format!("/{below}"));
        if !name.ends_with(".json") || !inside {
            continue;
        }
        if builder.overfull() {
            break;
        }
        content.clear();
        // The end of a member proves its CRC, so a damaged archive is a failure and not a short database.
        Read::by_ref(&mut member).take(MAX_RECORD + 1).read_to_end(&mut content)?;
        left = left.checked_sub(content.len() as u64).ok_or_else(|| {
            std::io::Error::new(
                std::io::ErrorKind::InvalidData,
                "archive unpacks to more than 64 GiB",
            )
        })?;
        builder.add(&name, &content);
    }
    Ok(())
}

/// The file's time, which is the time of a mirror's data; never later than now.
fn modified(path: &Path, now: i64) -> i64 {
    let time = std::fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let seconds =
        time.and_then(|time| time.duration_since(UNIX_EPOCH).ok()).map(|since| since.as_secs());
    seconds.and_then(|seconds| i64::try_from(seconds).ok()).map_or(now, |time| time.min(now))
}

fn digest(mut file: File) -> std::io::Result<String> {
    let mut hash = sha2::Sha256::new();
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        match buffer.get(..count) {
            Some([]) | None => break,
            Some(bytes) => hash.update(bytes),
        }
    }
    Ok(model::Digest::sha256(&hash.finalize().into()).to_string())
}
