//! Which layer brought a package in, where the database that lists it is written anew by every layer.

use super::Observation;
use crate::SystemPackage;

/// The lowest layer from which on every version of the same database, up to the visible one, lists the
/// package in this version.
pub(super) fn introduced(
    package: &SystemPackage,
    visible: &Observation,
    all: &[Observation],
) -> usize {
    let same = |other: &&Observation| other.path == visible.path && other.layer <= visible.layer;
    let mut versions: Vec<&Observation> = all.iter().filter(same).collect();
    versions.sort_by_key(|observation| std::cmp::Reverse(observation.layer));
    let lists = |observation: &Observation| {
        observation.found.system.iter().any(|listed| {
            listed.name == package.name
                && listed.version == package.version
                && listed.architecture == package.architecture
        })
    };
    versions
        .into_iter()
        .take_while(|version| lists(version))
        .last()
        .map_or(visible.layer, |first| first.layer)
}
