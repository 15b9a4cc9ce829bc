//! The report for people: verdict first, then what to do, then a compact table.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::io::{self, Write};

use comfy_table::{ContentArrangement, Table, presets};
use model::{ExceptionState, Finding, Outcome, Package, Report, Severity, visible};

/// What to do first is short, or nobody does it.
const ACTIONS: usize = 5;

/// Rows that fit a screen.
const ROWS: usize = 20;

const BOLD: &str = "\x1b[1m";
const DIM: &str = "\x1b[2m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const YELLOW: &str = "\x1b[33m";
const RESET: &str = "\x1b[0m";

/// Writes the report. `all` shows every row; `width` is the terminal's, where there is one.
pub(crate) fn write(
    report: &Report,
    all: bool,
    width: Option<u16>,
    out: &mut dyn Write,
) -> io::Result<()> {
    verdict(report, out)?;
    actions(report, out)?;
    packages(report, all, width, out)?;
    exceptions(report, out)?;
    not_examined(report, all, out)
}

fn verdict(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (colour, word) = match report.verdict.outcome {
        Outcome::Pass => (GREEN, "PASS"),
        Outcome::Fail => (RED, "FAIL"),
        Outcome::Incomplete => (YELLOW, "INCOMPLETE"),
        Outcome::Stale => (YELLOW, "STALE"),
    };
    let subject = &report.subject;
    writeln!(out, "{BOLD}{colour}{word}{RESET}  {BOLD}{}{RESET}", visible(&subject.name))?;
    let mut facts: Vec<String> = Vec::new();
    if let Some(os) = &subject.os {
        let name =
            if os.name.is_empty() { format!("{} {}", os.id, os.version) } else { os.name.clone() };
        // Days are written so that they sort as texts.
        let today = report.meta.get("scannedAt").map_or("", String::as_str);
        let text = match os.end_of_life.as_deref() {
            Some(day) if day < today => format!("{name}, end of life since {day}"),
            Some(day) => format!("{name}, supported until {day}"),
            None => name,
        };
        facts.push(text);
    }
    facts.push(count(report.packages.len(), "package", "packages"));
    facts.push(severities(report));
    if let Some(digest) = &subject.digest {
        facts.push(digest.to_string().chars().take(19).collect());
    }
    writeln!(out, "      {DIM}{}{RESET}", visible(&facts.join(" · ")))?;
    for reason in &report.verdict.reasons {
        writeln!(out, "      {} {DIM}[{}]{RESET}", visible(&reason.message), reason.rule)?;
    }
    Ok(())
}

fn severities(report: &Report) -> String {
    let counted: Vec<&Finding> =
        report.findings.iter().filter(|f| f.suppressed.is_none()).collect();
    if counted.is_empty() {
        return "no known vulnerability".to_owned();
    }
    let parts: Vec<String> = Severity::ALL
        .into_iter()
        .map(|severity| (counted.iter().filter(|f| f.severity == severity).count(), severity))
        .filter(|(count, _)| *count > 0)
        .map(|(count, severity)| format!("{count} {severity}"))
        .collect();
    let exploited = counted.iter().filter(|f| f.kev).count();
    let exploited =
        if exploited > 0 { format!(", {exploited} known exploited") } else { String::new() };
    format!(
        "{}: {}{exploited}",
        count(counted.len(), "vulnerability", "vulnerabilities"),
        parts.join(", ")
    )
}

fn actions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if report.remedies.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}Do first{RESET}")?;
    for (number, remedy) in (1..).zip(report.remedies.iter().take(ACTIONS)) {
        let removes = count(remedy.removes.len(), "finding", "findings");
        let exploited = if remedy.exploited > 0 {
            format!(", {} known exploited", remedy.exploited)
        } else {
            String::new()
        };
        writeln!(
            out,
            "  {number}. {}  {DIM}removes {removes}, worst {}{exploited}{RESET}",
            visible(&remedy.summary),
            remedy.severity
        )?;
        if let Some(command) = &remedy.command {
            writeln!(out, "     $ {}", shortened(&visible(command)))?;
        }
    }
    let rest = report.remedies.len().saturating_sub(ACTIONS);
    if rest > 0 {
        writeln!(out, "  {DIM}and {rest} more; `-f json` lists all under `remedies`{RESET}")?;
    }
    Ok(())
}

/// A command that names hundreds of packages is shown whole in the JSON report.
fn shortened(command: &str) -> String {
    const LONGEST: usize = 160;
    if command.chars().count() <= LONGEST {
        return command.to_owned();
    }
    let cut: String = command.chars().take(LONGEST).collect();
    format!("{} ...", cut.rsplit_once(' ').map_or(cut.as_str(), |(whole, _)| whole))
}

struct Row<'a> {
    package: &'a Package,
    findings: Vec<&'a Finding>,
}

fn packages(report: &Report, all: bool, width: Option<u16>, out: &mut dyn Write) -> io::Result<()> {
    let by_purl: BTreeMap<&str, &Package> =
        report.packages.iter().map(|p| (p.purl.as_str(), p)).collect();
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut at: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in report.findings.iter().filter(|f| f.suppressed.is_none()) {
        let Some(purl) = finding.package.as_ref().map(|package| package.purl.as_str()) else {
            continue;
        };
        let Some(package) = by_purl.get(purl) else { continue };
        let index = *at.entry(purl).or_insert_with(|| {
            rows.push(Row { package, findings: Vec::new() });
            rows.len() - 1
        });
        if let Some(row) = rows.get_mut(index) {
            row.findings.push(finding);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let shown = if all { rows.len() } else { rows.len().min(ROWS) };
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Dynamic);
    if let Some(width) = width {
        table.set_width(width);
    }
    table.set_header([
        "PACKAGE",
        "VERSION",
        "FIXED IN",
        "C",
        "H",
        "M",
        "L",
        "?",
        "WORST FIRST",
        "WHERE",
    ]);
    for row in rows.iter().take(shown) {
        table.add_row(cells(row));
    }
    writeln!(out)?;
    for line in table.lines() {
        writeln!(out, "{}", line.trim_end())?;
    }
    let rest = rows.len() - shown;
    if rest > 0 {
        let findings: usize = rows.iter().skip(shown).map(|row| row.findings.len()).sum();
        let packages = count(rest, "more package", "more packages");
        let findings = count(findings, "finding", "findings");
        writeln!(
            out,
            "{DIM}and {packages} with {findings} of lower risk; `--all` shows them{RESET}"
        )?;
    }
    Ok(())
}

fn cells(row: &Row<'_>) -> Vec<String> {
    let number = |wanted: &[Severity]| {
        let count = row.findings.iter().filter(|f| wanted.contains(&f.severity)).count();
        if count == 0 { "·".to_owned() } else { count.to_string() }
    };
    let fixed =
        clearing(row).map_or_else(|| "-".to_owned(), |version| visible(version).into_owned());
    let mut ids: Vec<String> = row
        .findings
        .iter()
        .take(2)
        .map(|f| {
            if f.kev {
                format!("{} (exploited)", visible(&f.id))
            } else {
                visible(&f.id).into_owned()
            }
        })
        .collect();
    if row.findings.len() > 2 {
        ids.push(format!("+{}", row.findings.len() - 2));
    }
    let place = row.package.locations.first().map_or("", |place| place.path.as_str());
    vec![
        visible(&row.package.name).into_owned(),
        visible(&row.package.version).into_owned(),
        fixed,
        number(&[Severity::Critical]),
        number(&[Severity::High]),
        number(&[Severity::Medium]),
        number(&[Severity::Low, Severity::Negligible]),
        number(&[Severity::Unknown]),
        ids.join(" "),
        visible(&tail(place)).into_owned(),
    ]
}

/// The version that clears every fixable finding of the row: the greatest of their least fixed versions.
fn clearing<'a>(row: &Row<'a>) -> Option<&'a str> {
    let ecosystem = row.package.ecosystem.name();
    let least = row.findings.iter().filter_map(|f| f.fixed_versions.first().map(String::as_str));
    least.reduce(|best, version| {
        let later = advisory::compare(ecosystem, version, best).is_ok_and(Ordering::is_gt);
        if later { version } else { best }
    })
}

/// The end of a long path, which says more than its beginning.
fn tail(path: &str) -> String {
    const LONGEST: usize = 48;
    if path.chars().count() <= LONGEST {
        return path.to_owned();
    }
    let mut kept = String::new();
    for part in path.rsplit('/') {
        if !kept.is_empty() && kept.chars().count() + part.chars().count() + 3 > LONGEST {
            break;
        }
        kept = if kept.is_empty() { part.to_owned() } else { format!("{part}/{kept}") };
    }
    format!("…/{kept}")
}

fn exceptions(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let records = &report.verdict.exceptions;
    if records.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{BOLD}Exceptions{RESET}")?;
    for record in records {
        let state = match record.state {
            ExceptionState::Used => {
                format!(
                    "suppresses {} until {}",
                    count(record.suppressed, "finding", "findings"),
                    record.expires
                )
            }
            ExceptionState::Unused => "unused: remove it".to_owned(),
            ExceptionState::Expired => format!("expired on {}: mend or renew", record.expires),
        };
        let (id, by, reason) = (visible(&record.id), visible(&record.by), visible(&record.reason));
        writeln!(out, "  {id}  {state}  {DIM}{reason} [{by}]{RESET}")?;
    }
    Ok(())
}

fn not_examined(report: &Report, all: bool, out: &mut dyn Write) -> io::Result<()> {
    let problems = &report.not_examined;
    if problems.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{YELLOW}{BOLD}Not examined{RESET}")?;
    let shown = if all { problems.len() } else { problems.len().min(ACTIONS) };
    for problem in problems.iter().take(shown) {
        writeln!(out, "  {}  {DIM}{}{RESET}", visible(&problem.path), visible(&problem.reason))?;
    }
    let rest = problems.len() - shown;
    if rest > 0 {
        writeln!(out, "  {DIM}and {rest} more; `--all` shows them{RESET}")?;
    }
    Ok(())
}

fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
