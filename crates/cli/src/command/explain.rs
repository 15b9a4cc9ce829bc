//! `haechi explain`: why an id is in a report, and why it is not.

use std::fs::File;
use std::io::{Read as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use engine::explain::{Answer, explain};
use model::{Finding, Report, visible};

use super::db;
use crate::arguments::Explain;
use crate::output;

/// A report larger than this was not written by a scan.
const MAX_REPORT: u64 = 1 << 30;

pub(crate) fn run(arguments: &Explain) -> Result<u8> {
    let report = arguments.report.as_deref().map(read).transpose()?;
    let mut out = output::stdout();
    match explain(&arguments.id, report.as_ref()) {
        Answer::Rule(card) => {
            writeln!(out, "{} ({}): {}\n\n{}", card.id, card.severity, card.title, card.help)?;
            return Ok(0);
        }
        Answer::Reported(findings) => {
            for finding in findings {
                reported(finding, &mut out)?;
            }
        }
        Answer::NotReported if report.is_some() => {
            let filter = report.as_ref().and_then(|report| report.meta.get("filter"));
            let filter = filter.map(|words| format!(", which shows {words}"));
            let filter = filter.unwrap_or_default();
            writeln!(out, "{}: not in the report{}", visible(&arguments.id), visible(&filter))?;
        }
        Answer::NotReported => {}
    }
    let Some(report) = &report else {
        bail!("{}: no rule has this name; `--in REPORT` explains a finding", arguments.id);
    };
    considered(report, arguments, &mut out)?;
    Ok(0)
}

fn read(path: &Path) -> Result<Report> {
    let shown = || path.display().to_string();
    let mut text = Vec::new();
    File::open(path)
        .with_context(shown)?
        .take(MAX_REPORT)
        .read_to_end(&mut text)
        .with_context(shown)?;
    serde_json::from_slice(&text).with_context(shown)
}

fn reported(finding: &Finding, out: &mut dyn Write) -> Result<()> {
    writeln!(
        out,
        "{} ({})  {}",
        visible(&finding.id),
        finding.severity,
        visible(&finding.message)
    )?;
    if !finding.aliases.is_empty() {
        writeln!(out, "  also known as {}", visible(&finding.aliases.join(", ")))?;
    }
    if let Some(package) = &finding.package {
        writeln!(out, "  in {} {}", visible(&package.name), visible(&package.version))?;
    }
    if let Some(place) = &finding.location {
        writeln!(out, "  at {}", visible(&place.path))?;
        if let Some(layer) = &place.layer {
            let by = layer
                .created_by
                .as_deref()
                .unwrap_or("an instruction that the image does not name");
            writeln!(out, "  from layer {} made by {}", layer.digest, visible(by))?;
        }
    }
    if let Some(cvss) = &finding.cvss {
        writeln!(out, "  CVSS {:.1} {}", cvss.score, visible(&cvss.vector))?;
    }
    if finding.kev {
        writeln!(out, "  known to be exploited (CISA KEV)")?;
    }
    if let Some(epss) = finding.epss {
        writeln!(out, "  probability of exploitation within 30 days {epss:.3} (EPSS)")?;
    }
    if let Some(fix) = &finding.fix {
        writeln!(out, "  {}", visible(&fix.summary))?;
    }
    if let Some(suppressed) = &finding.suppressed {
        writeln!(
            out,
            "  does not count: {} [{}]",
            visible(&suppressed.reason),
            visible(&suppressed.by)
        )?;
    }
    Ok(())
}

/// Shows every advisory that was weighed for the packages of the report.
fn considered(report: &Report, arguments: &Explain, out: &mut dyn Write) -> Result<()> {
    let database = db::open(&arguments.advisories)?;
    let mut any = false;
    for package in &report.packages {
        for step in database.explain(package, &arguments.id) {
            any = true;
            let (name, version) = (visible(&package.name), visible(&package.version));
            writeln!(out, "  {name} {version}: {}", visible(&step.clone()))?;
        }
    }
    if !any {
        let count = report.packages.len();
        let named = database.speaking(&arguments.id)?;
        if named.is_empty() {
            writeln!(out, "  the advisory database has nothing of that name")?;
        }
        for (ecosystem, name) in named {
            let name = visible(&name);
            writeln!(
                out,
                "  speaks of {name} in {ecosystem}, which is none of the report's {count} packages"
            )?;
        }
    }
    Ok(())
}
