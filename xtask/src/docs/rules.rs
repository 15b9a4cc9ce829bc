//! The rules of a verdict, from their cards.

use std::fmt::Write as _;

use anyhow::Result;

use super::{NOTE, Page, cell};

pub(super) static PAGE: Page = Page { path: "docs/rules.md", text: |_| text() };

fn text() -> Result<String> {
    let mut out = format!("{NOTE}# Rules of a verdict\n\n");
    writeln!(out, "In the order in which their reasons are shown.\n")?;
    writeln!(out, "| rule | severity | verdict | what it finds |\n|---|---|---|---|")?;
    for rule in engine::policy::RULES {
        let card = &rule.card;
        let outcome = format!("{:?}", rule.outcome).to_lowercase();
        let (id, title) = (card.id, cell(card.title));
        writeln!(out, "| [`{id}`](#{id}) | {} | {outcome} | {title} |", card.severity)?;
    }
    for rule in engine::policy::RULES {
        let card = &rule.card;
        writeln!(out, "\n## {}\n\n**{}.**\n\n{}", card.id, card.title, card.help)?;
        for (name, ids) in [("Also known as", card.aliases), ("Controls", card.controls)] {
            if !ids.is_empty() {
                let ids: Vec<String> = ids.iter().map(|id| format!("`{id}`")).collect();
                writeln!(out, "\n{name}: {}.", ids.join(", "))?;
            }
        }
    }
    Ok(out)
}
