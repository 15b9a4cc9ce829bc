//! pipenv's `Pipfile.lock`: one section for each category of dependencies.
//!
//! <https://pipenv.pypa.io/en/latest/pipfile.html>

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::MAX_BYTES;
use super::json::{Lines, members};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "pipfile-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("Pipfile.lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    git: Option<IgnoredAny>,
    path: Option<IgnoredAny>,
    file: Option<Cow<'a, str>>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Python, input);
    let text = text(input);
    let lines = Lines::new(&text);
    let read = members(&text, &|section| section != "_meta", &mut |_, name, value| {
        let entry: Entry<'_> = match serde_json::from_str(value) {
            Ok(entry) => entry,
            Err(fault) => return reading.broken(lines.fault(value, &fault)),
        };
        let address = entry.file.as_deref().is_some_and(|file| file.contains("://"));
        if entry.path.is_some() || entry.file.is_some() && !address {
            return;
        }
        if entry.git.is_some() || address {
            return reading.foreign(name);
        }
        match entry.version.as_deref().and_then(|version| version.strip_prefix("==")) {
            Some(version) => {
                reading.add(name, version.trim_start_matches('='), lines.of(value));
            }
            None => reading.unpinned(name),
        }
    });
    if let Err(fault) = read {
        reading.broken(fault);
    }
    reading.finish()
}
