//! Joins packages with advisories: one finding for each vulnerability of each package.

use std::collections::BTreeMap;

use advisory::{Database, Match};
use model::{
    Ecosystem, Finding, FindingKind, FindingLocation, Fingerprint, Fix, Location, Package,
    PackageRef, Problem,
};

/// What judging packages gave.
#[derive(Debug, Default)]
pub struct Found {
    /// By risk, worst first.
    pub findings: Vec<Finding>,
    /// What could not be judged.
    pub problems: Vec<Problem>,
    /// Ecosystems of packages, or releases of them, that the database could know and does not, sorted.
    pub unadvised: Vec<String>,
}

/// Judges every package. Packages whose ecosystem, or whose release of it, has no advisories in the
/// database become problems, one for each, because their silence says nothing.
pub fn find(packages: &[Package], database: &Database) -> Found {
    let Found { mut findings, mut problems, mut unadvised } = Found::default();
    let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
    // Packages that nothing in the database covers, by ecosystem with release.
    let mut covered: BTreeMap<&str, (&Ecosystem, Option<usize>)> = BTreeMap::new();
    for package in packages {
        let ecosystem = &package.ecosystem;
        if !database.has(ecosystem.name()) {
            *unknown.entry(ecosystem.name()).or_default() += 1;
            continue;
        }
        let (_, left_out) = covered
            .entry(ecosystem.as_str())
            .or_insert_with(|| (ecosystem, (!database.covers(ecosystem)).then_some(0)));
        if let Some(count) = left_out {
            *count += 1;
            continue;
        }
        let (matches, faults) = database.matches(package);
        findings.extend(matches.into_iter().map(|hit| finding(package, hit)));
        problems.extend(faults);
    }
    for (ecosystem, count) in unknown {
        let noun = if count == 1 { "package has" } else { "packages have" };
        let reason = format!(
            "{count} {noun} no advisories to be judged by; `haechi db update {ecosystem}` fetches them where they exist"
        );
        problems.push(Problem::new(ecosystem, reason));
        if advisory::ecosystem::rules(ecosystem).is_some() {
            unadvised.push(ecosystem.to_owned());
        }
    }
    for (ecosystem, count) in covered.into_values() {
        let Some(count) = count else { continue };
        let (name, release) = (ecosystem.name(), ecosystem.release().unwrap_or_default());
        let noun = if count == 1 { "package is" } else { "packages are" };
        let reason = format!(
            "no advisories for {name} {release} in the database, so {count} {noun} not judged; `haechi db update {name}` fetches them where they exist"
        );
        problems.push(Problem::new(ecosystem.as_str(), reason));
        unadvised.push(format!("{name} {release}"));
    }
    unadvised.sort();
    findings.sort_by(Finding::by_risk);
    Found { findings, problems, unadvised }
}

fn finding(package: &Package, hit: Match<'_>) -> Finding {
    let place = package.locations.first();
    let path = place.map_or("", |place| place.path.as_str());
    // The same package may be installed for two architectures from one database.
    let qualifiers = package.purl.parts().map(|parts| parts.qualifiers).unwrap_or_default();
    let architecture = qualifiers.get("arch").map_or("", String::as_str);
    let fingerprint = Fingerprint::of(&[
        "vulnerability",
        hit.id,
        package.purl.without_version(),
        &package.version,
        architecture,
        path,
    ]);
    let fix = hit.fixed_versions.first().map(|fixed| fix(package, fixed));
    let message = if hit.summary.is_empty() {
        format!("{} affects {} {}", hit.id, package.name, package.version)
    } else {
        hit.summary.to_owned()
    };
    Finding {
        kind: FindingKind::Vulnerability,
        id: hit.id.to_owned(),
        aliases: owned(&hit.aliases),
        severity: hit.severity,
        message,
        fix,
        package: Some(PackageRef::from(package)),
        fixed_versions: owned(&hit.fixed_versions),
        status: hit.status,
        cvss: hit.cvss,
        kev: hit.kev,
        epss: hit.epss,
        location: place.map(location),
        controls: Vec::new(),
        suppressed: None,
        fingerprint,
    }
}

fn owned(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

fn location(place: &Location) -> FindingLocation {
    FindingLocation {
        path: place.path.clone(),
        start_line: place.line,
        layer: place.layer.as_deref().cloned(),
        ..FindingLocation::default()
    }
}

/// What brings `package` to `version`, in the words of its package manager.
pub fn fix(package: &Package, version: &str) -> Fix {
    let name = &package.name;
    let summary = match package.purl.kind() {
        "golang" if name == "stdlib" => format!("build with Go {version} or later"),
        _ => format!("upgrade {name} to {version} or later"),
    };
    Fix { summary, command: command(package, version), edits: Vec::new() }
}

/// The command line that does it. Names and versions come from foreign files, so only plain words are
/// ever put into a command that somebody may paste into a shell.
fn command(package: &Package, version: &str) -> Option<String> {
    let name = &package.name;
    let plain = |text: &str| {
        !text.is_empty()
            && !text.starts_with('-')
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "@/._+-:~^".contains(c))
    };
    if !plain(name) || !plain(version) {
        return None;
    }
    Some(match package.purl.kind() {
        "deb" => format!("apt-get install --only-upgrade {name}"),
        "apk" => format!("apk add --upgrade {name}"),
        "rpm" if package.ecosystem.name().contains("SUSE") => format!("zypper update {name}"),
        "rpm" => format!("dnf upgrade {name}"),
        "pypi" => format!("pip install '{name}>={version}'"),
        "npm" => format!("npm install {name}@{version}"),
        "golang" if name == "stdlib" => {
            format!("go mod edit -toolchain=go{}", version.trim_start_matches('v'))
        }
        "golang" => format!("go get {name}@v{}", version.trim_start_matches('v')),
        "cargo" => format!("cargo update -p {name} --precise {version}"),
        "gem" => format!("bundle update {name}"),
        "composer" => format!("composer require '{name}:>={version}'"),
        "nuget" => format!("dotnet add package {name} --version {version}"),
        _ => return None,
    })
}
