//! Ids of rules and parsers are in kebab-case and name the fault, not its absence.

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "rule-id", check };

/// The list whose ids are names of the world and not ours.
const FOREIGN: &str = "ecosystem";

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for id in project.ids.iter().filter(|id| id.family != FOREIGN) {
        if !kebab(&id.id) {
            faults.push(Fault::new(id.family, format!("`{}` is not in kebab-case", id.id)));
        }
        if id.id.starts_with("no-") {
            let message = format!("`{}` names an absence: \"allow no-x\" reads ill", id.id);
            faults.push(Fault::new(id.family, message));
        }
    }
    faults
}

/// Lower-case words of letters and digits with single hyphens between, a letter first.
pub(super) fn kebab(text: &str) -> bool {
    let word = |word: &str| {
        !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit())
    };
    text.starts_with(|c: char| c.is_ascii_lowercase()) && text.split('-').all(word)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Id, POLICY_RULES};

    #[test]
    fn ids_out_of_shape_are_faults() {
        let faults = |family, id: &str| {
            let id = Id { family, id: id.to_owned(), controls: Vec::new() };
            check(&Project { ids: vec![id], ..Project::default() }).len()
        };
        for bad in ["RootUser", "root_user", "root--user", "-root", "3root", "", "no-user"] {
            assert_eq!(faults(POLICY_RULES, bad), 1, "{bad}");
        }
        assert_eq!(faults(POLICY_RULES, "root-user"), 0);
        assert_eq!(faults(FOREIGN, "crates.io"), 0);
    }
}
