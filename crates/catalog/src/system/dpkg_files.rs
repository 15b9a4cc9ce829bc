//! Which files each dpkg package owns: `info/<package>[:<architecture>].list`.

use model::OwnedFiles;

use super::bounds::{MAX_PATHS, Room};
use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "dpkg-files",
    scope: Scope::System,
    patterns: &[Pattern::Within("var/lib/dpkg/info", "list")],
    max_bytes: 64 << 20,
    working: |_| MAX_PATHS as u64,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let name = input.path.rsplit('/').next().and_then(|name| name.strip_suffix(".list"));
    let Some(package) = name else { return Found::default() };
    let text = String::from_utf8_lossy(input.content);
    owned_by(package, text.lines(), input.path)
}

/// Takes paths without leading slash; the root (`/.`) is nobody's.
pub(super) fn owned_by<'a>(
    package: &str,
    lines: impl Iterator<Item = &'a str>,
    source: &str,
) -> Found {
    let mut room = Room::new();
    let paths = lines
        .map(|line| line.trim_end_matches('\r').trim_start_matches('/'))
        .filter(|path| !path.is_empty() && *path != ".")
        .take_while(|path| room.take(path.len()))
        .map(str::to_owned)
        .collect();
    let owned = vec![OwnedFiles { package: package.to_owned(), paths }];
    Found { owned, problems: room.problem(source).into_iter().collect(), ..Found::default() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_very_many_paths_takes_bounded_memory() {
        let content = "x\n".repeat(2_000_000);
        let input = Input { path: "var/lib/dpkg/info/x.list", content: content.as_bytes() };
        let found = parse(&input);
        assert!(found.owned[0].paths.len() < 1_000_000 && found.problems.len() == 1);
    }

    #[test]
    fn the_root_is_nobodys() {
        let content = b"/.\n/usr\n/usr/bin/x\n";
        let found = parse(&Input { path: "var/lib/dpkg/info/x:amd64.list", content });
        assert_eq!(found.owned[0].package, "x:amd64");
        assert_eq!(found.owned[0].paths, ["usr", "usr/bin/x"]);
    }
}
