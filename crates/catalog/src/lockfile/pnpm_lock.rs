//! pnpm's `pnpm-lock.yaml`, versions 5, 6 and 9.
//!
//! The keys of `packages` say which package it is: `/@scope/name/1.2.3_peers` in version 5,
//! `/@scope/name@1.2.3(peers)` in 6, `@scope/name@1.2.3` in 9.
//! <https://github.com/pnpm/spec/tree/master/lockfile>

use super::reading::{Reading, text};
use super::{MAX_BYTES, yaml};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "pnpm-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("pnpm-lock.yaml")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Default)]
struct Entry {
    key: String,
    line: u32,
    /// A folder or an archive of the project.
    local: bool,
    foreign: bool,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Node, input);
    let mut entry = Entry::default();
    let mut version = String::new();
    let read = yaml::scalars(&text(input), &mut |keys, value, line| {
        let mut keys = keys.iter().map(String::as_str);
        match (keys.next(), keys.next(), keys.next(), keys.next(), value) {
            (Some("lockfileVersion"), None, .., Some(value)) => value.clone_into(&mut version),
            (Some("packages"), Some(key), None, None, None) => {
                std::mem::take(&mut entry).finish(&mut reading);
                entry = Entry { key: key.to_owned(), line, ..Entry::default() };
            }
            (Some("packages"), Some(_), Some("resolution"), Some(key), Some(value)) => match key {
                "directory" => entry.local = true,
                "type" => entry.foreign |= value == "git",
                "repo" | "commit" => entry.foreign = true,
                "tarball" if value.starts_with("file:") => entry.local = true,
                _ => {}
            },
            _ => {}
        }
    });
    match read {
        // The entry at which the text broke off may lack what says where it is from.
        Err(fault) => reading.broken(fault),
        Ok(()) => entry.finish(&mut reading),
    }
    if version.is_empty() {
        reading.broken("lockfileVersion is not said");
    }
    reading.finish()
}

impl Entry {
    fn finish(self, reading: &mut Reading<'_>) {
        let key = self.key.as_str();
        if key.is_empty() || self.local || local(key) {
            return;
        }
        match identity(key) {
            Some((name, version)) if !self.foreign => reading.add(name, version, Some(self.line)),
            _ => reading.foreign(key),
        }
    }
}

fn local(key: &str) -> bool {
    let key = key.trim_start_matches('/');
    let reference = behind_name(key).map_or(key, |(_, reference)| reference);
    [key, reference].iter().any(|text| {
        ["file:", "link:", "workspace:", "@file+"].iter().any(|start| text.starts_with(start))
    })
}

/// Splits at the `@` behind the name.
fn behind_name(key: &str) -> Option<(&str, &str)> {
    let from = usize::from(key.starts_with('@'));
    let at = key.get(from..)?.find('@')? + from;
    Some((key.get(..at)?, key.get(at + 1..)?))
}

/// Name and version of a package of a registry, in any version of the format.
fn identity(key: &str) -> Option<(&str, &str)> {
    // Peers stand in parentheses behind the version.
    let plain = key.split_once('(').map_or(key, |(before, _)| before);
    let relative = plain.strip_prefix('/');
    let path = relative.unwrap_or(plain);
    if let Some((name, version)) = behind_name(path).filter(|(name, version)| {
        name.split('/').count() == 1 + usize::from(name.starts_with('@')) && numbered(version)
    }) {
        return Some((name, version));
    }
    // Version 5: the name takes one or two parts; a host stands before it where it is not the usual one.
    let path = if relative.is_some() { path } else { path.split_once('/')?.1 };
    let name_parts = 1 + usize::from(path.starts_with('@'));
    let end = path.match_indices('/').nth(name_parts - 1)?.0;
    let version = path.get(end + 1..)?.split(['/', '_']).next()?;
    numbered(version).then_some((path.get(..end)?, version))
}

/// Whether a text looks like a version; a commit has no dot.
fn numbered(version: &str) -> bool {
    version.starts_with(|c: char| c.is_ascii_digit())
        && version.contains('.')
        && !version.contains([':', '/'])
}
