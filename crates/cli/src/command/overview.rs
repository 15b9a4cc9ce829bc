//! `haechi` alone: what is here, and the five things to do first.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use engine::overview::{Part, look};
use engine::policy::{FILE_NAME, Policy};
use engine::scan::{Filter, Sources, examine, report};
use engine::target::Target;
use model::{Report, visible};

use super::db;
use crate::output;

/// One screen.
const ACTIONS: usize = 5;

pub(crate) fn run() -> Result<u8> {
    let parts = look(Path::new("."));
    let mut out = output::stdout();
    if parts.is_empty() {
        writeln!(out, "Nothing here that Haechi can judge yet.\n")?;
        writeln!(
            out,
            "  haechi scan IMAGE        an image of a registry or of the local Docker Engine"
        )?;
        writeln!(out, "  haechi scan FILE.tar     an image archive")?;
        writeln!(out, "  haechi --help            everything else")?;
        return Ok(0);
    }
    writeln!(out, "Here\n")?;
    for part in &parts {
        line(part, &mut out)?;
    }
    writeln!(out, "\nDo first\n")?;
    let mut number = 0;
    let mut action = |summary: &str, command: &str, out: &mut dyn Write| -> Result<()> {
        number += 1;
        if number <= ACTIONS {
            writeln!(out, "  {number}. {}\n     $ {}", visible(summary), visible(command))?;
        }
        Ok(())
    };
    if let Some(part) = parts.iter().find(|part| part.what == "image archive")
        && let Some(command) = &part.command
    {
        action("judge the image that was built", command, &mut out)?;
    }
    if parts.iter().any(|part| part.what == "lockfile") {
        match judged()? {
            Some(report) if report.remedies.is_empty() && report.not_examined.is_empty() => {
                action("nothing to upgrade; see what was judged", "haechi scan .", &mut out)?;
            }
            Some(report) => {
                if !report.not_examined.is_empty() {
                    let count = report.not_examined.len();
                    let summary = format!("see what could not be judged ({count})");
                    action(&summary, "haechi scan .", &mut out)?;
                }
                for remedy in &report.remedies {
                    let summary =
                        format!("{} (removes {} findings)", remedy.summary, remedy.removes.len());
                    action(
                        &summary,
                        remedy.command.as_deref().unwrap_or("haechi scan ."),
                        &mut out,
                    )?;
                }
            }
            None => {
                action("fetch what is known to be wrong", "haechi db update", &mut out)?;
                action("judge what the lockfiles name", "haechi scan .", &mut out)?;
            }
        }
    }
    if !Path::new(FILE_NAME).exists() {
        let command = "haechi scan . --fail-on high";
        action(
            "block bad builds: run this in CI, or write the gate into haechi.yaml",
            command,
            &mut out,
        )?;
    }
    Ok(0)
}

fn line(part: &Part, out: &mut dyn Write) -> Result<()> {
    let first = part.paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    let more = match part.paths.len() {
        0 | 1 => String::new(),
        count => format!(" and {} more", count - 1),
    };
    let judged =
        if part.command.is_some() { "" } else { "  (not checked: no command judges it yet)" };
    writeln!(out, "  {:14} {}{more}{judged}", part.what, visible(&first))?;
    Ok(())
}

/// Judges the working directory with the advisories at hand; nothing where there are none yet.
fn judged() -> Result<Option<Report>> {
    let Some(database) = db::at_hand() else { return Ok(None) };
    let file = Path::new(FILE_NAME);
    let policy = if file.exists() { Policy::read(file)? } else { Policy::default() };
    let selection = image::Selection::default();
    let engine = image::DockerHost::default();
    let sources = Sources {
        selection: &selection,
        cache: None,
        engine: &engine,
        registry: None,
        total: &|_| (),
        progress: &|_| (),
    };
    let examined = examine(&Target::Directory(".".into()), &sources)?;
    let now = jiff::Timestamp::now();
    Ok(Some(report(examined, &database, &policy, &Filter::default(), now)))
}
