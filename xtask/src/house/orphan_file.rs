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

/// The names in `mod name;` lines.
fn modules(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter_map(|line| {
        let line = line.trim().strip_suffix(';')?;
        let name = line.strip_prefix("mod ").or_else(|| {
            let rest = line.strip_prefix("pub")?;
            Some(rest.rsplit_once("mod ").filter(|(shown, _)| !shown.contains('='))?.1)
        })?;
        name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
    })
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
            ("crates/model/src/a/b.rs", ""),
            ("crates/model/src/b.rs", ""),
        ] {
            project.files.push(SourceFile { path: path.to_owned(), text: text.to_owned() });
        }
        let faults = check(&project);
        assert_eq!(faults.len(), 1);
        assert_eq!(faults[0].place, "crates/model/src/b.rs");
    }
}
