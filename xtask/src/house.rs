//! The house rules, one file each, kept by an ordinary test.

mod control_id;
mod external_place;
pub(crate) mod file_length;
mod forbidden_name;
mod foreign_word;
mod import_direction;
mod orphan_file;
mod purpose;
mod rule_id;
mod sleep;
mod test_manner;
mod unique_id;
mod workspace_lints;

use std::fmt;

use crate::project::Project;

/// One house rule.
pub(crate) struct Rule {
    pub id: &'static str,
    pub check: fn(&Project) -> Vec<Fault>,
}

/// Where a rule is broken, and what to do instead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// A file, with a line where one is to blame, or the name of a crate or list.
    pub place: String,
    pub message: String,
}

impl Fault {
    fn new(place: impl Into<String>, message: impl Into<String>) -> Self {
        Self { place: place.into(), message: message.into() }
    }

    fn at(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self::new(format!("{path}:{line}"), message)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// The list.
pub(crate) static RULES: &[&Rule] = &[
    &import_direction::RULE,
    &external_place::RULE,
    &workspace_lints::RULE,
    &orphan_file::RULE,
    &forbidden_name::RULE,
    &file_length::RULE,
    &purpose::RULE,
    &unique_id::RULE,
    &rule_id::RULE,
    &control_id::RULE,
    &test_manner::RULE,
    &sleep::RULE,
    &foreign_word::RULE,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_house_rule_is_kept() {
        let project = Project::read(&crate::root()).unwrap();
        assert!(project.files.len() > 100 && project.crates.len() > 5 && project.ids.len() > 30);
        let mut faults = Vec::new();
        for rule in RULES {
            faults
                .extend((rule.check)(&project).iter().map(|fault| format!("{}: {fault}", rule.id)));
        }
        assert!(faults.is_empty(), "\n{}", faults.join("\n"));
    }
}
