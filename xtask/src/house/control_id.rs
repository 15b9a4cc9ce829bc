//! Control ids have the form `catalogue:control`.

use super::rule_id::kebab;
use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "control-id", check };

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for id in &project.ids {
        for control in id.controls.iter().filter(|control| !well_formed(control)) {
            faults.push(Fault::new(&id.id, format!("`{control}` is not `catalogue:control`")));
        }
    }
    faults
}

fn well_formed(control: &str) -> bool {
    let Some((catalogue, control)) = control.split_once(':') else { return false };
    let letter = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '(' | ')');
    kebab(catalogue)
        && control.starts_with(|c: char| c.is_ascii_alphanumeric())
        && control.chars().all(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::{Id, POLICY_RULES};

    #[test]
    fn controls_out_of_shape_are_faults() {
        let faults = |control: &str| {
            let id =
                Id { family: POLICY_RULES, id: "a".to_owned(), controls: vec![control.to_owned()] };
            check(&Project { ids: vec![id], ..Project::default() }).len()
        };
        for bad in ["4.1", "CIS:4.1", "cis-docker:", "cis-docker: 4.1", "cis-docker:4:1"] {
            assert_eq!(faults(bad), 1, "{bad}");
        }
        assert_eq!(faults("nist-800-53:RA-5(2)") + faults("cis-docker:4.1"), 0);
    }
}
