//! A source file stays short enough to be read at one sitting.

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "file-length", check };

/// Longer files fail.
const MOST: usize = 600;

/// Longer files are named by `xtask house`.
const MANY: usize = 400;

fn check(project: &Project) -> Vec<Fault> {
    over(project, MOST)
}

/// The files that should soon be split.
pub(crate) fn long(project: &Project) -> Vec<Fault> {
    over(project, MANY)
}

fn over(project: &Project, most: usize) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in project.files.iter().filter(|file| file.is_rust() || file.path.ends_with(".py")) {
        let lines = file.text.lines().count();
        if lines > most {
            faults.push(Fault::new(&file.path, format!("{lines} lines, more than {most}")));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_is_named_and_a_longer_one_is_a_fault() {
        let of = |lines: usize| Project::of("crates/a/src/b.rs", &"x\n".repeat(lines));
        assert_eq!((check(&of(601)).len(), check(&of(600)).len()), (1, 0));
        assert_eq!((long(&of(401)).len(), long(&of(400)).len()), (1, 0));
    }
}
