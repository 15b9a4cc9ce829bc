//! The lockfile that all Python tools share: `pylock.toml`, `pylock.NAME.toml`.
//!
//! <https://packaging.python.org/en/latest/specifications/pylock-toml/>

use super::reading::{Reading, text};
use super::{MAX_BYTES, tables};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "pylock",
    scope: Scope::Locked,
    patterns: &[Pattern::Named("pylock.", "toml")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Python, input);
    tables::each(&text(input), "packages", &mut reading, &mut |entry, reading| {
        let Some(name) = entry.text("name") else {
            return reading.broken("entry without name");
        };
        let archive = entry.table("archive");
        match entry.text("version") {
            _ if entry.has("directory") => {}
            _ if archive.as_ref().is_some_and(|archive| archive.has("path")) => {}
            _ if archive.is_some() || entry.has("vcs") => reading.foreign(name),
            Some(version) => reading.add(name, version, entry.line("name")),
            None => reading.unpinned(name),
        }
    });
    reading.finish()
}
