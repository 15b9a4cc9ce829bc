//! Files that belong to packages of the distribution.

use std::collections::{HashMap, HashSet};

use model::{OwnedFiles, Package};

/// The places of language packages that the distribution owns.
pub(super) struct Owned(HashSet<String>);

impl Owned {
    /// Looks only for the places of `packages`: an image has many thousand owned files and few of these.
    pub(super) fn new(
        ownership: &[&OwnedFiles],
        packages: &[Package],
        canonical: &dyn Fn(&str) -> String,
    ) -> Self {
        let places = packages.iter().flat_map(|package| &package.locations);
        // By file name first, so that almost no owned path has to be resolved.
        let mut wanted: HashMap<&str, Vec<(&str, String)>> = HashMap::new();
        for place in places {
            let path = outermost(&place.path);
            let name = path.rsplit('/').next().unwrap_or(path);
            wanted.entry(name).or_default().push((path, canonical(path)));
        }
        let mut owned = HashSet::new();
        for path in ownership.iter().flat_map(|files| &files.paths) {
            let name = path.rsplit('/').next().unwrap_or(path);
            let Some(candidates) = wanted.get(name) else { continue };
            let resolved = canonical(path);
            for (path, _) in candidates.iter().filter(|(_, wanted)| *wanted == resolved) {
                owned.insert((*path).to_owned());
            }
        }
        Self(owned)
    }

    pub(super) fn has(&self, path: &str) -> bool {
        self.0.contains(outermost(path))
    }
}

/// The file of the tree: what is nested in it belongs to whom it belongs.
fn outermost(path: &str) -> &str {
    path.split_once("!/").map_or(path, |(file, _)| file)
}
