//! dpkg's database: `status`, and `status.d` where a distroless image keeps one file for each package.
//!
//! Stanzas of `Field: value` lines (deb822(5)); dpkg(1) names the states.

use super::bounds::{MAX_PACKAGES, MAX_PATHS};
use super::dpkg_files::owned_by;
use crate::{Found, Input, Manager, Parser, Pattern, Problem, Scope, SystemPackage};

pub(super) static PARSER: Parser = Parser {
    id: "dpkg-status",
    scope: Scope::System,
    patterns: &[Pattern::Path("var/lib/dpkg/status"), Pattern::Directory("var/lib/dpkg/status.d")],
    max_bytes: 128 << 20,
    working: |_| MAX_PATHS as u64,
    parse,
};

/// Values longer than this are cut; the fields that are read are short.
const MAX_VALUE: usize = 4_096;

fn parse(input: &Input<'_>) -> Found {
    if let Some(package) = input.path.strip_suffix(".md5sums") {
        let package = package.rsplit('/').next().unwrap_or_default();
        // `md5sums` lines: digest, two spaces, path.
        let text = String::from_utf8_lossy(input.content);
        let paths = text.lines().filter_map(|line| line.split_once("  ").map(|(_, path)| path));
        return owned_by(package, paths, input.path);
    }
    let mut found = Found::default();
    let mut stanza = Stanza::default();
    let mut incomplete = 0u32;
    for (number, line) in (1u32..).zip(input.content.split(|byte| *byte == b'\n')) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if found.system.len() > MAX_PACKAGES {
            let reason = format!("more than {MAX_PACKAGES} packages, the others are not judged");
            found.problems.push(Problem::new(input.path, reason));
            stanza = Stanza::default();
            break;
        }
        if line.is_empty() {
            stanza.finish(input.path, &mut found, &mut incomplete);
        } else if !line.starts_with(b" ") && !line.starts_with(b"\t") {
            stanza.field(line, number);
        }
    }
    stanza.finish(input.path, &mut found, &mut incomplete);
    if incomplete > 0 {
        found.problems.push(Problem::new(
            input.path,
            format!("{incomplete} entries without package name or version"),
        ));
    }
    found
}

#[derive(Default)]
struct Stanza {
    line: u32,
    any: bool,
    name: String,
    version: String,
    architecture: String,
    source: String,
    maintainer: String,
    status: String,
}

impl Stanza {
    fn field(&mut self, line: &[u8], number: u32) {
        if !self.any {
            self.any = true;
            self.line = number;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { return };
        let (Some(name), Some(value)) = (line.get(..colon), line.get(colon + 1..)) else { return };
        // Field names have no case (Debian Policy 5.1).
        let slots: [(&[u8], &mut String); 6] = [
            (b"Package", &mut self.name),
            (b"Version", &mut self.version),
            (b"Architecture", &mut self.architecture),
            (b"Source", &mut self.source),
            (b"Maintainer", &mut self.maintainer),
            (b"Status", &mut self.status),
        ];
        let wanted = slots.into_iter().find(|(field, _)| field.eq_ignore_ascii_case(name));
        let Some((_, slot)) = wanted else { return };
        let value = value.get(..MAX_VALUE).unwrap_or(value);
        String::from_utf8_lossy(value).trim().clone_into(slot);
    }

    fn finish(&mut self, _path: &str, found: &mut Found, incomplete: &mut u32) {
        let stanza = std::mem::take(self);
        if !stanza.any || !stanza.present() {
            return;
        }
        if stanza.name.is_empty() || stanza.version.is_empty() {
            *incomplete += 1;
            return;
        }
        // `Source: name (version)`; the version is left out where it is the binary's.
        let source = (!stanza.source.is_empty()).then(|| match stanza.source.split_once(" (") {
            Some((name, version)) => (name.to_owned(), version.trim_end_matches(')').to_owned()),
            None => (stanza.source.clone(), stanza.version.clone()),
        });
        found.system.push(SystemPackage {
            manager: Manager::Dpkg,
            name: stanza.name,
            version: stanza.version,
            architecture: stanza.architecture,
            source,
            licenses: Vec::new(),
            vendor: (!stanza.maintainer.is_empty()).then_some(stanza.maintainer),
            module: None,
            line: Some(stanza.line),
        });
    }

    /// Whether the package's files are there. `status.d` has no `Status` field: what it lists is there.
    fn present(&self) -> bool {
        let state = self.status.split_whitespace().nth(2);
        !matches!(state, Some("not-installed" | "config-files"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        parse(&Input { path: "var/lib/dpkg/status", content: text.as_bytes() })
    }

    #[test]
    fn removed_packages_are_not_there() {
        let found = read(
            "Package: a\nStatus: install ok installed\nVersion: 1\nSource: src (0.9)\nDescription: x\n Version: 7\n\n\
             Package: b\nStatus: deinstall ok config-files\nVersion: 1\n\n\
             Package: c\r\nStatus: install ok half-configured\r\nVersion: 2:3-4\r\nArchitecture: amd64",
        );
        let names: Vec<(&str, &str, Option<u32>)> =
            found.system.iter().map(|p| (p.name.as_str(), p.version.as_str(), p.line)).collect();
        assert_eq!(names, [("a", "1", Some(1)), ("c", "2:3-4", Some(12))]);
        assert_eq!(found.system[0].source, Some(("src".to_owned(), "0.9".to_owned())));
        assert!(found.problems.is_empty());
    }

    #[test]
    fn field_names_have_no_case() {
        let found = read("package: a\nVERSION: 1\nsource: b\n");
        assert_eq!(found.system[0].source, Some(("b".to_owned(), "1".to_owned())));
    }

    #[test]
    fn an_entry_without_version_is_told() {
        let found = read("Package: a\nStatus: install ok installed\n\nPackage: b\nVersion: 1\n");
        assert_eq!(found.system.len(), 1);
        assert_eq!(found.problems.len(), 1);
    }

    #[test]
    fn sums_name_the_files_of_a_distroless_package() {
        let content = b"d41d8cd98f00b204e9800998ecf8427e  usr/lib/libssl.so.3\n";
        let found = parse(&Input { path: "var/lib/dpkg/status.d/libssl3.md5sums", content });
        assert_eq!(found.owned[0].package, "libssl3");
        assert_eq!(found.owned[0].paths, ["usr/lib/libssl.so.3"]);
    }
}
