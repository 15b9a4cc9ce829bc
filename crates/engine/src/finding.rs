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
    let mut judged: BTreeMap<&str, bool> = BTreeMap::new();
    let mut gaps: BTreeMap<&str, (&Ecosystem, usize)> = BTreeMap::new();
    for package in packages {
        let ecosystem = &package.ecosystem;
        let covered =
            judged.entry(ecosystem.as_str()).or_insert_with(|| database.covers(ecosystem));
        if !*covered {
            gaps.entry(ecosystem.as_str()).or_insert((ecosystem, 0)).1 += 1;
            continue;
        }
        let (matches, faults) = database.matches(package);
        findings.extend(matches.into_iter().map(|hit| finding(package, hit)));
        problems.extend(faults);
    }
    for (text, (ecosystem, count)) in gaps {
        let name = ecosystem.name();
        let noun = if count == 1 { "package is" } else { "packages are" };
        let mend = if advisory::ecosystem::rules(name).is_some() {
            unadvised.push(text.to_owned());
            format!("`haechi db update '{name}'` fetches them where they exist")
        } else {
            "nobody publishes them in the OSV schema".to_owned()
        };
        let reason = format!("no advisories, so {count} {noun} not judged; {mend}");
        problems.push(Problem::new(text, reason));
    }
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
