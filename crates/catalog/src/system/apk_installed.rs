//! apk's database of installed packages (apk-tools, `apk-package.5`): one `X:value` line a field, a blank
//! line between packages, files as `F:` (directory) and `R:` (file in it).

use model::OwnedFiles;

use super::bounds::{MAX_PACKAGES, MAX_PATHS, Room};
use crate::{Found, Input, Manager, Parser, Pattern, Problem, Scope, SystemPackage};

pub(super) static PARSER: Parser = Parser {
    id: "apk-installed",
    scope: Scope::System,
    patterns: &[Pattern::Path("lib/apk/db/installed"), Pattern::Path("usr/lib/apk/db/installed")],
    max_bytes: 128 << 20,
    working: |_| MAX_PATHS as u64,
    parse,
};

/// A path is no longer than Linux takes one (`PATH_MAX`).
const MAX_PATH: usize = 4_096;

fn parse(input: &Input<'_>) -> Found {
    let mut found = Found::default();
    let mut entry = Entry::default();
    let mut room = Room::new();
    let mut incomplete = 0;
    let text = String::from_utf8_lossy(input.content);
    for (number, line) in (1u32..).zip(text.lines()) {
        if found.system.len() > MAX_PACKAGES {
            let reason = format!("more than {MAX_PACKAGES} packages, the others are not judged");
            found.problems.push(Problem::new(input.path, reason));
            entry = Entry::default();
            break;
        }
        match line.split_once(':') {
            Some((field, value)) => entry.field(field, value, number, &mut room),
            _ if line.is_empty() => incomplete += std::mem::take(&mut entry).finish(&mut found),
            _ => {}
        }
    }
    incomplete += entry.finish(&mut found);
    found.problems.extend(room.problem(input.path));
    if incomplete > 0 {
        let reason = format!("{incomplete} entries without package name or version");
        found.problems.push(Problem::new(input.path, reason));
    }
    found
}

#[derive(Default)]
struct Entry {
    line: u32,
    name: String,
    version: String,
    architecture: String,
    origin: String,
    licence: String,
    maintainer: String,
    folder: String,
    files: Vec<String>,
}

impl Entry {
    fn field(&mut self, field: &str, value: &str, number: u32, room: &mut Room) {
        if self.line == 0 {
            self.line = number;
        }
        match field {
            "P" => value.clone_into(&mut self.name),
            "V" => value.clone_into(&mut self.version),
            "A" => value.clone_into(&mut self.architecture),
            "o" => value.clone_into(&mut self.origin),
            "L" => value.clone_into(&mut self.licence),
            "m" => value.clone_into(&mut self.maintainer),
            "F" => value.clone_into(&mut self.folder),
            "R" => self.file(value, room),
            _ => {}
        }
    }

    fn file(&mut self, name: &str, room: &mut Room) {
        let size = self.folder.len() + name.len();
        if size > MAX_PATH || !room.take(size) {
            return;
        }
        let separator = if self.folder.is_empty() { "" } else { "/" };
        self.files.push(format!("{}{separator}{name}", self.folder));
    }

    /// Adds the package; gives how many could not be added.
    fn finish(self, found: &mut Found) -> u32 {
        if self.line == 0 {
            return 0;
        }
        if self.name.is_empty() || self.version.is_empty() {
            return 1;
        }
        found.owned.push(OwnedFiles { package: self.name.clone(), paths: self.files });
        found.system.push(SystemPackage {
            manager: Manager::Apk,
            // An origin is built as one, so its version is the package's.
            source: (!self.origin.is_empty()).then(|| (self.origin, self.version.clone())),
            name: self.name,
            version: self.version,
            architecture: self.architecture,
            licenses: if self.licence.is_empty() { Vec::new() } else { vec![self.licence] },
            vendor: (!self.maintainer.is_empty()).then_some(self.maintainer),
            module: None,
            line: Some(self.line),
        });
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_files_in_a_long_folder_take_bounded_memory() {
        for length in [4_000, 1 << 20] {
            let text = format!("P:a\nV:1\nF:{}\n{}", "x".repeat(length), "R:y\n".repeat(200_000));
            let found = parse(&Input { path: "lib/apk/db/installed", content: text.as_bytes() });
            let kept: usize = found.owned[0].paths.iter().map(String::len).sum();
            assert!(kept <= MAX_PATHS && found.system.len() == 1);
            assert_eq!(found.problems.len(), usize::from(length == 4_000));
        }
    }

    #[test]
    fn packages_origins_and_files_are_read() {
        let text = "C:Q1x=\nP:libcrypto3\nV:3.1.4-r0\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\nR:libcrypto.so.3\n\
                    F:\nR:root\n\nP:musl\nV:1.2.4-r2\n\nV:1\n";
        let found = parse(&Input { path: "lib/apk/db/installed", content: text.as_bytes() });
        assert_eq!(found.system.len(), 2);
        assert_eq!(found.system[0].source, Some(("openssl".to_owned(), "3.1.4-r0".to_owned())));
        assert_eq!(found.system[1].line, Some(12));
        assert_eq!(found.owned[0].paths, ["lib/libcrypto.so.3", "root"]);
        assert_eq!(found.problems.len(), 1);
    }
}
