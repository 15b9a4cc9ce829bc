//! Every source file is reached by a `mod` from the root of a target; another one is never compiled.

use std::collections::BTreeSet;

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "orphan-file", check };

fn check(project: &Project) -> Vec<Fault> {
    let mut reached = BTreeSet::new();
    let mut open: Vec<(String, bool)> = project
        .crates
        .iter()
        .flat_map(|one| one.roots.iter().map(|root| (root.clone(), true)))
        .collect();
    while let Some((path, is_root)) = open.pop() {
        let Some(file) = project.file(&path) else { continue };
        if !reached.insert(path.clone()) {
            continue;
        }
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        // A target's root has its modules beside it, any other file in a folder of its own name.
        let below = if is_root { folder.to_owned() } else { format!("{folder}/{}", file.stem()) };
        for name in modules(&file.text) {
            open.push((format!("{below}/{name}.rs"), false));
        }
    }
    project
        .rust()
        .filter(|file| !reached.contains(&file.path))
        .map(|file| Fault::new(&file.path, "no `mod` reaches this file, so it is never compiled"))
        .collect()
}

/// The names in `mod name;` lines, behind the names of the modules that are written around them. The text
/// is laid out by rustfmt, so a brace closes where its line began.
fn modules(text: &str) -> Vec<String> {
    let mut around: Vec<(usize, &str)> = Vec::new();
    let mut found = Vec::new();
    for line in text.lines() {
        let body = line.trim_start();
        let depth = line.len() - body.len();
        if body == "}" && around.last().is_some_and(|(opened, _)| *opened == depth) {
            around.pop();
        } else if let Some(name) = body.strip_suffix(" {").and_then(module) {
            around.push((depth, name));
        } else if let Some(name) = body.strip_suffix(';').and_then(module) {
            let mut path: Vec<&str> = around.iter().map(|(_, name)| *name).collect();
            path.push(name);
            found.push(path.join("/"));
        }
    }
    found
}

/// The name in `mod name`, whatever its visibility.
fn module(declaration: &str) -> Option<&str> {
    let name = declaration.strip_prefix("mod ").or_else(|| {
        let rest = declaration.strip_prefix("pub")?;
        Some(rest.rsplit_once("mod ").filter(|(shown, _)| !shown.contains('='))?.1)
    })?;
    name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::SourceFile;

    #[test]
    fn a_file_without_mod_is_a_fault() {
        let mut project = Project::needing("model", &[]);
        for (path, text) in [
            ("crates/model/src/lib.rs", "mod a;\n"),
            ("crates/model/src/a.rs", "pub(crate) mod b;\n#[cfg(test)]\nmod tests {}\n"),
            ("crates/model/src/a/b.rs", "mod c {\n    mod d;\n}\n"),
            ("crates/model/src/a/b/c/d.rs", ""),
            ("crates/model/src/b.rs", ""),
        ] {
            project.files.push(SourceFile { path: path.to_owned(), text: text.to_owned() });
        }
        let faults = check(&project);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].place, "crates/model/src/b.rs");
    }
}
