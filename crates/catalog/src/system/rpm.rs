//! rpm's database, in the three containers that it has had: Berkeley DB, ndb, SQLite.

mod bdb;
mod header;
mod ndb;
mod sqlite;

use model::OwnedFiles;

use super::bounds::{MAX_PACKAGES, MAX_PATHS, Room};
use crate::{Found, Input, Manager, Parser, Pattern, Problem, Scope, SystemPackage};

pub(super) static PARSER: Parser = Parser {
    id: "rpm-database",
    scope: Scope::System,
    patterns: &[
        Pattern::Path("var/lib/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite"),
        Pattern::Path("var/lib/rpm/Packages.db"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages.db"),
        Pattern::Path("var/lib/rpm/Packages"),
        Pattern::Path("usr/lib/sysimage/rpm/Packages"),
    ],
    max_bytes: 72 << 20,
    // SQLite reads a copy of its own; all paths are held until they are handed on.
    working: |size| size + MAX_PATHS as u64,
    parse,
};

/// Changes that SQLite had not yet written into the database itself.
pub(super) static JOURNAL: Parser = Parser {
    id: "rpm-journal",
    scope: Scope::System,
    patterns: &[
        Pattern::Path("var/lib/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/lib/sysimage/rpm/rpmdb.sqlite-wal"),
        Pattern::Path("usr/share/rpm/rpmdb.sqlite-wal"),
    ],
    max_bytes: 128 << 20,
    working: |_| 0,
    parse: |input| {
        let mut found = Found::default();
        if !input.content.is_empty() {
            let reason = "packages installed or removed last may be missing: their changes stand in this journal";
            found.problems.push(Problem::new(input.path, reason));
        }
        found
    },
};

/// All headers' bytes together: entries of a made-up database may share their bytes.
const MAX_TOTAL: usize = 512 << 20;

/// Takes header blobs as a container gives them.
struct Headers<'a> {
    path: &'a str,
    found: Found,
    unread: usize,
    first_fault: Option<&'static str>,
    /// Bytes of headers that may still be read.
    left: usize,
    room: Room,
}

fn parse(input: &Input<'_>) -> Found {
    let mut headers = Headers {
        path: input.path,
        found: Found::default(),
        unread: 0,
        first_fault: None,
        left: MAX_TOTAL,
        room: Room::new(),
    };
    let outcome = if input.content.starts_with(b"SQLite format 3\0") {
        sqlite::read(input.content, &mut headers)
    } else if input.content.starts_with(b"RpmP") {
        ndb::read(input.content, &mut headers)
    } else {
        bdb::read(input.content, &mut headers)
    };
    let mut found = headers.found;
    found.problems.extend(headers.room.problem(input.path));
    if let Err(fault) = outcome {
        found.problems.push(Problem::new(input.path, fault));
    }
    if headers.unread > 0 {
        let fault = headers.first_fault.unwrap_or_default();
        let reason = format!("{} packages were not understood, the first: {fault}", headers.unread);
        found.problems.push(Problem::new(headers.path, reason));
    }
    found
}

impl Headers<'_> {
    /// Reads one header blob.
    ///
    /// # Errors
    /// The database holds more than any system has; the container should stop.
    fn add(&mut self, blob: &[u8]) -> Result<(), String> {
        self.spend(blob.len())?;
        match header::read(blob, &mut self.room) {
            Ok(header) => self.package(header),
            Err(fault) => return self.skip(fault),
        }
        self.bounded()
    }

    /// Charges bytes that were gone through, whether or not they made a package.
    fn spend(&mut self, bytes: usize) -> Result<(), String> {
        let left = self.left.checked_sub(bytes);
        self.left = left.unwrap_or(0);
        match left {
            Some(_) => Ok(()),
            None => Err(format!("packages take more than {} MiB", MAX_TOTAL >> 20)),
        }
    }

    /// Counts a package that could not be read.
    fn skip(&mut self, fault: &'static str) -> Result<(), String> {
        self.unread += 1;
        self.first_fault.get_or_insert(fault);
        self.bounded()
    }

    fn bounded(&self) -> Result<(), String> {
        if self.found.system.len() + self.unread < MAX_PACKAGES {
            Ok(())
        } else {
            Err("more packages than any system has".to_owned())
        }
    }

    fn package(&mut self, header: header::Header) {
        // Keys that were imported to check signatures stand among the packages.
        if header.name == "gpg-pubkey" {
            return;
        }
        let epoch = header.epoch.map_or_else(String::new, |epoch| format!("{epoch}:"));
        let version = format!("{epoch}{}-{}", header.version, header.release);
        let source = source(&header.source, &epoch);
        let owner = format!("{}.{}", header.name, header.architecture);
        self.found.owned.push(OwnedFiles { package: owner, paths: header.files });
        self.found.system.push(SystemPackage {
            manager: Manager::Rpm,
            name: header.name,
            version,
            architecture: header.architecture,
            source,
            licenses: if header.licence.is_empty() { Vec::new() } else { vec![header.licence] },
            vendor: (!header.vendor.is_empty()).then_some(header.vendor),
            module: (!header.module.is_empty()).then_some(header.module),
            line: None,
        });
    }
}

/// `openssl-3.0.7-24.el9.src.rpm` is `openssl`, `3.0.7-24.el9`.
fn source(file: &str, epoch: &str) -> Option<(String, String)> {
    let stem = file.strip_suffix(".rpm")?.rsplit_once('.')?.0;
    let (rest, release) = stem.rsplit_once('-')?;
    let (name, version) = rest.rsplit_once('-')?;
    Some((name.to_owned(), format!("{epoch}{version}-{release}")))
}

#[cfg(test)]
mod tests;
