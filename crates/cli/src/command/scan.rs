//! `haechi scan`: judges one target.

use std::io::{self, IsTerminal as _, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use engine::cache::Cache;
use engine::policy::{FILE_NAME, Policy};
use engine::scan::{Examined, Filter, Sources, examine, report};
use engine::target::Target;
use model::{Outcome, Report};

use super::db;
use crate::arguments::{Format, Scan};
use crate::output::{self, progress, say, table};
use crate::{connect, place};

pub(crate) fn run(arguments: &Scan) -> Result<u8> {
    if arguments.all && arguments.format != Format::Table {
        bail!("--all goes with the table; other formats always hold everything");
    }
    let policy = policy(arguments)?;
    let target = Target::parse(&arguments.target).map_err(anyhow::Error::msg)?;
    if let (Target::Directory(_), false) = (&target, arguments.target.contains(['/', '.'])) {
        let name = model::visible(&arguments.target).into_owned();
        say(&format!("note: {name} is a directory here; registry:{name} names the image"));
    }
    let examined = read(&target, arguments)?;
    let database = db::for_scan(&examined.ecosystems(), &arguments.advisories)?;
    let filter =
        Filter { severities: arguments.severity.clone(), fixable_only: arguments.ignore_unfixed };
    let cached = examined.cached;
    let mut report = report(examined, &database, &policy, &filter, jiff::Timestamp::now());
    report.meta.insert("inventoryFromCache".to_owned(), cached.to_string());
    warn_of_age(&report, &policy);
    write(&report, arguments)?;
    Ok(match (report.verdict.outcome, arguments.exit_code) {
        (Outcome::Fail, Some(code)) => code,
        (outcome, _) => outcome.exit_code(),
    })
}

fn policy(arguments: &Scan) -> Result<Policy> {
    let mut policy = match &arguments.policy {
        Some(path) => Policy::read(path)?,
        None if Path::new(FILE_NAME).exists() => Policy::read(Path::new(FILE_NAME))?,
        None => Policy::default(),
    };
    if let Some(gate) = arguments.fail_on {
        policy.fail_on.severity = gate;
        policy.fail_on.fixable_only = arguments.ignore_unfixed;
    }
    if let Some(days) = arguments.advisories.max_db_age {
        policy.max_db_age_days = Some(days);
    }
    Ok(policy)
}

fn read(target: &Target, arguments: &Scan) -> Result<Examined> {
    let offline = arguments.advisories.offline;
    let access = if offline { None } else { Some(connect::access(&arguments.registry)?) };
    let engine = connect::docker(&arguments.registry)?;
    let cache = (!arguments.no_cache).then(|| Cache::new(place::cache(), place::build()));
    let bar = progress::bytes(&format!("reading {}", arguments.target), arguments.quiet);
    let selection = image::Selection { tag: None, platform: arguments.platform.clone() };
    let sources = Sources {
        selection: &selection,
        cache: cache.as_ref(),
        engine: &engine,
        registry: access.as_ref(),
        total: &|bytes| progress::set_total(&bar, bytes),
        progress: &|bytes| bar.inc(bytes),
    };
    let examined = examine(target, &sources);
    bar.finish_and_clear();
    examined
}

/// Data older than this is worth a warning even where the policy allows any age.
const WARN_AFTER_DAYS: i64 = 7;

fn warn_of_age(report: &Report, policy: &Policy) {
    let age = report.meta.get("databaseAgeDays").and_then(|age| age.parse::<i64>().ok());
    if let Some(age) = age
        && age > WARN_AFTER_DAYS
        && policy.max_db_age_days.is_none()
    {
        say(&format!(
            "warning: advisory data is {age} days old; `haechi db update` fetches what changed"
        ));
    }
}

fn write(report: &Report, arguments: &Scan) -> Result<()> {
    let mut text = Vec::new();
    match &arguments.output {
        Some(path) => {
            let shown = || path.display().to_string();
            render(report, arguments, None, &mut text)?;
            let plain = anstream::adapter::strip_bytes(&text).into_vec();
            let content = if arguments.format == Format::Table { plain } else { text };
            std::fs::write(path, content).with_context(shown)
        }
        None if arguments.format == Format::Table => {
            let terminal = io::stdout().is_terminal();
            render(report, arguments, (!terminal).then_some(160), &mut text)?;
            Ok(output::stdout().write_all(&text)?)
        }
        None => {
            let mut out = output::data();
            render(report, arguments, None, &mut out)?;
            Ok(out.flush()?)
        }
    }
}

fn render(
    report: &Report,
    arguments: &Scan,
    width: Option<u16>,
    out: &mut dyn Write,
) -> Result<()> {
    match arguments.format {
        Format::Table => table::write(report, arguments.all, width, out)?,
        Format::Json => evidence::write_json(report, out)?,
        Format::Sarif => evidence::write_sarif(report, env!("CARGO_PKG_VERSION"), out)?,
    }
    Ok(())
}
