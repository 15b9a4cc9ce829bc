//! Shows the files of a tree to the parsers that want them.

use std::io::{self, BufRead};

use catalog::{Found, Input, Observation, Parser, Router};
use image::{Entry, Visitor};
use model::Problem;

use crate::allowance::Allowance;

/// Problems of one file that are told one by one.
const PROBLEMS_OF_A_FILE: usize = 100;

/// Looks at one layer or directory and keeps what its files gave.
#[derive(Debug)]
pub struct Inspector<'a> {
    router: &'a Router,
    allowance: &'a Allowance,
    layer: usize,
    observations: Vec<Observation>,
}

impl<'a> Inspector<'a> {
    /// An inspector for the layer with this index, from the bottom.
    pub fn new(router: &'a Router, allowance: &'a Allowance, layer: usize) -> Self {
        Self { router, allowance, layer, observations: Vec::new() }
    }

    /// What the files gave, in the order in which they were shown.
    pub fn into_observations(self) -> Vec<Observation> {
        self.observations
    }

    fn keep(&mut self, path: &str, mut found: Found) -> io::Result<()> {
        let untold = found.problems.len().saturating_sub(PROBLEMS_OF_A_FILE);
        if untold > 0 {
            found.problems.truncate(PROBLEMS_OF_A_FILE);
            found.problems.push(Problem::new(path, format!("{untold} more problems in this file")));
            found.problems.shrink_to_fit();
        }
        if found != Found::default() {
            self.allowance.keep(&found)?;
            let path = path.to_owned();
            self.observations.push(Observation { path, layer: self.layer, visible: true, found });
        }
        Ok(())
    }

    fn refuse(&mut self, path: &str, reason: String) -> io::Result<()> {
        let found = Found { problems: vec![Problem::new(path, reason)], ..Found::default() };
        self.keep(path, found)
    }

    fn read(
        &mut self,
        parser: &'static Parser,
        entry: &Entry<'_>,
        content: &mut dyn BufRead,
    ) -> io::Result<()> {
        if entry.size > parser.max_bytes {
            let reason =
                format!("{} bytes, {} are read by {}", entry.size, parser.max_bytes, parser.id);
            return self.refuse(entry.path, reason);
        }
        let Some(_held) = self.allowance.take(entry.size + (parser.working)(entry.size)) else {
            let reason = format!("{} bytes, more than the memory set aside for files", entry.size);
            return self.refuse(entry.path, reason);
        };
        let mut buffer = self.allowance.buffer();
        let outcome = fill(&mut buffer, content, entry.size).and_then(|()| {
            let found = (parser.parse)(&Input { path: entry.path, content: &buffer });
            self.keep(entry.path, found)
        });
        self.allowance.give_back(buffer);
        outcome
    }
}

/// Copies `size` bytes. `read_to_end` would write zeros over the buffer's memory first.
fn fill(buffer: &mut Vec<u8>, content: &mut dyn BufRead, size: u64) -> io::Result<()> {
    let mut left = usize::try_from(size).map_err(io::Error::other)?;
    // Growing step by step would copy a large executable several times.
    buffer.reserve_exact(left);
    while left > 0 {
        let there = content.fill_buf()?;
        let Some(taken) = there.get(..left.min(there.len())).filter(|taken| !taken.is_empty())
        else {
            break;
        };
        buffer.extend_from_slice(taken);
        let count = taken.len();
        content.consume(count);
        left -= count;
    }
    Ok(())
}

impl Visitor for Inspector<'_> {
    fn wants(&self, path: &str) -> bool {
        self.router.by_path(path).is_some()
    }

    fn file(&mut self, entry: &Entry<'_>, content: &mut dyn BufRead) -> io::Result<()> {
        let by_path = self.router.by_path(entry.path);
        let parser = match by_path {
            Some(parser) => Some(parser),
            None if entry.size < 64 => None,
            None => self.router.by_magic(content.fill_buf()?),
        };
        match parser {
            Some(parser) => self.read(parser, entry, content),
            None => Ok(()),
        }
    }
}
