//! The few things to do first, ranked by what each removes.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use advisory::{Database, compare};
use jiff::civil::Date;
use model::{Distribution, Finding, Fingerprint, Package, Remedy, Severity};

use crate::finding::fix;

/// A remedy that removes nothing more than others already do is noise; past this many nobody reads on.
const MOST: usize = 50;

/// How often a candidate version is raised because it has fixable faults of its own.
const ROUNDS: usize = 8;

/// Finds what to do: one upgrade for all packages of the distribution, one for each language package to
/// the least version that clears all its fixable findings. Best first.
pub fn remedies(
    packages: &[Package],
    findings: &[Finding],
    distribution: Option<&Distribution>,
    database: &Database,
    today: Date,
) -> Vec<Remedy> {
    let by_purl: BTreeMap<&str, &Package> = packages.iter().map(|p| (p.purl.as_str(), p)).collect();
    let mut system: Vec<&Finding> = Vec::new();
    let mut language: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|f| f.fixable() && f.suppressed.is_none()) {
        let Some(package) = &finding.package else { continue };
        match package.purl.kind() {
            "deb" | "apk" | "rpm" => system.push(finding),
            _ => language.entry(package.purl.as_str()).or_default().push(finding),
        }
    }
    let mut remedies: Vec<Remedy> = Vec::new();
    remedies.extend(system_upgrade(&system, distribution, today));
    for (purl, hits) in language {
        if let Some(package) = by_purl.get(purl) {
            remedies.push(language_upgrade(package, &hits, database));
        }
    }
    let by_print: BTreeMap<&Fingerprint, &Finding> =
        findings.iter().map(|f| (&f.fingerprint, f)).collect();
    remedies
        .sort_by_cached_key(|remedy| (Reverse(weight(remedy, &by_print)), remedy.summary.clone()));
    remedies.truncate(MOST);
    remedies
}

/// Known exploited first, then the count of each severity from the worst down.
fn weight(remedy: &Remedy, findings: &BTreeMap<&Fingerprint, &Finding>) -> (usize, [usize; 6]) {
    let mut counts = [0; 6];
    for finding in remedy.removes.iter().filter_map(|print| findings.get(print)) {
        for (count, severity) in counts.iter_mut().zip(Severity::ALL) {
            *count += usize::from(severity == finding.severity);
        }
    }
    (remedy.exploited, counts)
}

fn remedy(summary: String, command: Option<String>, hits: &[&Finding]) -> Remedy {
    Remedy {
        summary,
        command,
        severity: hits.iter().map(|f| f.severity).max().unwrap_or_default(),
        exploited: hits.iter().filter(|f| f.kev).count(),
        removes: hits.iter().map(|f| f.fingerprint.clone()).collect(),
    }
}

fn system_upgrade(
    hits: &[&Finding],
    distribution: Option<&Distribution>,
    today: Date,
) -> Option<Remedy> {
    let kind = hits.first()?.package.as_ref()?.purl.kind();
    let mut names: Vec<&str> = hits
        .iter()
        .filter_map(|finding| finding.package.as_ref())
        .map(|package| package.name.as_str())
        .filter(|name| plain(name))
        .collect();
    names.sort_unstable();
    names.dedup();
    let noun = if names.len() == 1 { "package" } else { "packages" };
    let upgrade = format!("upgrade {} {noun} in place", names.len());
    let summary = match distribution {
        Some(d) if past(d, today) => {
            let day = d.end_of_life.as_deref().unwrap_or_default();
            format!(
                "move the base image off {} {} (end of life since {day}), or {upgrade}",
                d.id, d.version
            )
        }
        Some(d) => {
            format!("rebuild on an up-to-date {} {} base image, or {upgrade}", d.id, d.version)
        }
        None => format!("rebuild on an up-to-date base image, or {upgrade}"),
    };
    let list = names.join(" ");
    let suse = distribution.is_some_and(|d| d.id.contains("suse") || d.id == "sles");
    let command = match kind {
        "deb" => format!("apt-get update && apt-get install -y --only-upgrade {list}"),
        "apk" => format!("apk upgrade --no-cache {list}"),
        _ if suse => format!("zypper update -y {list}"),
        _ => format!("dnf upgrade -y {list}"),
    };
    Some(remedy(summary, Some(command), hits))
}

/// A name that may stand in a command line that somebody pastes.
fn plain(name: &str) -> bool {
    !name.starts_with('-') && name.chars().all(|c| c.is_ascii_alphanumeric() || "._+-".contains(c))
}

fn past(distribution: &Distribution, today: Date) -> bool {
    distribution
        .end_of_life
        .as_deref()
        .is_some_and(|day| day.parse::<Date>().is_ok_and(|day| day < today))
}

fn language_upgrade(package: &Package, hits: &[&Finding], database: &Database) -> Remedy {
    let version = least_clear_version(package, hits, database);
    let fix = fix(package, &version);
    let place = package.locations.first().map_or("", |place| place.path.as_str());
    let summary = match package.purl.kind() {
        "golang" | "cargo" if !place.ends_with(".lock") && !place.ends_with("go.mod") => {
            format!("{} (found in {place})", fix.summary)
        }
        _ => fix.summary,
    };
    remedy(summary, fix.command, hits)
}

/// The least version that clears every fixable finding: the greatest of the least fixed versions, raised
/// while that version has fixable findings itself.
fn least_clear_version(package: &Package, hits: &[&Finding], database: &Database) -> String {
    let ecosystem = package.ecosystem.name();
    let greater = |a: &str, b: &str| compare(ecosystem, a, b).is_ok_and(std::cmp::Ordering::is_gt);
    let mut version = String::new();
    for fixed in hits.iter().filter_map(|finding| finding.fixed_versions.first()) {
        if version.is_empty() || greater(fixed, &version) {
            version.clone_from(fixed);
        }
    }
    let mut candidate = package.clone();
    for _ in 0..ROUNDS {
        candidate.version.clone_from(&version);
        let (again, _) = database.matches(&candidate);
        let next = again.iter().filter_map(|hit| hit.fixed_versions.first()).fold(
            version.clone(),
            |best, fixed| {
                if greater(fixed, &best) { (*fixed).to_owned() } else { best }
            },
        );
        if next == version {
            break;
        }
        version = next;
    }
    version
}
