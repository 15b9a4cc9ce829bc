//! Yarn's `yarn.lock`: the format of Yarn 1 and the YAML of Yarn 2 and later.
//!
//! Both are blocks: patterns at the margin, fields at two blanks. Yarn writes them in one way only, so lines
//! are read, and a broken block does not take the others with it.
//! <https://classic.yarnpkg.com/lang/en/docs/yarn-lock/>, <https://yarnpkg.com/advanced/lexicon#lockfile>

use super::MAX_BYTES;
use super::reading::{Reading, lines, text};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "yarn-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("yarn.lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

#[derive(Default)]
struct Block<'a> {
    line: u32,
    /// The first of the patterns that this block answers.
    pattern: &'a str,
    version: &'a str,
    /// Where Yarn 1 fetched it.
    resolved: &'a str,
    /// What Yarn 2 made of the patterns: `name@protocol:reference`.
    resolution: &'a str,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Node, input);
    let text = text(input);
    let mut block = Block::default();
    for (number, line) in lines(&text) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let Some(field) = line.strip_prefix("  ") else {
            std::mem::take(&mut block).finish(&mut reading);
            match line.strip_suffix(':').filter(|_| !line.starts_with([' ', '{', '\t'])) {
                Some(patterns) => {
                    let pattern = patterns.trim_matches('"').split("\", \"").next();
                    let pattern = pattern.and_then(|pattern| pattern.split(", ").next());
                    block = Block { line: number, pattern: pattern.unwrap_or_default(), ..block };
                }
                None => reading.broken_line(number, line),
            }
            continue;
        };
        let slot = |name: &str| {
            let rest = field.strip_prefix(name)?;
            let rest = rest.strip_prefix(':').unwrap_or(rest).strip_prefix(' ')?;
            Some(rest.trim().trim_matches('"'))
        };
        if let Some(value) = slot("version") {
            block.version = value;
        } else if let Some(value) = slot("resolved") {
            block.resolved = value;
        } else if let Some(value) = slot("resolution") {
            block.resolution = value;
        }
    }
    block.finish(&mut reading);
    reading.finish()
}

impl Block<'_> {
    fn finish(self, reading: &mut Reading<'_>) {
        if self.pattern.is_empty() || self.pattern == "__metadata" {
            return;
        }
        let identity = if self.resolution.is_empty() { self.pattern } else { self.resolution };
        let Some((name, reference)) = split(identity) else {
            return reading.broken_line(self.line, identity);
        };
        match reference.split_once(':').unwrap_or(("", reference)) {
            ("workspace" | "link" | "portal" | "file", _) => {}
            // `foo@npm:bar@^1.0.0` is the package `bar`; `foo@npm:^1.0.0` is `foo`.
            ("npm", target) => {
                let name = split(target).map_or(name, |(real, _)| real);
                self.versioned(name, reading);
            }
            // A patched package is the package in its version: the patch may mend anything or nothing.
            ("patch", _) => self.versioned(name, reading),
            ("", range) if ["./", "../", "/", "~/"].iter().any(|dir| range.starts_with(dir)) => {}
            ("", range) if !elsewhere(range, self.resolved) => {
                // `resolutions` may put another package in place of the one that was asked for.
                self.versioned(published(self.resolved).unwrap_or(name), reading);
            }
            _ => reading.foreign(name),
        }
    }

    fn versioned(&self, name: &str, reading: &mut Reading<'_>) {
        if self.version.is_empty() {
            reading.unpinned(name);
        } else {
            reading.add(name, self.version, Some(self.line));
        }
    }
}

/// Splits `@scope/name@reference` at the `@` behind the name.
fn split(identity: &str) -> Option<(&str, &str)> {
    let from = usize::from(identity.starts_with('@'));
    let at = identity.get(from..)?.find('@')? + from;
    Some((identity.get(..at)?, identity.get(at + 1..)?)).filter(|(name, _)| !name.is_empty())
}

/// The package that an address of a registry names: `https://host/@scope/name/-/name-1.2.3.tgz`.
fn published(address: &str) -> Option<&str> {
    let (path, _) = address.split_once("/-/")?;
    let (before, name) = path.rsplit_once('/')?;
    let scope = before.rsplit('/').next().filter(|scope| scope.starts_with('@'));
    let length = scope.map_or(name.len(), |scope| scope.len() + 1 + name.len());
    let name = path.get(path.len() - length..)?;
    (!name.is_empty() && !name.contains('%')).then_some(name)
}

/// Whether Yarn 1 took a range without a protocol, such as `user/repository`, from elsewhere.
fn elsewhere(range: &str, resolved: &str) -> bool {
    resolved.starts_with("git")
        || range.contains('/')
        || resolved.starts_with("https://codeload.github.com/")
}
