//! Which parser wants which file, answered with a few hash lookups per path.

use std::collections::HashMap;

use crate::{Parser, Pattern, Scope, installed, lockfile, system};

/// What kind of tree is being read; it decides which parsers have a say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tree {
    /// An image or root file system: what is installed counts, a stray lockfile does not.
    Root,
    /// A project: what its lockfiles name counts, and what is installed beside them.
    Project,
}

/// The claims of all parsers that apply to one kind of tree.
#[derive(Debug)]
pub struct Router {
    by_name: HashMap<&'static str, Vec<(Pattern, &'static Parser)>>,
    by_extension: HashMap<&'static str, Vec<(Pattern, &'static Parser)>>,
    by_directory: HashMap<&'static str, &'static Parser>,
    by_magic: Vec<([u8; 4], &'static Parser)>,
}

impl Router {
    /// Collects the claims for one kind of tree.
    pub fn new(tree: Tree) -> Self {
        let mut router = Self {
            by_name: HashMap::new(),
            by_extension: HashMap::new(),
            by_directory: HashMap::new(),
            by_magic: Vec::new(),
        };
        for parser in Self::parsers() {
            if tree == Tree::Root && parser.scope == Scope::Locked {
                continue;
            }
            for pattern in parser.patterns {
                router.add(*pattern, parser);
            }
        }
        router
    }

    /// Every parser there is, in the order of the lists.
    pub fn parsers() -> impl Iterator<Item = &'static Parser> {
        system::PARSERS.iter().chain(installed::PARSERS).chain(lockfile::PARSERS).copied()
    }

    fn add(&mut self, pattern: Pattern, parser: &'static Parser) {
        match pattern {
            Pattern::Path(path) => {
                let name = split(path).1;
                self.by_name.entry(name).or_default().push((pattern, parser));
            }
            Pattern::Name(name) | Pattern::In(_, name) => {
                self.by_name.entry(name).or_default().push((pattern, parser));
            }
            Pattern::Extension(extension)
            | Pattern::Named(_, extension)
            | Pattern::Containing(_, extension)
            | Pattern::Within(_, extension) => {
                self.by_extension.entry(extension).or_default().push((pattern, parser));
            }
            Pattern::Directory(directory) => {
                self.by_directory.entry(directory).or_insert(parser);
            }
            Pattern::Magic(magic) => self.by_magic.push((magic, parser)),
        }
    }

    /// The parser that wants the file at `path` (without leading slash), whatever its content.
    pub fn by_path(&self, path: &str) -> Option<&'static Parser> {
        let (directory, name) = split(path);
        let named =
            self.by_name.get(name).into_iter().flatten().find(|(pattern, _)| match pattern {
                Pattern::Path(wanted) => *wanted == path,
                Pattern::Name(_) => true,
                Pattern::In(tail, _) => directory.ends_with(tail),
                _ => false,
            });
        if let Some((_, parser)) = named {
            return Some(parser);
        }
        if let Some(parser) = self.by_directory.get(directory) {
            return Some(parser);
        }
        let (stem, extension) = name.rsplit_once('.')?;
        let found = self.by_extension.get(extension).or_else(|| {
            let lower = extension.to_ascii_lowercase();
            self.by_extension.get(lower.as_str())
        });
        found
            .into_iter()
            .flatten()
            .find(|(pattern, _)| match pattern {
                Pattern::Named(start, _) => name.starts_with(start),
                Pattern::Containing(part, _) => stem.contains(part),
                Pattern::Within(wanted, _) => directory == *wanted,
                _ => true,
            })
            .map(|(_, parser)| *parser)
    }

    /// The parser that wants a file because of its first bytes.
    pub fn by_magic(&self, head: &[u8]) -> Option<&'static Parser> {
        self.by_magic.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, parser)| *parser)
    }
}

/// Splits a path into directory and file name.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
