//! Tests wait for what happens and not for time to pass.

use super::{Fault, Rule};
use crate::project::{Project, SourceFile};

pub(super) static RULE: Rule = Rule { id: "sleep", check };

/// Written in two parts, so that this file is no fault of its own.
const SLEEP: &str = concat!("thread::", "sleep");

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in project.rust() {
        let from = first_test_line(file);
        for (number, line) in file.lines().filter(|(number, _)| *number >= from) {
            if line.contains(SLEEP) {
                faults.push(Fault::at(&file.path, number, "wait for the event, not for the clock"));
            }
        }
    }
    faults
}

/// Where the tests of a file begin: at once in a file of tests, else with its module of tests.
fn first_test_line(file: &SourceFile) -> usize {
    let tests = file.path.contains("/tests/")
        || file.stem() == "tests"
        || file.path.starts_with("crates/testkit/");
    if tests {
        return 1;
    }
    let found = file.lines().find(|(_, line)| line.trim_start().starts_with("mod tests {"));
    found.map_or(usize::MAX, |(number, _)| number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sleep_is_a_fault_in_tests_only() {
        let call = format!("std::{SLEEP}(x);\n");
        let places = |path: &str, text: &str| check(&Project::of(path, text)).len();
        assert_eq!(places("crates/a/tests/suite/b.rs", &call), 1);
        assert_eq!(
            places("crates/a/src/b.rs", &format!("#[cfg(test)]\nmod tests {{\n{call}}}")),
            1
        );
        assert_eq!(places("crates/a/src/b.rs", &call), 0);
    }
}
