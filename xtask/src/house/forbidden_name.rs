//! Files, modules and crates are named after their subject, never after a heap of things.

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "forbidden-name", check };

const HEAPS: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "misc", "types", "error", "errors", "manager",
    "stuff", "shared",
];

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in project.rust() {
        if file.stem() == "mod" {
            faults.push(Fault::new(&file.path, "a module's file bears its name, not `mod.rs`"));
        }
        let folders = file.path.split('/').rev().skip(1);
        if let Some(heap) = folders.chain([file.stem()]).find(|part| HEAPS.contains(part)) {
            faults.push(Fault::new(&file.path, format!("`{heap}` names no subject")));
        }
        for (number, line) in file.lines() {
            let inline = line.trim_start().trim_start_matches("pub ").strip_prefix("mod ");
            let name = inline.and_then(|rest| rest.split([' ', ';']).next());
            if let Some(heap) = name.filter(|name| HEAPS.contains(name)) {
                faults.push(Fault::at(&file.path, number, format!("`{heap}` names no subject")));
            }
        }
    }
    for one in &project.crates {
        if HEAPS.contains(&one.name.as_str()) {
            faults.push(Fault::new(&one.name, "the crate's name names no subject"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heaps_are_faults() {
        for (path, text) in [
            ("crates/a/src/utils.rs", ""),
            ("crates/a/src/b/mod.rs", ""),
            ("crates/common/src/b.rs", ""),
            ("crates/a/src/b.rs", "mod helper {\n}\n"),
        ] {
            assert_eq!(check(&Project::of(path, text)).len(), 1, "{path}");
        }
        assert_eq!(check(&Project::of("crates/a/src/common_vulnerability.rs", "")), []);
    }
}
