//! Composer's `composer.lock`.
//!
//! <https://getcomposer.org/doc/01-basic-usage.md#commit-your-composer-lock-file-to-version-control>

use std::borrow::Cow;

use serde::Deserialize;

use super::MAX_BYTES;
use super::json::{Lines, members};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "composer-lock",
    scope: Scope::Deployed,
    patterns: &[Pattern::Name("composer.lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    #[serde(borrow)]
    dist: Option<Dist<'a>>,
}

#[derive(Deserialize)]
struct Dist<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Php, input);
    let text = text(input);
    let lines = Lines::new(&text);
    let wanted = |section: &str| matches!(section, "packages" | "packages-dev");
    let read = members(&text, &wanted, &mut |_, _, value| {
        let entry: Entry<'_> = match serde_json::from_str(value) {
            Ok(entry) => entry,
            Err(fault) => return reading.broken(lines.fault(value, &fault)),
        };
        let kind = entry.dist.and_then(|dist| dist.kind);
        if kind.as_deref() == Some("path") {
            return;
        }
        // A branch (`dev-main`, `2.x-dev`) is whatever it was on that day.
        if entry.version.starts_with("dev-") || entry.version.ends_with("-dev") {
            return reading.unpinned(&entry.name);
        }
        // The name is the first field, mostly on the line after the brace.
        let place = value.find("\"name\"").and_then(|at| value.get(at..)).unwrap_or(value);
        reading.add(&entry.name, &entry.version, lines.of(place));
    });
    if let Err(fault) = read {
        reading.broken(fault);
    }
    reading.finish()
}
