//! Which files each dpkg package owns: `info/<package>[:<architecture>].list`.

use model::OwnedFiles;

use crate::{Found, Input, Parser, Pattern, Scope};

pub(super) static PARSER: Parser = Parser {
    id: "dpkg-files",
    scope: Scope::System,
    patterns: &[Pattern::Within("var/lib/dpkg/info", "list")],
    max_bytes: 64 << 20,
    parse,
};

fn parse(input: &Input<'_>) -> Found {
    let name = input.path.rsplit('/').next().and_then(|name| name.strip_suffix(".list"));
    let Some(package) = name else { return Found::default() };
    let text = String::from_utf8_lossy(input.content);
    let owned = OwnedFiles { package: package.to_owned(), paths: listed(text.lines()) };
    Found { owned: vec![owned], ..Found::default() }
}

/// Paths without leading slash; the root (`/.`) is nobody's.
pub(super) fn listed<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<String> {
    lines
        .map(|line| line.trim_end_matches('\r').trim_start_matches('/'))
        .filter(|path| !path.is_empty() && *path != ".")
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_root_is_nobodys() {
        let content = b"/.\n/usr\n/usr/bin/x\n";
        let found = parse(&Input { path: "var/lib/dpkg/info/x:amd64.list", content });
        assert_eq!(found.owned[0].package, "x:amd64");
        assert_eq!(found.owned[0].paths, ["usr", "usr/bin/x"]);
    }
}
