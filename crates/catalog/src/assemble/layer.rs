//! Which layer brought a package in, where upper layers write the same file anew.

use std::collections::{HashMap, HashSet};

use model::Purl;

use super::Observation;
use crate::SystemPackage;

/// What every version of a file lists, for files that several layers hold; top first.
pub(super) struct History<'a> {
    versions: HashMap<&'a str, Vec<Version<'a>>>,
}

struct Version<'a> {
    layer: usize,
    system: HashSet<(&'a str, &'a str, &'a str)>,
    packages: HashSet<&'a Purl>,
}

impl<'a> History<'a> {
    pub(super) fn new(observations: &'a [Observation]) -> Self {
        let mut by_path: HashMap<&str, Vec<&Observation>> = HashMap::new();
        for observation in observations {
            by_path.entry(&observation.path).or_default().push(observation);
        }
        by_path.retain(|_, versions| versions.len() > 1);
        let listed = |observation: &'a Observation| Version {
            layer: observation.layer,
            system: observation.found.system.iter().map(key).collect(),
            packages: observation.found.packages.iter().map(|package| &package.purl).collect(),
        };
        let versions = by_path.into_iter().map(|(path, mut versions)| {
            versions.sort_by_key(|observation| std::cmp::Reverse(observation.layer));
            (path, versions.into_iter().map(listed).collect())
        });
        Self { versions: versions.collect() }
    }

    /// The lowest layer from which on every version of the file, up to the visible one, lists the package
    /// of the distribution in this version.
    pub(super) fn system(&self, package: &SystemPackage, visible: &Observation) -> usize {
        self.lowest(visible, &|version| version.system.contains(&key(package)))
    }

    /// The same of a language package.
    pub(super) fn language(&self, purl: &Purl, visible: &Observation) -> usize {
        self.lowest(visible, &|version| version.packages.contains(purl))
    }

    fn lowest(&self, visible: &Observation, lists: &dyn Fn(&Version<'a>) -> bool) -> usize {
        let versions = self.versions.get(visible.path.as_str()).into_iter().flatten();
        versions
            .skip_while(|version| version.layer > visible.layer)
            .take_while(|version| lists(version))
            .last()
            .map_or(visible.layer, |first| first.layer)
    }
}

fn key(package: &SystemPackage) -> (&str, &str, &str) {
    (&package.name, &package.version, &package.architecture)
}
