//! Every source file begins with a sentence that says what it is for.

use super::{Fault, Rule};
use crate::project::{Project, SourceFile};

pub(super) static RULE: Rule = Rule { id: "purpose", check };

fn check(project: &Project) -> Vec<Fault> {
    project
        .rust()
        .filter(|file| !has_purpose(file))
        .map(|file| Fault::new(&file.path, "begins with `//!` and one whole sentence of purpose"))
        .collect()
}

fn has_purpose(file: &SourceFile) -> bool {
    let paragraph: Vec<&str> = file
        .text
        .lines()
        .map_while(|line| line.strip_prefix("//! "))
        .take_while(|line| !line.is_empty())
        .collect();
    let text = paragraph.join(" ");
    text.trim_end_matches([')', '"']).ends_with('.') && text.split(' ').count() > 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_a_whole_sentence_is_a_fault() {
        for bad in
            ["", "use std::io;\n", "//!\n", "//! Word.\n", "//! No full stop\n", "// A comment.\n"]
        {
            assert_eq!(check(&Project::of("crates/a/src/b.rs", bad)).len(), 1, "{bad}");
        }
        let good = "//! A sentence that goes on in\n//! the next line.\n//!\n//! More\n";
        assert_eq!(check(&Project::of("crates/a/src/b.rs", good)), []);
    }
}
