//! Go's `go.mod`.
//!
//! Since Go 1.17 it names every module that a build takes, older ones name the direct ones. `go.sum` is not
//! read: it holds the digests of every version that was ever looked at, and whether one is still in use cannot
//! be told from it.
//! <https://go.dev/ref/mod#go-mod-file>

use std::collections::{HashMap, HashSet};

use super::MAX_BYTES;
use super::reading::{Reading, lines, text};
use crate::installed::go_release;
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "go-mod",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("go.mod")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

/// What stands in place of a module: nothing where it is a folder.
type Replacement<'a> = Option<(&'a str, &'a str, u32)>;

#[derive(Default)]
struct Module<'a> {
    go: Option<(&'a str, u32)>,
    toolchain: Option<(&'a str, u32)>,
    required: Vec<(&'a str, &'a str, u32)>,
    /// By module and version; an empty version stands for all.
    replaced: HashMap<(&'a str, &'a str), Replacement<'a>>,
    excluded: HashSet<(&'a str, &'a str)>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Go, input);
    let text = text(input);
    let mut module = Module::default();
    let mut block: Option<&str> = None;
    for (number, line) in lines(&text) {
        let line = line.split_once("//").map_or(line, |(before, _)| before).trim();
        let words: Vec<&str> = line.split_whitespace().map(unquoted).collect();
        match (block, words.as_slice()) {
            (_, []) => {}
            (Some(_), [")"]) => block = None,
            (Some(directive), words) => module.directive(directive, words, number, &mut reading),
            (None, [directive, "("]) => block = Some(directive),
            (None, [directive]) if directive.ends_with('(') => {
                block = Some(directive.trim_end_matches('('));
            }
            (None, [directive, words @ ..]) => {
                module.directive(directive, words, number, &mut reading);
            }
        }
    }
    if block.is_some() {
        reading.broken("a block is not closed");
    }
    module.finish(&mut reading);
    reading.finish()
}

fn unquoted(word: &str) -> &str {
    let inner = |quote: char| word.strip_prefix(quote).and_then(|word| word.strip_suffix(quote));
    inner('"').or_else(|| inner('`')).unwrap_or(word)
}

impl<'a> Module<'a> {
    fn directive(&mut self, name: &str, words: &[&'a str], line: u32, reading: &mut Reading<'_>) {
        match (name, words) {
            ("go", [version]) => self.go = Some((version, line)),
            ("toolchain", [version]) => self.toolchain = Some((version, line)),
            ("require", [module, version]) => self.required.push((module, version, line)),
            ("exclude", [module, version]) => {
                self.excluded.insert((module, version));
            }
            ("replace", [module, "=>", rest @ ..]) => self.replace(module, "", rest, line),
            ("replace", [module, version, "=>", rest @ ..]) => {
                self.replace(module, version, rest, line);
            }
            // `retract` speaks of the module itself; the others of packages and settings.
            ("module" | "retract" | "tool" | "ignore" | "godebug", _) => {}
            _ => reading.broken_line(line, &words.join(" ")),
        }
    }

    fn replace(&mut self, module: &'a str, version: &'a str, by: &[&'a str], line: u32) {
        let by = match by {
            [module, version] => Some((*module, *version, line)),
            // A target without a version is a folder.
            _ => None,
        };
        self.replaced.insert((module, version), by);
    }

    fn finish(self, reading: &mut Reading<'_>) {
        match self.standard_library() {
            Some(Ok((version, line))) => reading.add("stdlib", &version, Some(line)),
            Some(Err(text)) => reading.broken(format!(
                "which Go builds it is not said ({text:?}), its standard library is not judged"
            )),
            None => {}
        }
        for (module, version, line) in self.required {
            let replaced =
                self.replaced.get(&(module, version)).or_else(|| self.replaced.get(&(module, "")));
            match replaced {
                Some(None) => {}
                Some(Some((module, version, line))) => reading.add(module, version, Some(*line)),
                // Go takes the next higher version, which only the module's list of versions says.
                None if self.excluded.contains(&(module, version)) => reading.unpinned(module),
                None => reading.add(module, version, Some(line)),
            }
        }
    }

    /// `toolchain` wins over `go`. From 1.21 on the `go` line is the least toolchain that builds the module;
    /// before, it spoke of the language and any later toolchain was used.
    fn standard_library(&self) -> Option<Result<(String, u32), &'a str>> {
        if let Some((version, line)) = self.toolchain
            && let Some(version) = go_release(version)
        {
            return Some(Ok((version, line)));
        }
        let (version, line) = self.go?;
        let minor = version.strip_prefix("1.").map(|rest| {
            rest.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse::<u32>()
        });
        let old = matches!(minor, Some(Ok(minor)) if minor < 21);
        match go_release(&format!("go{version}")) {
            Some(version) if !old => Some(Ok((version, line))),
            _ => Some(Err(version)),
        }
    }
}
