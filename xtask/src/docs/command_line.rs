//! The reference of the command line, as the commands describe themselves.

use std::fmt::Write as _;

use anyhow::Result;

use super::{NOTE, Page};

pub(super) static PAGE: Page = Page { path: "docs/cli.md", text: |_| text() };

fn text() -> Result<String> {
    let mut out = format!(
        "{NOTE}# Command line\n\nFlags win over `HAECHI_*` variables, those over `haechi.yaml`.\n"
    );
    let mut open = vec![("haechi".to_owned(), cli::command_line())];
    while let Some((name, mut command)) = open.pop() {
        writeln!(out, "\n## `{name}`\n\n```text")?;
        for line in command.render_long_help().to_string().trim_end().lines() {
            writeln!(out, "{}", line.trim_end())?;
        }
        writeln!(out, "```")?;
        let inner: Vec<_> = command.get_subcommands().collect();
        for inner in inner.into_iter().rev().filter(|inner| inner.get_name() != "help") {
            open.push((format!("{name} {}", inner.get_name()), inner.clone()));
        }
    }
    Ok(out)
}
