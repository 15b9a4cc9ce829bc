//! What a Rust program was built from, where `cargo auditable` noted it in section `.dep-v0`.
//!
//! <https://github.com/rust-secure-code/cargo-auditable/blob/master/PARSING.md>

use std::io::Read as _;

use serde::Deserialize;

use crate::language::{Language, package};
use crate::{Found, Problem};

/// The format's own bound on the unpacked list.
const MAX_LIST: u64 = 8 << 20;

#[derive(Deserialize)]
struct List {
    packages: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    name: String,
    version: String,
    source: String,
    #[serde(default)]
    kind: Option<String>,
}

/// Adds the crates of crates.io that are part of the program; those that only built it are not in it.
pub(super) fn read(section: &[u8], path: &str, found: &mut Found) {
    let mut json = Vec::new();
    let unpacked =
        flate2::read::ZlibDecoder::new(section).take(MAX_LIST + 1).read_to_end(&mut json);
    let list: Result<List, String> = match unpacked {
        Err(fault) => Err(fault.to_string()),
        Ok(count) if count as u64 > MAX_LIST => {
            Err("list of crates is larger than 8 MiB".to_owned())
        }
        Ok(_) => serde_json::from_slice(&json).map_err(|fault| fault.to_string()),
    };
    let list = match list {
        Ok(list) => list,
        Err(fault) => {
            found.problems.push(Problem::new(path, format!("list of crates: {fault}")));
            return;
        }
    };
    for entry in list.packages {
        let registry = matches!(entry.source.as_str(), "crates.io" | "registry");
        if registry && entry.kind.as_deref() != Some("build") {
            match package(Language::Rust, &entry.name, &entry.version, path, None) {
                Ok(package) => found.packages.push(package),
                Err(problem) => found.problems.push(problem),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    fn packed(json: &str) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(json.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn crates_that_only_built_the_program_are_not_in_it() {
        let json = r#"{"packages":[
            {"name":"app","version":"0.1.0","source":"local","root":true},
            {"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"},
            {"name":"time","version":"0.1.43","source":"crates.io"}]}"#;
        let mut found = Found::default();
        read(&packed(json), "app", &mut found);
        assert_eq!(found.packages.len(), 1);
        assert_eq!(found.packages[0].purl.as_str(), "pkg:cargo/time@0.1.43");
    }

    #[test]
    fn broken_lists_and_bombs_are_told() {
        for section in [b"junk".to_vec(), packed("{"), packed(&" ".repeat(9 << 20))] {
            let mut found = Found::default();
            read(&section, "app", &mut found);
            assert_eq!(found.problems.len(), 1);
        }
    }
}
