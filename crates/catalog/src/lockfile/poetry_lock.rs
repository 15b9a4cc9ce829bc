//! Poetry's `poetry.lock`, all versions of the format.
//!
//! <https://python-poetry.org/docs/basic-usage/#installing-with-poetrylock>

use super::reading::{Reading, text};
use super::{MAX_BYTES, tables};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "poetry-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("poetry.lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Python, input);
    tables::each(&text(input), "package", &mut reading, &mut |entry, reading| {
        let (Some(name), Some(version)) = (entry.text("name"), entry.text("version")) else {
            return reading.broken("entry without name and version");
        };
        let source = entry.table("source");
        match source.as_ref().and_then(|source| source.text("type")) {
            Some("directory" | "file") => {}
            Some("git" | "url" | "hg" | "svn" | "bzr") => reading.foreign(name),
            // `legacy` is another index, mostly a mirror.
            _ => reading.add(name, version, entry.line("name")),
        }
    });
    reading.finish()
}
