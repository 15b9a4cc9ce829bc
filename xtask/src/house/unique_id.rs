//! No two members of a list bear the same id.

use std::collections::BTreeSet;

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "unique-id", check };

fn check(project: &Project) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let twice = project.ids.iter().filter(|id| !seen.insert((id.family, id.id.to_lowercase())));
    twice.map(|id| Fault::new(id.family, format!("`{}` stands twice in the list", id.id))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Id;

    #[test]
    fn the_same_id_twice_in_one_list_is_a_fault() {
        let id = |family, id: &str| Id { family, id: id.to_owned(), controls: Vec::new() };
        let project = Project {
            ids: vec![id("a", "x"), id("b", "x"), id("a", "y"), id("a", "X")],
            ..Project::default()
        };
        assert_eq!(check(&project).len(), 1);
    }
}
