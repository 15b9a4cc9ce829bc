//! Bundler's `Gemfile.lock`, also named `gems.locked`.
//!
//! <https://bundler.io/man/bundle-lock.1.html>; the layout is that of Bundler's own lockfile parser: sections
//! in capitals, `specs:` at two blanks, gems at four, what they need at six.

use super::MAX_BYTES;
use super::reading::{Reading, lines, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "gemfile-lock",
    scope: Scope::Deployed,
    patterns: &[
        Pattern::Name("Gemfile.lock"),
        Pattern::Name("gems.locked"),
        Pattern::Named("Gemfile.", "lock"),
    ],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Section {
    Registry,
    Foreign,
    Folder,
    Other,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Ruby, input);
    let mut section = None;
    for (number, line) in lines(&text(input)) {
        if line.starts_with(|c: char| c.is_ascii_uppercase()) {
            section = Some(match line.trim_end() {
                "GEM" => Section::Registry,
                "GIT" | "PLUGIN SOURCE" => Section::Foreign,
                "PATH" => Section::Folder,
                _ => Section::Other,
            });
            continue;
        }
        let blank = line.trim().is_empty();
        if !blank && (section.is_none() || !line.starts_with(' ')) {
            reading.broken_line(number, line);
        }
        let Some(entry) = line.strip_prefix("    ").filter(|entry| !entry.starts_with(' ')) else {
            continue;
        };
        match (section, gem(entry)) {
            (Some(Section::Registry), Some((name, version))) => {
                reading.add(name, version, Some(number));
            }
            (Some(Section::Foreign), Some((name, _))) => reading.foreign(name),
            (Some(Section::Registry | Section::Foreign), None) if !blank => {
                reading.broken_line(number, line);
            }
            _ => {}
        }
    }
    reading.finish()
}

/// `nokogiri (1.16.0-x86_64-linux)`: a platform follows the version after a hyphen.
fn gem(entry: &str) -> Option<(&str, &str)> {
    let (name, version) = entry.trim_end().split_once(" (")?;
    let version = version.strip_suffix([')', '!']).unwrap_or(version).trim_end_matches(')');
    let version = version.split_once('-').map_or(version, |(version, _)| version);
    (!version.is_empty()).then_some((name, version))
}
