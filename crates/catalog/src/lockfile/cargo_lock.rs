//! Cargo's `Cargo.lock`, versions 1 to 4.
//!
//! An entry without a source is a member of the workspace or a folder. RustSec speaks of what crates.io
//! published, so a crate from git or from another registry is told but not judged: its version says nothing
//! about which fixes are in it.
//! <https://doc.rust-lang.org/cargo/guide/cargo-toml-vs-cargo-lock.html>

use super::reading::{Reading, text};
use super::{MAX_BYTES, tables};
use crate::language::Language;
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "cargo-lock",
    scope: Scope::Locked,
    patterns: &[Pattern::Name("Cargo.lock")],
    max_bytes: MAX_BYTES,
    working: |_| 0,
    parse,
};

/// The index by git and by HTTP.
const CRATES_IO: [&str; 2] =
    ["registry+https://github.com/rust-lang/crates.io-index", "sparse+https://index.crates.io/"];

fn parse(input: &Input<'_>) -> Found {
    let mut reading = Reading::new(Language::Rust, input);
    tables::each(&text(input), "package", &mut reading, &mut |entry, reading| {
        let (Some(name), Some(version)) = (entry.text("name"), entry.text("version")) else {
            return reading.broken("entry without name and version");
        };
        match entry.text("source") {
            None => {}
            Some(source) if CRATES_IO.contains(&source) => {
                reading.add(name, version, entry.line("name"));
            }
            Some(_) => reading.foreign(name),
        }
    });
    reading.finish()
}
