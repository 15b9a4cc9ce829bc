//! Installed Python distributions: `METADATA` of a `.dist-info`, `PKG-INFO` of an `.egg-info`, or an
//! `.egg-info` that is a file (core metadata specification).

use crate::language::{Language, package};
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "python-metadata",
    scope: Scope::Installed,
    patterns: &[
        Pattern::In(".dist-info", "METADATA"),
        Pattern::In(".egg-info", "PKG-INFO"),
        Pattern::In("EGG-INFO", "PKG-INFO"),
        Pattern::Extension("egg-info"),
    ],
    max_bytes: 16 << 20,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let mut found = Found::default();
    let (mut name, mut version, mut licence, mut expression) = (None, None, None, None);
    for line in input.content.split(|byte| *byte == b'\n') {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Headers end at the first blank line; what follows is the description.
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = || {
            let value = line.get(colon + 1..).unwrap_or_default();
            Some(String::from_utf8_lossy(value).trim().to_owned()).filter(|value| !value.is_empty())
        };
        match line.get(..colon) {
            Some(b"Name") => name = name.or_else(value),
            Some(b"Version") => version = version.or_else(value),
            Some(b"License") => licence = licence.or_else(value),
            Some(b"License-Expression") => expression = expression.or_else(value),
            _ => {}
        }
    }
    let (Some(name), Some(version)) = (name, version) else {
        found.problems.push(crate::Problem::new(input.path, "metadata without name and version"));
        return found;
    };
    match package(Language::Python, &name, &version, input.path, None) {
        Ok(mut package) => {
            let licence =
                expression.or(licence).filter(|text| text != "UNKNOWN" && text.len() < 200);
            package.licenses.extend(licence);
            found.packages.push(package);
        }
        Err(problem) => found.problems.push(problem),
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Found {
        parse(&Input { path: "x.dist-info/METADATA", content: text.as_bytes() })
    }

    #[test]
    fn only_headers_count() {
        let found = read(
            "Metadata-Version: 2.1\r\nName: Flask_Login\r\nVersion: 0.6\r\nLicense: MIT\r\n\r\nName: no\n",
        );
        assert_eq!(found.packages[0].name, "flask-login");
        assert_eq!(found.packages[0].version, "0.6");
        assert_eq!(found.packages[0].licenses, ["MIT"]);
    }

    #[test]
    fn metadata_without_a_version_is_told() {
        let found = read("Name: x\n\nVersion: 1\n");
        assert!(found.packages.is_empty() && found.problems.len() == 1);
    }
}
