//! A test states a fact in its name and always runs.

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "test-manner", check };

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in project.rust() {
        for (number, line) in file.lines() {
            let line = line.trim_start();
            let message = if line.starts_with("#[ignore") {
                "a test that does not run says so through HAECHI_SKIPPED, with the reason"
            } else if line.starts_with("#[should_panic") {
                "assert the fault; a panic is never the expected end"
            } else if line.starts_with("fn test_") || line.starts_with("async fn test_") {
                "a test's name states a fact, without `test_` before it"
            } else {
                continue;
            };
            faults.push(Fault::at(&file.path, number, message));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skipped_panicking_and_prefixed_tests_are_faults() {
        let text =
            "    #[ignore = \"slow\"]\n #[should_panic]\n    fn test_x() {}\nfn the_test_() {}\n";
        let lines: Vec<String> =
            check(&Project::of("a.rs", text)).into_iter().map(|fault| fault.place).collect();
        assert_eq!(lines, ["a.rs:1", "a.rs:2", "a.rs:3"]);
    }
}
