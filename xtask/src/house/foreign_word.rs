//! The project speaks of itself, never of the place or the talk in which it was written.

use super::{Fault, Rule};
use crate::project::Project;

pub(super) static RULE: Rule = Rule { id: "foreign-word", check };

/// Written in two parts, so that this file is no fault of its own.
const WORDS: &[&str] = &[
    concat!("this", " session"),
    concat!("issue", " #"),
    concat!("/wo", "rk/"),
    concat!("/tmp", "/wt-"),
    concat!("as you", " asked"),
    concat!("language", " model"),
];

fn check(project: &Project) -> Vec<Fault> {
    let mut faults = Vec::new();
    for file in &project.files {
        for (number, line) in file.lines() {
            let line = line.to_lowercase();
            if let Some(word) = WORDS.iter().find(|word| line.contains(**word)) {
                faults.push(Fault::at(
                    &file.path,
                    number,
                    format!("\"{word}\" is no word of ours"),
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
    fn words_of_elsewhere_are_faults() {
        for word in WORDS {
            let text = format!("one\nsee {} there\n", word.to_uppercase());
            assert_eq!(check(&Project::of("docs/a.md", &text)).len(), 1, "{word}");
        }
        assert_eq!(check(&Project::of("docs/a.md", "a work of art\n")), []);
    }
}
