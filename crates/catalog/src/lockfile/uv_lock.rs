//! uv's `uv.lock`, and the locks of single scripts (`NAME.py.lock`).
//!
//! <https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile>

use super::reading::{Reading, text};
use super::{MAX_BYTES, tables};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "uv-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("uv.lock"), Pattern::Containing(".py", "lock")],
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
        let source = entry.table("source");
        let from = |key: &str| source.as_ref().is_some_and(|source| source.has(key));
        if ["editable", "virtual", "directory", "path"].into_iter().any(from) {
            return;
        }
        match entry.text("version") {
            _ if from("git") || from("url") => reading.foreign(name),
            Some(version) => reading.add(name, version, entry.line("name")),
            None => reading.unpinned(name),
        }
    });
    reading.finish()
}
