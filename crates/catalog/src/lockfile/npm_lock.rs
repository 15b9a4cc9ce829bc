//! npm's `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//!
//! <https://docs.npmjs.com/cli/configuring-npm/package-lock-json>

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::MAX_BYTES;
use super::json::{Lines, inner, members};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "npm-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("package-lock.json"), Pattern::Name("npm-shrinkwrap.json")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

/// Where archives of repositories come from, which no registry published.
const FORGES: &[&str] = &[
    "https://github.com/",
    "https://codeload.github.com/",
    "https://gitlab.com/",
    "https://bitbucket.org/",
];

/// Dependencies of dependencies of dependencies in version 1; npm flattens, so real ones are shallow.
const MAX_DEPTH: usize = 24;

#[derive(Deserialize)]
struct Entry<'a> {
    /// Set where it is not the name of the folder: the package behind an alias.
    #[serde(borrow)]
    name: Option<Cow<'a, str>>,
    #[serde(borrow)]
    version: Option<Cow<'a, str>>,
    #[serde(borrow)]
    resolved: Option<&'a RawValue>,
    #[serde(default)]
    link: bool,
    /// Version 1 only: what stands in this package's own `node_modules`.
    #[serde(borrow)]
    dependencies: Option<&'a RawValue>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Node, input);
    let text = text(input);
    let lines = Lines::new(&text);
    let mut any = false;
    // Version 2 has both sections, and says the same in both.
    let read = members(&text, &|section| section == "packages", &mut |_, place, value| {
        any = true;
        folder(place, value, &lines, &mut reading);
    });
    match read {
        Err(fault) => reading.broken(fault),
        Ok(()) if !any => {
            let read =
                members(&text, &|section| section == "dependencies", &mut |_, name, value| {
                    dependency(name, value, 0, &lines, &mut reading);
                });
            if let Err(fault) = read {
                reading.broken(fault);
            }
        }
        Ok(()) => {}
    }
    reading.finish()
}

/// An entry of `packages`, by its folder. Folders outside `node_modules` are the project's own.
fn folder(place: &str, value: &str, lines: &Lines<'_>, reading: &mut Reading<'_>) {
    let Some((_, folder)) = place.rsplit_once("node_modules/") else { return };
    let entry: Entry<'_> = match serde_json::from_str(value) {
        Ok(entry) => entry,
        Err(fault) => return reading.broken(lines.fault(value, &fault)),
    };
    let name = entry.name.as_deref().unwrap_or(folder);
    let resolved = entry.resolved.map_or("", |resolved| resolved.get().trim_matches('"'));
    match entry.version.as_deref() {
        _ if entry.link || resolved.starts_with("file:") => {}
        _ if resolved.starts_with("git") || FORGES.iter().any(|f| resolved.starts_with(f)) => {
            reading.foreign(name);
        }
        Some(version) => reading.add(name, version, lines.of(value)),
        // What an optional package of another platform leaves behind.
        None if entry.resolved.is_none() => {}
        None => reading.unpinned(name),
    }
}

/// An entry of `dependencies`, with everything below it.
fn dependency<'a>(
    name: &str,
    value: &'a str,
    depth: usize,
    lines: &Lines<'_>,
    reading: &mut Reading<'_>,
) {
    let entry: Entry<'a> = match serde_json::from_str(value) {
        Ok(entry) => entry,
        Err(fault) => return reading.broken(lines.fault(value, &fault)),
    };
    match entry.version.as_deref().map(|version| (version, version.split_once(':'))) {
        Some((_, Some(("npm", target)))) => match target.rsplit_once('@') {
            Some((name, version)) if !name.is_empty() => {
                reading.add(name, version, lines.of(value));
            }
            _ => reading.unpinned(name),
        },
        Some((_, Some(("file" | "link", _)))) => {}
        Some((_, Some(_))) => reading.foreign(name),
        Some((version, None)) => reading.add(name, version, lines.of(value)),
        None => reading.unpinned(name),
    }
    let Some(below) = entry.dependencies else { return };
    if depth >= MAX_DEPTH {
        return reading.broken(format!("dependencies are nested more than {MAX_DEPTH} deep"));
    }
    let read = inner(below.get(), &mut |name, value| {
        dependency(name, value, depth + 1, lines, reading);
    });
    if let Err(fault) = read {
        reading.broken(lines.fault(below.get(), &fault));
    }
}
