//! Joins what all files gave into one inventory.

mod ecosystem;
mod layer;
mod owner;
mod vendor;

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use model::{Distribution, Inventory, LayerRef, Location, OwnedFiles, Package, Problem, Purl};

use crate::{Found, Manager, SystemPackage};
use layer::History;

pub(crate) use ecosystem::OSV_NAMES;

/// What one file in one layer gave.
#[derive(Clone, Debug)]
pub struct Observation {
    /// Path without leading slash.
    pub path: String,
    /// Index of the layer, from the bottom; 0 where there are no layers.
    pub layer: usize,
    /// Whether the file is still there in the final tree.
    pub visible: bool,
    /// What it gave.
    pub found: Found,
}

/// Joins observations into an inventory. `canonical` resolves directory links of the final tree, because
/// package managers name files by paths that may lead through them.
pub fn assemble(
    observations: Vec<Observation>,
    layers: &[Arc<LayerRef>],
    canonical: &dyn Fn(&str) -> String,
) -> Inventory {
    let observations = last_of_each(observations);
    let distribution = distribution(&observations);
    let mut problems: Vec<Problem> = Vec::new();
    let mut packages: BTreeMap<Purl, Package> = BTreeMap::new();
    let history = History::new(&observations);
    let managed = system(
        &observations,
        &history,
        layers,
        distribution.as_ref(),
        &mut packages,
        &mut problems,
    );
    let mut language: Vec<Package> = Vec::new();
    for observation in observations.iter().filter(|observation| observation.visible) {
        problems.extend(observation.found.problems.iter().cloned());
        for package in &observation.found.packages {
            let mut package = package.clone();
            let layer = layers.get(history.language(&package.purl, observation));
            for place in &mut package.locations {
                place.layer = layer.cloned();
            }
            language.push(package);
        }
    }
    let strangers = strangers(&observations, distribution.as_ref());
    drop(history);
    let visible = observations.into_iter().filter(|observation| observation.visible);
    let mut ownership: Vec<OwnedFiles> = visible.flat_map(|o| o.found.owned).collect();
    // What somebody else packed is judged as the language's, for no advisory of the distribution does it.
    let own: Vec<&OwnedFiles> =
        ownership.iter().filter(|files| !strangers.contains(&files.package)).collect();
    let owned = owner::Owned::new(&own, &language, canonical);
    for package in language {
        if !package.locations.iter().any(|place| owned.has(&place.path)) {
            add(&mut packages, package);
        }
    }
    if let (Some(distribution), false) = (&distribution, managed) {
        let reason = format!(
            "{} {} was recognised, but none of its packages",
            distribution.id, distribution.version
        );
        problems.push(Problem::new("operating system", reason));
    }
    ownership.sort_by(|a, b| a.package.cmp(&b.package));
    problems.sort();
    problems.dedup();
    Inventory { distribution, packages: packages.into_values().collect(), ownership, problems }
}

/// A layer may hold a path twice; the last entry is the one that unpacking leaves.
fn last_of_each(observations: Vec<Observation>) -> Vec<Observation> {
    let mut last: BTreeMap<(String, usize), Observation> = BTreeMap::new();
    for observation in observations {
        last.insert((observation.path.clone(), observation.layer), observation);
    }
    last.into_values().collect()
}

/// `/etc/os-release` outranks `/usr/lib/os-release`, as `os-release(5)` says.
fn distribution(observations: &[Observation]) -> Option<Distribution> {
    let named = observations.iter().filter(|o| o.visible && o.found.distribution.is_some());
    let best = named.min_by_key(|observation| !observation.path.starts_with("etc/"))?;
    best.found.distribution.clone()
}

/// Names and versions are this long at the most.
const MAX_TEXT: usize = 1_024;

/// The names, as ownership writes them, of packages that somebody else than the distribution built.
fn strangers(observations: &[Observation], distribution: Option<&Distribution>) -> HashSet<String> {
    let visible = observations.iter().filter(|observation| observation.visible);
    let system = visible.flat_map(|observation| &observation.found.system);
    system
        .filter(|package| vendor::foreign(package, distribution))
        .flat_map(|SystemPackage { name, architecture, .. }| {
            [name.clone(), format!("{name}:{architecture}"), format!("{name}.{architecture}")]
        })
        .collect()
}

/// Adds the distribution's packages; says whether there were any.
fn system(
    observations: &[Observation],
    history: &History<'_>,
    layers: &[Arc<LayerRef>],
    distribution: Option<&Distribution>,
    packages: &mut BTreeMap<Purl, Package>,
    problems: &mut Vec<Problem>,
) -> bool {
    let mut any = false;
    for observation in observations.iter().filter(|observation| observation.visible) {
        for package in &observation.found.system {
            any = true;
            if package.name.len() > MAX_TEXT || package.version.len() > MAX_TEXT {
                let reason = "a package whose name or version is too long to be one";
                problems.push(Problem::new(&observation.path, reason));
                continue;
            }
            let layer = history.system(package, observation);
            let place = Location {
                path: observation.path.clone(),
                line: package.line,
                layer: layers.get(layer).cloned(),
            };
            match judged(package, distribution, place) {
                Ok(package) => add(packages, package),
                Err(fault) => problems
                    .push(Problem::new(&observation.path, format!("{}: {fault}", package.name))),
            }
        }
    }
    if any && distribution.is_none() {
        let reason =
            "packages of a distribution, but nothing says which; its advisories cannot be chosen";
        problems.push(Problem::new("operating system", reason));
    }
    any
}

fn judged(
    package: &SystemPackage,
    distribution: Option<&Distribution>,
    place: Location,
) -> Result<Package, model::PurlError> {
    let kind = match package.manager {
        Manager::Dpkg => "deb",
        Manager::Apk => "apk",
        Manager::Rpm => "rpm",
    };
    let id = distribution.map_or("", |distribution| distribution.id.as_str());
    let release = distribution.map_or(String::new(), |distribution| {
        if distribution.version.is_empty() {
            distribution.id.clone()
        } else {
            format!("{id}-{}", distribution.version)
        }
    });
    // rpm's package URLs carry the epoch as a qualifier, dpkg's in the version.
    let (epoch, version) = match (package.manager, package.version.split_once(':')) {
        (Manager::Rpm, Some((epoch, version))) => (epoch, version),
        _ => ("", package.version.as_str()),
    };
    let epoch = if epoch == "0" { "" } else { epoch };
    // Advisories speak of the source package; a package URL alone must lead to it.
    let upstream = match &package.source {
        Some((source, of)) if *of != package.version => format!("{source}@{of}"),
        Some((source, _)) if *source != package.name => source.clone(),
        _ => String::new(),
    };
    let qualifiers = [
        ("arch", package.architecture.as_str()),
        ("distro", &release),
        ("epoch", epoch),
        ("upstream", &upstream),
    ];
    let purl = Purl::new(kind, id, &package.name, version, &qualifiers)?;
    let (source_name, source_version) = package.source.clone().unzip();
    Ok(Package {
        purl,
        name: package.name.clone(),
        version: package.version.clone(),
        ecosystem: ecosystem::of(distribution, package.manager),
        source_name,
        source_version,
        licenses: package.licenses.clone(),
        locations: vec![place],
    })
}

fn add(packages: &mut BTreeMap<Purl, Package>, package: Package) {
    match packages.entry(package.purl.clone()) {
        std::collections::btree_map::Entry::Vacant(slot) => drop(slot.insert(package)),
        std::collections::btree_map::Entry::Occupied(mut slot) => {
            let known = slot.get_mut();
            known.locations.extend(package.locations);
            known.locations.sort();
            known.locations.dedup();
        }
    }
}

#[cfg(test)]
mod tests;
