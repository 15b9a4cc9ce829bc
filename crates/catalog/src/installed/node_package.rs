//! Installed Node packages: `package.json` below a `node_modules`.

use serde::Deserialize;

use crate::language::{Language, package};
use crate::{Found, Input, Parser, Pattern, Problem, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "node-package",
    scope: Scope::Installed,
    patterns: &[Pattern::Name("package.json")],
    max_bytes: 16 << 20,
    working: |_| 0,
    parse,
};

#[derive(Deserialize)]
struct Manifest {
    name: Option<serde_json::Value>,
    version: Option<serde_json::Value>,
    license: Option<serde_json::Value>,
}

fn parse(input: &Input<'_>) -> Found {
    let mut found = Found::default();
    // Elsewhere it describes the project itself, or is a test's input.
    if !root_of_module(input.path) {
        return found;
    }
    // npm reads over a byte order mark.
    let content = input.content.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input.content);
    let manifest: Manifest = match serde_json::from_slice(content) {
        Ok(manifest) => manifest,
        Err(fault) => {
            found.problems.push(Problem::new(input.path, fault));
            return found;
        }
    };
    let text = |value: Option<serde_json::Value>| match value {
        Some(serde_json::Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    };
    // Packages ship more such files, which only say `{"type": "module"}`.
    let (Some(name), Some(version)) = (text(manifest.name), text(manifest.version)) else {
        return found;
    };
    match package(Language::Node, &name, version.trim_start_matches(['v', '=']), input.path, None) {
        Ok(mut package) => {
            package.licenses.extend(text(manifest.license));
            found.packages.push(package);
        }
        Err(problem) => found.problems.push(problem),
    }
    found
}

/// `node_modules/NAME/package.json` or `node_modules/@SCOPE/NAME/package.json`, at any depth.
fn root_of_module(path: &str) -> bool {
    let mut parts = path.rsplit('/').skip(2);
    match parts.next() {
        Some("node_modules") => true,
        Some(scope) if scope.starts_with('@') => parts.next() == Some("node_modules"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(path: &str, text: &str) -> Found {
        parse(&Input { path, content: text.as_bytes() })
    }

    #[test]
    fn only_the_root_of_a_module_counts() {
        let text = r#"{"name":"@a/b","version":"1.2.3","license":"ISC"}"#;
        assert_eq!(read("srv/node_modules/@a/b/package.json", text).packages[0].name, "@a/b");
        assert_eq!(read("x/node_modules/c/node_modules/d/package.json", text).packages.len(), 1);
        let marked = format!("\u{feff}{text}");
        assert_eq!(read("srv/node_modules/@a/b/package.json", &marked).packages.len(), 1);
        assert_eq!(read("srv/package.json", text), Found::default());
        assert_eq!(read("x/node_modules/c/test/package.json", text), Found::default());
        assert_eq!(read("x/node_modules/c/package.json", r#"{"type":"module"}"#), Found::default());
    }

    #[test]
    fn broken_or_deep_manifests_are_told() {
        let deep = "[".repeat(100_000);
        for text in ["{\"name\":", deep.as_str(), "\u{0}"] {
            assert_eq!(read("x/node_modules/c/package.json", text).problems.len(), 1);
        }
    }
}
