//! Executables that say what they were built from: Go's build information, cargo-auditable's list.

use object::{Object as _, ObjectSection as _};

use super::{go_buildinfo, rust_audit};
use crate::{Found, Input, Parser, Pattern, Problem, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "executable",
    scope: Scope::Installed,
    patterns: &[Pattern::Magic(*b"\x7fELF")],
    max_bytes: 128 << 20,
    working: |_| 0,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    // Plugins, object files of other machines and test inputs begin with the magic too; only what
    // carries build information is of interest, so a malformed file without it is no problem.
    let Ok(file) = object::File::parse(input.content) else {
        return go_buildinfo::find(input.content)
            .map_or_else(Found::default, |info| go_buildinfo::read(info, input.path));
    };
    let mut found = Found::default();
    if let Some(section) = file.section_by_name(".go.buildinfo") {
        match section.data() {
            // Older toolchains keep pointers into other sections here.
            Ok(data) => {
                match go_buildinfo::inline(data).or_else(|| go_buildinfo::pointed(&file, data)) {
                    Some(info) => found = go_buildinfo::read(info, input.path),
                    None => found
                        .problems
                        .push(Problem::new(input.path, "Go build information is malformed")),
                }
            }
            Err(fault) => found.problems.push(Problem::new(input.path, fault)),
        }
    } else if file.sections().next().is_none()
        && let Some(info) = go_buildinfo::find(input.content)
    {
        found = go_buildinfo::read(info, input.path);
    }
    if let Some(section) = file.section_by_name(".dep-v0") {
        match section.data() {
            Ok(data) => rust_audit::read(data, input.path, &mut found),
            Err(fault) => found.problems.push(Problem::new(input.path, fault)),
        }
    }
    found
}
