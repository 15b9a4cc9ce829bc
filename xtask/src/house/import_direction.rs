//! Crates import downwards only, and crates of one level never import each other.

use super::{Fault, Rule};
use crate::project::{Need, Project};

pub(super) static RULE: Rule = Rule { id: "import-direction", check };

/// Every crate and its level. Chores stand above all, for they describe all.
const LEVELS: &[(&str, u8)] = &[
    ("model", 0),
    ("image", 1),
    ("catalog", 1),
    ("advisory", 1),
    ("lint", 1),
    ("cluster", 1),
    ("runtime", 1),
    ("trust", 1),
    ("identity", 1),
    ("evidence", 1),
    ("engine", 2),
    ("server", 3),
    ("cli", 4),
    ("xtask", 5),
];

/// Only tests may need it, and the chores, which are no part of the product.
const TESTKIT: &str = "testkit";

fn level(name: &str) -> Option<u8> {
    LEVELS.iter().find(|(known, _)| *known == name).map(|(_, level)| *level)
}

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for one in &project.crates {
        let own = level(&one.name);
        if own.is_none() && one.name != TESTKIT {
            faults.push(Fault::new(&one.name, "the crate has no level in xtask's list"));
            continue;
        }
        for dependency in &one.dependencies {
            let name = &dependency.name;
            if name == TESTKIT && dependency.need != Need::Dev && one.name != "xtask" {
                faults.push(Fault::new(&one.name, "testkit is for tests: a dev-dependency only"));
            }
            let Some(other) = level(name) else { continue };
            // testkit may know the words of the model, and nothing that it helps to test.
            if other >= own.unwrap_or(1) {
                faults.push(Fault::new(
                    &one.name,
                    format!("must not import {name}, which does not lie below it"),
                ));
            }
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_upwards_and_sideways_are_faults() {
        for (name, needed, need) in [
            ("image", "catalog", Need::Normal),
            ("image", "catalog", Need::Dev),
            ("advisory", "engine", Need::Build),
            ("engine", "cli", Need::Normal),
            ("image", "testkit", Need::Normal),
            ("testkit", "image", Need::Normal),
            ("newcomer", "model", Need::Normal),
        ] {
            let project = Project::needing(name, &[("model", Need::Normal), (needed, need)]);
            assert_eq!(check(&project).len(), 1, "{name} {needed}");
        }
    }

    #[test]
    fn imports_downwards_are_right() {
        let needs = [("model", Need::Normal), ("image", Need::Normal), ("testkit", Need::Dev)];
        assert_eq!(check(&Project::needing("engine", &needs)), []);
    }
}
