//! What every lockfile parser does with an entry: keep it once, or count why it is not kept.

use std::borrow::Cow;
use std::collections::HashSet;

use model::Purl;

use crate::language::{Language, package};
use crate::{Found, Input, Problem};

/// No project locks more packages; beyond it the file is an attack on memory.
const MAX_PACKAGES: usize = 100_000;

/// A file with more faults than this is not the format that its name promises.
const MAX_FAULTS: u32 = 1_000;

/// One lockfile while it is read. Faults of one kind are told together, so that a file yields a handful of
/// problems whatever is in it.
pub(super) struct Reading<'a> {
    path: &'a str,
    language: Language,
    found: Found,
    seen: HashSet<Purl>,
    broken: Tally,
    unpinned: Tally,
    foreign: Tally,
    over: Tally,
    given_up: bool,
}

/// How often something happened, and the first time in words.
#[derive(Default)]
struct Tally {
    count: u32,
    first: String,
}

impl Tally {
    fn add(&mut self, what: impl FnOnce() -> String) {
        if self.count == 0 {
            self.first = what();
        }
        self.count = self.count.saturating_add(1);
    }
}

impl<'a> Reading<'a> {
    pub(super) fn new(language: Language, input: &Input<'a>) -> Self {
        Self {
            path: input.path,
            language,
            found: Found::default(),
            seen: HashSet::new(),
            broken: Tally::default(),
            unpinned: Tally::default(),
            foreign: Tally::default(),
            over: Tally::default(),
            given_up: false,
        }
    }

    /// A package of a registry in an exact version. The first of equal entries counts.
    pub(super) fn add(&mut self, name: &str, version: &str, line: Option<u32>) {
        if self.found.packages.len() >= MAX_PACKAGES {
            return self.over.add(String::new);
        }
        match package(self.language, name, version, self.path, line) {
            Ok(package) => {
                if self.seen.insert(package.purl.clone()) {
                    self.found.packages.push(package);
                }
            }
            Err(problem) => self.broken.add(|| problem.reason),
        }
    }

    /// Something that does not follow the format.
    pub(super) fn broken(&mut self, reason: impl ToString) {
        self.broken.add(|| reason.to_string());
    }

    /// Something on a line that does not follow the format.
    pub(super) fn broken_line(&mut self, line: u32, text: &str) {
        self.broken.add(|| format!("line {line} is not understood: {}", shown(text)));
    }

    /// Whether reading on is a waste: there is no room for more packages, or nothing but faults.
    pub(super) fn gives_up(&mut self) -> bool {
        self.given_up |= self.over.count > 0 || self.broken.count >= MAX_FAULTS;
        self.given_up
    }

    /// A package whose version the file does not say.
    pub(super) fn unpinned(&mut self, name: &str) {
        self.unpinned.add(|| shown(name));
    }

    /// A package that no registry published: from git, an address or another source of files.
    pub(super) fn foreign(&mut self, name: &str) {
        self.foreign.add(|| shown(name));
    }

    /// What the file gave.
    pub(super) fn finish(mut self) -> Found {
        let mut told = Vec::new();
        match self.broken.count {
            0 => {}
            1 => told.push(self.broken.first),
            count => {
                let rest = if self.given_up { "; the rest is not read" } else { "" };
                told.push(format!("{count} faults, the first: {}{rest}", self.broken.first));
            }
        }
        for (tally, what) in [
            (&self.unpinned, "without a version that is known from this file"),
            (&self.foreign, "from git, an address or another source than the usual registry"),
        ] {
            let plural = if tally.count == 1 { "package" } else { "packages" };
            if tally.count > 0 {
                let count = tally.count;
                told.push(format!("{count} {plural} {what}, not judged: {}", tally.first));
                if let (Some(text), true) = (told.last_mut(), count > 1) {
                    text.push_str("...");
                }
            }
        }
        if self.over.count > 0 {
            told.push(format!("more than {MAX_PACKAGES} packages, the others are not judged"));
        }
        let path = self.path;
        self.found.problems.extend(told.into_iter().map(|reason| Problem::new(path, reason)));
        self.found
    }
}

/// A piece of the file in a message: cut, and without control characters.
fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(80).collect::<String>())
}

/// The text of a file. Tools on Windows write a byte order mark, and shells there UTF-16.
pub(super) fn text<'a>(input: &Input<'a>) -> Cow<'a, str> {
    let wide = |bytes: &[u8], from: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| pair.try_into().ok()).map(from);
        char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
    };
    match input.content {
        [0xff, 0xfe, rest @ ..] => Cow::Owned(wide(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Cow::Owned(wide(rest, u16::from_be_bytes)),
        [0xef, 0xbb, 0xbf, rest @ ..] => String::from_utf8_lossy(rest),
        plain => String::from_utf8_lossy(plain),
    }
}

/// Lines with their 1-based numbers, without their ends.
pub(super) fn lines(text: &str) -> impl Iterator<Item = (u32, &str)> {
    (1u32..).zip(text.split('\n').map(|line| line.strip_suffix('\r').unwrap_or(line)))
}
