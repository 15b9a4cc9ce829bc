//! PDM's `pdm.lock`.
//!
//! <https://pdm-project.org/latest/usage/lockfile/>

use super::reading::{Reading, text};
use super::{MAX_BYTES, tables};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "pdm-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("pdm.lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Python, input);
    tables::each(&text(input), "package", &mut reading, &mut |entry, reading| {
        let Some(name) = entry.text("name") else {
            return reading.broken("entry without name");
        };
        match entry.text("version") {
            _ if entry.has("path") => {}
            _ if ["git", "hg", "svn", "bzr", "url"].iter().any(|key| entry.has(key)) => {
                reading.foreign(name);
            }
            Some(version) => reading.add(name, version, entry.line("name")),
            None => reading.unpinned(name),
        }
    });
    reading.finish()
}
