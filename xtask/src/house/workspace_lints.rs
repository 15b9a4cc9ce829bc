//! Every crate opts into the workspace's lints, and those forbid unsafe code.

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "workspace-lints", check };

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    let manifest = |path: &str| -> Option<toml::Table> {
        project.file(path).and_then(|file| file.text.parse().ok())
    };
    let forbidden = manifest("Cargo.toml").is_some_and(|root| {
        let lint = ["lints", "rust"].iter().try_fold(root.get("workspace"), |table, key| {
            Some(table.and_then(|table| table.get(*key)))
        });
        lint.flatten().and_then(|rust| rust.get("unsafe_code")?.as_str()) == Some("forbid")
    });
    if !forbidden {
        faults.push(Fault::new("Cargo.toml", "the workspace's lints must forbid unsafe_code"));
    }
    for one in &project.crates {
        let path = format!("{}/Cargo.toml", one.folder);
        let opted = manifest(&path)
            .and_then(|manifest| manifest.get("lints")?.get("workspace")?.as_bool())
            .unwrap_or_default();
        if !opted {
            faults.push(Fault::new(path, "needs `[lints]` with `workspace = true`"));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::SourceFile;

    #[test]
    fn a_crate_without_the_lints_is_a_fault() {
        let mut project = Project::needing("model", &[]);
        let mut add = |path: &str, text: &str| {
            project.files.push(SourceFile { path: path.to_owned(), text: text.to_owned() });
        };
        add("Cargo.toml", "[workspace.lints.rust]\nunsafe_code = \"forbid\"\n");
        add("crates/model/Cargo.toml", "[package]\nname = \"model\"\n");
        assert_eq!(check(&project).len(), 1);
        project.files[1].text += "[lints]\nworkspace = true\n";
        assert_eq!(check(&project), []);
        project.files[0].text = project.files[0].text.replace("forbid", "warn");
        assert_eq!(check(&project).len(), 1);
    }
}
