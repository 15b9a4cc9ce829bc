//! Bun's `bun.lock`, JSON with comments and trailing commas; the older `bun.lockb` is told as not read.
//!
//! An entry of `packages` is an array whose first element is `name@version`.
//! <https://bun.com/docs/pm/lockfile>

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::MAX_BYTES;
use super::json::{Lines, members, without_comments};
use super::reading::{Reading, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "bun-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("bun.lock"), Pattern::Name("bun.lockb")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

/// The first element of an array; the others are passed over.
struct First(String);

impl<'de> Deserialize<'de> for First {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        struct Array;
        impl<'de> Visitor<'de> for Array {
            type Value = First;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array that begins with a text")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<First, A::Error> {
                let first: Option<String> = seq.next_element()?;
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(First(first.unwrap_or_default()))
            }
        }
        reader.deserialize_seq(Array)
    }
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Node, input);
    if input.path.ends_with(".lockb") {
        reading.broken(
            "binary lockfile is not read; `bun install --save-text-lockfile` writes bun.lock",
        );
        return reading.finish();
    }
    let text = without_comments(&text(input));
    let lines = Lines::new(&text);
    let read = members(&text, &|section| section == "packages", &mut |_, key, value| {
        let identity = match serde_json::from_str::<First>(value) {
            Ok(First(identity)) => identity,
            Err(fault) => return reading.broken(lines.fault(value, &fault)),
        };
        let from = usize::from(identity.starts_with('@'));
        let split = identity.get(from..).and_then(|rest| rest.split_once('@'));
        let Some((_, version)) = split else {
            return reading.broken(format!("package {key:?} has no version"));
        };
        let end = identity.len().saturating_sub(version.len() + 1);
        let name = identity.get(..end).unwrap_or_default();
        match version.split_once(':').map_or("", |(protocol, _)| protocol) {
            "" if version.starts_with(|c: char| c.is_ascii_digit()) => {
                reading.add(name, version, lines.of(value));
            }
            "workspace" | "link" | "file" | "root" => {}
            // A path without protocol is an archive of the project.
            "" if version.starts_with(['.', '/']) => {}
            "" if version.is_empty() => reading.unpinned(name),
            _ => reading.foreign(name),
        }
    });
    if let Err(fault) = read {
        reading.broken(fault);
    }
    reading.finish()
}
