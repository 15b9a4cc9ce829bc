//! The distributions that are known by name, for the coverage table.

use std::collections::BTreeMap;

use crate::assemble::OSV_NAMES;
use crate::system::end_of_life::TABLE;

/// A distribution that is known by name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownDistribution {
    /// `ID` of `os-release`.
    pub id: &'static str,
    /// OSV's name for its packages; nothing where OSV has no advisories for them.
    pub ecosystem: Option<&'static str>,
    /// Its releases, each with the last day (`YYYY-MM-DD`) of free security updates.
    pub releases: Vec<(&'static str, &'static str)>,
}

/// Every distribution that is known by name, sorted by id.
pub fn distributions() -> Vec<KnownDistribution> {
    let mut known: BTreeMap<&str, KnownDistribution> = BTreeMap::new();
    let new = |id| KnownDistribution { id, ecosystem: None, releases: Vec::new() };
    for (id, ecosystem, _) in OSV_NAMES {
        known.entry(id).or_insert_with(|| new(id)).ecosystem = Some(ecosystem);
    }
    for (id, release, day) in TABLE {
        known.entry(id).or_insert_with(|| new(id)).releases.push((release, day));
    }
    known.into_values().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distribution_stands_once_with_all_that_is_known_of_it() {
        let all = distributions();
        let debian: Vec<_> = all.iter().filter(|known| known.id == "debian").collect();
        assert_eq!(debian.len(), 1);
        assert_eq!(debian[0].ecosystem, Some("Debian"));
        assert!(debian[0].releases.contains(&("12", "2026-07-11")));
        assert!(all.iter().any(|known| known.id == "amzn" && known.ecosystem.is_none()));
    }
}
