//! The lockfile of sbt's plugin `sbt-dependency-lock`: `build.sbt.lock`.
//!
//! <https://stringbean.github.io/sbt-dependency-lock/>

use std::borrow::Cow;

use serde::Deserialize;

use super::MAX_BYTES;
use super::json::{Lines, members};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "sbt-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Containing(".sbt", "lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow)]
    org: Cow<'a, str>,
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Java, input);
    let text = text(input);
    let lines = Lines::new(&text);
    let read = members(&text, &|section| section == "dependencies", &mut |_, _, value| {
        match serde_json::from_str::<Entry<'_>>(value) {
            Ok(entry) => {
                let name = format!("{}:{}", entry.org, entry.name);
                let place = value.find("\"name\"").and_then(|at| value.get(at..)).unwrap_or(value);
                reading.add(&name, &entry.version, lines.of(place));
            }
            Err(fault) => reading.broken(lines.fault(value, &fault)),
        }
    });
    if let Err(fault) = read {
        reading.broken(fault);
    }
    reading.finish()
}
