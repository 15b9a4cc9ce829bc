//! NuGet's `packages.lock.json`, and `packages.PROJECT.lock.json`.
//!
//! <https://learn.microsoft.com/nuget/consume-packages/package-references-in-project-files#locking-dependencies>

use std::borrow::Cow;

use serde::Deserialize;

use super::MAX_BYTES;
use super::json::{Lines, inner, members};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "nuget-lock",
    scope: Scope::Deployed,
    patterns: &[Pattern::Name("packages.lock.json"), Pattern::Named("packages.", "json")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, rename = "type")]
    kind: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resolved: Option<Cow<'a, str>>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::DotNet, input);
    if !input.path.ends_with(".lock.json") {
        return reading.finish();
    }
    let text = text(input);
    let lines = Lines::new(&text);
    // One member for each framework, with one member for each package.
    let read = members(&text, &|section| section == "dependencies", &mut |_, _, packages| {
        let read = inner(packages, &mut |name, value| {
            let entry: Entry<'_> = match serde_json::from_str(value) {
                Ok(entry) => entry,
                Err(fault) => return reading.broken(lines.fault(value, &fault)),
            };
            match entry.resolved {
                _ if entry.kind.is_some_and(|kind| kind.eq_ignore_ascii_case("Project")) => {}
                Some(version) => reading.add(name, &version, lines.of(value)),
                None => reading.unpinned(name),
            }
        });
        if let Err(fault) = read {
            reading.broken(lines.fault(packages, &fault));
        }
    });
    if let Err(fault) = read {
        reading.broken(fault);
    }
    reading.finish()
}
