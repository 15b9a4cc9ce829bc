//! What can be read and judged: parsers, ecosystems, distributions.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use advisory::ecosystem::{ECOSYSTEMS, Names};
use anyhow::{Context as _, Result};
use catalog::{Pattern, Router, Scope};

use super::{NOTE, Page, cell};
use crate::project::Project;

pub(super) static PAGE: Page = Page { path: "docs/coverage.md", text };

fn text(project: &Project) -> Result<String> {
    let mut out = format!("{NOTE}# Coverage\n");
    parsers(&mut out)?;
    ecosystems(&mut out, project)?;
    distributions(&mut out)?;
    Ok(out)
}

fn parsers(out: &mut String) -> Result<()> {
    writeln!(out, "\n## Files that are read\n")?;
    writeln!(
        out,
        "`system` and `installed` count everywhere, `locked` in projects; `deployed` are lockfiles that also count in\nimages, where nothing else says what of their language is installed.\n"
    )?;
    writeln!(out, "| parser | scope | files | up to |\n|---|---|---|---|")?;
    for parser in Router::parsers() {
        let scope = match parser.scope {
            Scope::System => "system",
            Scope::Installed => "installed",
            Scope::Locked => "locked",
            Scope::Deployed => "deployed",
        };
        let files: Vec<String> = parser.patterns.iter().map(|pattern| shown(*pattern)).collect();
        let most = match parser.max_bytes {
            small if small < 1 << 20 => format!("{} KiB", small >> 10),
            large => format!("{} MiB", large >> 20),
        };
        writeln!(out, "| {} | {scope} | {} | {most} |", parser.id, cell(&files.join(", ")))?;
    }
    Ok(())
}

fn shown(pattern: Pattern) -> String {
    match pattern {
        Pattern::Path(path) => format!("`/{path}`"),
        Pattern::Name(name) => format!("`{name}`"),
        Pattern::In(tail, name) => format!("`*{tail}/{name}`"),
        Pattern::Extension(extension) => format!("`*.{extension}`"),
        Pattern::Named(start, extension) => format!("`{start}*.{extension}`"),
        Pattern::Containing(part, extension) => format!("`*{part}*.{extension}`"),
        Pattern::Directory(directory) => format!("`/{directory}/*`"),
        Pattern::Within(directory, extension) => format!("`/{directory}/*.{extension}`"),
        Pattern::Magic([0x7f, b'E', b'L', b'F']) => "ELF executables".to_owned(),
        Pattern::Magic(magic) => {
            let bytes: Vec<String> = magic.iter().map(|byte| format!("{byte:02x}")).collect();
            format!("files that begin with {}", bytes.join(" "))
        }
    }
}

fn ecosystems(out: &mut String, project: &Project) -> Result<()> {
    let orders = orders(project);
    writeln!(out, "\n## Ecosystems that are judged\n")?;
    writeln!(out, "| ecosystem | package URLs | advisories name | order of versions |")?;
    writeln!(out, "|---|---|---|---|")?;
    for rules in ECOSYSTEMS {
        let kinds: Vec<String> =
            rules.purl_kinds.iter().map(|kind| format!("`pkg:{kind}`")).collect();
        let names = match rules.names {
            Names::Binary => "the package",
            Names::Source => "the source package",
        };
        let order = orders.get(rules.name).with_context(|| rules.name.to_owned())?;
        writeln!(out, "| {} | {} | {names} | {order} |", rules.name, kinds.join(", "))?;
    }
    writeln!(out, "\nWhat the orders follow:\n")?;
    for file in project.rust() {
        if file.path.starts_with("crates/advisory/src/order/") && !file.path.contains("/tests") {
            writeln!(out, "- {}: {}", file.stem(), purpose(&file.text))?;
        }
    }
    Ok(())
}

/// The name of each ecosystem's order. A function has no name at run time, so the source is asked.
fn orders(project: &Project) -> BTreeMap<&str, &str> {
    let value = |text: &'_ str, key: &str| -> Option<(usize, usize)> {
        let at = text.find(&format!("\n    {key}: "))? + key.len() + 7;
        Some((at, at + text.get(at..)?.find(",\n")?))
    };
    let mut orders = BTreeMap::new();
    for file in
        project.rust().filter(|file| file.path.starts_with("crates/advisory/src/ecosystem/"))
    {
        let part = |key| value(&file.text, key).and_then(|(from, to)| file.text.get(from..to));
        let (Some(name), Some(order)) = (part("name"), part("order")) else { continue };
        orders.insert(name.trim_matches('"'), order.split("::").next().unwrap_or(order));
    }
    orders
}

/// The sentence with which a file begins.
fn purpose(text: &str) -> String {
    let lines = text.lines().map_while(|line| line.strip_prefix("//! "));
    lines.take_while(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

fn distributions(out: &mut String) -> Result<()> {
    writeln!(out, "\n## Distributions\n")?;
    writeln!(
        out,
        "Recognised by `ID` in `os-release`. Packages of one without an ecosystem are listed, not judged.\n"
    )?;
    writeln!(
        out,
        "| distribution | ecosystem | last day of free security updates |\n|---|---|---|"
    )?;
    for distribution in catalog::distributions() {
        let days: Vec<String> = distribution
            .releases
            .iter()
            .map(|(release, day)| format!("{release}: {day}"))
            .collect();
        let ecosystem = distribution.ecosystem.unwrap_or("–");
        writeln!(out, "| {} | {ecosystem} | {} |", distribution.id, days.join(", "))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ecosystem_names_its_order() {
        let text = "//! X.\nstatic RULES: Rules = Rules {\n    name: \"X y\",\n    order: deb::compare,\n};\n";
        let project = Project::of("crates/advisory/src/ecosystem/x.rs", text);
        assert_eq!(orders(&project).get("X y"), Some(&"deb"));
    }

    #[test]
    fn patterns_are_shown_as_a_shell_would_write_them() {
        assert_eq!(shown(Pattern::In(".dist-info", "METADATA")), "`*.dist-info/METADATA`");
        assert_eq!(shown(Pattern::Named("requirements", "txt")), "`requirements*.txt`");
        assert_eq!(shown(Pattern::Magic([1, 2, 3, 255])), "files that begin with 01 02 03 ff");
    }
}
