//! Gradle's locks: `gradle.lockfile`, `buildscript-gradle.lockfile`, `settings-gradle.lockfile`, and one file
//! for each configuration as Gradle 6 wrote them.
//!
//! <https://docs.gradle.org/current/userguide/dependency_locking.html>

use super::MAX_BYTES;
use super::reading::{Reading, lines, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "gradle-lockfile",
    scope: Scope::Locked,
    patterns: &[Pattern::Extension("lockfile")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Java, input);
    let (folder, name) = input.path.rsplit_once('/').unwrap_or(("", input.path));
    // Other tools end the names of their locks so, too.
    if !name.contains("gradle") && !folder.ends_with("gradle/dependency-locks") {
        return reading.finish();
    }
    for (number, line) in lines(&text(input)) {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        // `group:artifact:version=configurations`; `empty=` names configurations without dependencies.
        let coordinates = line.split_once('=').map_or(line, |(before, _)| before);
        let mut parts = coordinates.split(':');
        match (parts.next(), parts.next(), parts.next(), parts.next()) {
            (Some("empty"), None, ..) => {}
            (Some(group), Some(artifact), Some(version), None)
                if !group.is_empty() && !artifact.is_empty() =>
            {
                reading.add(&format!("{group}:{artifact}"), version, Some(number));
            }
            _ => reading.broken_line(number, line),
        }
    }
    reading.finish()
}
