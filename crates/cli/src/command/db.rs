//! `haechi db`: the advisory database.

use std::collections::BTreeSet;
use std::io::{BufRead as _, Write as _};
use std::path::{Path, PathBuf};

use advisory::update::{Addresses, Agent, Outcome, State, Step, Summary, import, update};
use advisory::{Database, Match, compare};
use anyhow::{Context as _, Result, bail};
use model::{Purl, visible};
use serde_json::json;

use crate::arguments::{Advisories, Db};
use crate::output::{self, progress, say};
use crate::place;

/// A line of standard input that is longer names no package and no pair of versions.
const MAX_LINE: u64 = 1 << 20;

/// Exit code of an answer that something is missing from.
const INCOMPLETE: u8 = 3;

pub(crate) fn run(command: Db) -> Result<u8> {
    match command {
        Db::Update { ecosystems, osv, kev, epss, advisories } => {
            let addresses = Addresses { osv, kev, epss };
            let folder = folder(&advisories);
            if advisories.offline
                && [&addresses.osv, &addresses.kev, &addresses.epss]
                    .iter()
                    .any(|a| a.contains("://"))
            {
                bail!(
                    "--offline forbids fetching; give directories or files as addresses, or use `haechi db import`"
                );
            }
            let ecosystems = if ecosystems.is_empty() { wanted(&folder) } else { ecosystems };
            let agent = Agent::new();
            tell(&fetch(&agent, &addresses, &ecosystems, &folder)?)
        }
        Db::Import { path, advisories } => {
            // `db status` names the source from whatever directory it is asked.
            let path = std::path::absolute(&path).with_context(|| path.display().to_string())?;
            tell(&import(&path, &folder(&advisories), now())?)
        }
        Db::Status { advisories } => status(&advisories),
        Db::Query { purl, advisories } => query(&purl, &advisories),
        Db::Compare { ecosystem } => compare_lines(&ecosystem),
    }
}

fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

fn folder(arguments: &Advisories) -> PathBuf {
    arguments.db.clone().unwrap_or_else(place::database)
}

/// Opens the database that the arguments name.
pub(crate) fn open(arguments: &Advisories) -> Result<Database> {
    Ok(Database::open(&folder(arguments))?)
}

/// The database in its usual place, where there is one.
pub(crate) fn at_hand() -> Option<Database> {
    Database::open(&place::variable("HAECHI_DB").unwrap_or_else(place::database)).ok()
}

/// Opens the database for a scan, fetching the ecosystems that the target needs and that are missing,
/// unless the user forbids it.
pub(crate) fn for_scan(needed: &BTreeSet<String>, arguments: &Advisories) -> Result<Database> {
    let folder = folder(arguments);
    let opened = Database::open(&folder);
    if arguments.offline || arguments.skip_db_update {
        return Ok(opened?);
    }
    let known = |name: &&String| advisory::ecosystem::rules(name).is_some();
    let missing: Vec<String> = match &opened {
        Ok(database) => {
            needed.iter().filter(known).filter(|name| !database.has(name)).cloned().collect()
        }
        Err(advisory::OpenError::Missing(_)) => needed.iter().filter(known).cloned().collect(),
        Err(_) => return Ok(opened?),
    };
    if missing.is_empty() && (opened.is_ok() || needed.is_empty()) {
        return Ok(opened?);
    }
    let addresses = addresses();
    let summary = fetch(&Agent::new(), &addresses, &missing, &folder)?;
    for (name, outcome) in &summary.sources {
        if let Outcome::Failed(fault) = outcome {
            say(&format!(
                "warning: advisories for {} could not be fetched: {}",
                visible(name),
                visible(fault)
            ));
        }
    }
    Ok(Database::open(&folder)?)
}

/// Updates with a line, and on a terminal a bar, for each source.
fn fetch(
    agent: &Agent,
    addresses: &Addresses,
    ecosystems: &[String],
    folder: &Path,
) -> Result<Summary> {
    let bar = progress::bytes("", false);
    let told = |step: Step<'_>| match step {
        Step::Source(name) => {
            bar.reset();
            bar.unset_length();
            bar.suspend(|| say(&format!("fetching advisories: {}", visible(name))));
        }
        Step::Length(length) => progress::set_total(&bar, length),
        Step::Bytes(count) => bar.inc(count),
    };
    let summary = update(agent, addresses, ecosystems, folder, now(), &told);
    bar.finish_and_clear();
    Ok(summary?)
}

/// The addresses of `haechi db update` without flags: the environment's, else the public ones.
fn addresses() -> Addresses {
    use clap::Parser as _;
    let arguments = crate::arguments::Arguments::try_parse_from(["haechi", "db", "update"]);
    match arguments.map(|arguments| arguments.command) {
        Ok(Some(crate::arguments::Command::Db { command: Db::Update { osv, kev, epss, .. } })) => {
            Addresses { osv, kev, epss }
        }
        _ => Addresses { osv: String::new(), kev: String::new(), epss: String::new() },
    }
}

/// The ecosystems to update when none is named: those already there, else all that are known.
fn wanted(folder: &Path) -> Vec<String> {
    // A damaged database is mended, and not made larger.
    let mut names = Database::present(folder);
    if names.is_empty() {
        names.extend(advisory::ecosystem::ECOSYSTEMS.iter().map(|rules| rules.name));
    }
    names.into_iter().map(str::to_owned).collect()
}

fn tell(summary: &Summary) -> Result<u8> {
    let mut out = output::stdout();
    let mut failed = 0;
    for (name, outcome) in &summary.sources {
        let name = visible(name);
        match outcome {
            Outcome::Built { advisories, packages, malformed, faults } => {
                let of =
                    if *packages > 0 { format!(" for {packages} packages") } else { String::new() };
                writeln!(out, "{name:18} {advisories} advisories{of}")?;
                if *malformed > 0 {
                    writeln!(out, "{:18} {malformed} records were not understood:", "")?;
                    for fault in faults {
                        writeln!(out, "{:18}   {}", "", visible(fault))?;
                    }
                }
            }
            Outcome::Unchanged => writeln!(out, "{name:18} unchanged")?,
            Outcome::Unknown => {
                writeln!(out, "{name:18} left out: its order of versions is not known")?;
            }
            Outcome::Failed(fault) => {
                failed += 1;
                writeln!(out, "{name:18} FAILED: {}", visible(fault))?;
            }
        }
    }
    if failed > 0 {
        bail!("{failed} of {} sources failed; what was there before stays", summary.sources.len());
    }
    Ok(0)
}

fn status(arguments: &Advisories) -> Result<u8> {
    let folder = folder(arguments);
    let database = Database::open(&folder)?;
    let state = State::read(&folder);
    let now = now();
    let mut out = output::stdout();
    writeln!(out, "{}\n", folder.display())?;
    writeln!(
        out,
        "{:18} {:>10} {:>10} {:>8}  {:10}  SOURCE",
        "ECOSYSTEM", "ADVISORIES", "PACKAGES", "AGE", "NEWEST"
    )?;
    for (name, advisories, packages, time) in database.contents() {
        let source = state.sources.get(name);
        let place = source.map_or("unknown", |source| source.location.as_str());
        let newest = source.and_then(|source| source.newest.get(..10)).unwrap_or("-");
        let age = age(now - time);
        writeln!(
            out,
            "{name:18} {advisories:>10} {packages:>10} {age:>8}  {:10}  {}",
            visible(newest),
            visible(place)
        )?;
    }
    let (exploited, forecast) = database.signals();
    for (name, count) in [("kev", exploited), ("epss", forecast)] {
        match state.sources.get(name) {
            Some(source) if count > 0 => {
                let age = age(now - source.time);
                writeln!(
                    out,
                    "{name:18} {count:>10} {:>10} {age:>8}  {:10}  {}",
                    "",
                    "-",
                    visible(&source.location)
                )?;
            }
            _ => writeln!(out, "{name:18} {:>10}", "missing")?,
        }
    }
    Ok(0)
}

fn age(seconds: i64) -> String {
    match seconds {
        ..3_600 => "fresh".to_owned(),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => format!("{} d", seconds / 86_400),
    }
}

fn query(purl: &str, arguments: &Advisories) -> Result<u8> {
    let database = open(arguments)?;
    let mut out = output::data();
    let mut complete = true;
    let mut tell = |purl: &str, hits: &[Match<'_>], problem: Option<String>| -> Result<()> {
        let advisories: Vec<_> = hits.iter().map(advisory).collect();
        let mut answer = json!({ "purl": purl, "advisories": advisories });
        // An empty list that comes of not knowing must not look like one that comes of knowing.
        if let (Some(problem), Some(answer)) = (problem, answer.as_object_mut()) {
            complete = false;
            answer.insert("problem".to_owned(), problem.into());
        }
        writeln!(out, "{answer}")?;
        Ok(())
    };
    if purl == "-" {
        for line in lines() {
            let line = line?;
            let text = line.trim();
            if text.is_empty() {
                continue;
            }
            match Purl::parse(text) {
                Ok(purl) => {
                    let (hits, problem) = database.query(&purl);
                    tell(purl.as_str(), &hits, problem)?;
                }
                // The lines after it are still answered.
                Err(fault) => tell(text, &[], Some(fault.to_string()))?,
            }
        }
    } else {
        let purl = Purl::parse(purl).with_context(|| visible(purl).into_owned())?;
        let (hits, problem) = database.query(&purl);
        tell(purl.as_str(), &hits, problem)?;
    }
    Ok(if complete { 0 } else { INCOMPLETE })
}

fn advisory(hit: &Match<'_>) -> serde_json::Value {
    json!({
        "id": hit.id,
        "aliases": hit.aliases,
        "fixedVersions": hit.fixed_versions,
        "severity": hit.severity,
    })
}

fn compare_lines(ecosystem: &str) -> Result<u8> {
    let mut out = output::data();
    for line in lines() {
        let line = line?;
        let Some((a, b)) = line.split_once('\t') else {
            bail!("each line holds two versions with a tab between")
        };
        let order = compare(ecosystem, a, b)?;
        writeln!(out, "{}", order as i8)?;
    }
    Ok(0)
}

/// The lines of standard input, each of bounded length.
fn lines() -> impl Iterator<Item = Result<String>> {
    use std::io::Read as _;
    let mut input = std::io::BufReader::new(std::io::stdin());
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        match input.by_ref().take(MAX_LINE).read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) if !line.ends_with(b"\n") && line.len() as u64 == MAX_LINE => {
                Some(Err(anyhow::anyhow!("a line is longer than 1 MiB")))
            }
            Ok(_) => {
                let text = String::from_utf8(line).context("standard input");
                Some(text.map(|text| text.trim_end_matches(['\n', '\r']).to_owned()))
            }
            Err(fault) => Some(Err(fault.into())),
        }
    })
}
