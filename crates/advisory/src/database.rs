//! The advisory database: a folder of store files, opened without locks.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use model::{Ecosystem, Package, Problem, Purl};

use smallvec::SmallVec;

use crate::ecosystem::{ECOSYSTEMS, Names, Rules, rules};
use crate::evaluate::{Answer, evaluate, shown};
use crate::matching::{Hit, Match, merge};
use crate::query::package_of;
use crate::release::covers;
use crate::signal::{EXPLOITED, FORECAST, Signal, SignalKind};
use crate::store::{Speaking, Store, StoreError};
use crate::update::State;

/// Ending of store files.
pub(crate) const EXTENSION: &str = "advisories";

/// Why a database cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// There is no database in the folder.
    #[error(
        "{0}: no advisory database; `haechi db update` fetches one, `haechi db import DIR` takes one along"
    )]
    Missing(PathBuf),
    /// A file of it cannot be used.
    #[error("{path}: {fault}; `haechi db update` writes it anew")]
    File {
        /// Which file.
        path: PathBuf,
        /// The fault. It stands before what mends it, so it is part of the text and no source of it.
        fault: StoreError,
    },
}

/// An open database. Opening maps files and reads their headers and indices.
#[derive(Debug)]
pub struct Database {
    stores: BTreeMap<&'static str, Store>,
    /// When each source was last known to be current, in Unix seconds.
    times: BTreeMap<&'static str, i64>,
    exploited: Option<Signal>,
    forecast: Option<Signal>,
    signal_times: BTreeMap<String, i64>,
}

/// The file of an ecosystem: spaces would be a nuisance in shells.
pub(crate) fn file_name(ecosystem: &str) -> String {
    format!("{}.{EXTENSION}", ecosystem.replace(' ', "-"))
}

impl Database {
    /// The ecosystems that have a file in a folder, whether or not it can be used.
    pub fn present(folder: &Path) -> Vec<&'static str> {
        let names = ECOSYSTEMS.iter().map(|rules| rules.name);
        names.filter(|name| folder.join(file_name(name)).exists()).collect()
    }

    /// Opens the database in a folder.
    ///
    /// # Errors
    /// No store file at all, or one that is damaged.
    pub fn open(folder: &Path) -> Result<Self, OpenError> {
        let mut stores = BTreeMap::new();
        for rules in ECOSYSTEMS {
            let path = folder.join(file_name(rules.name));
            match Store::open(&path) {
                Ok(store) => drop(stores.insert(rules.name, store)),
                Err(_) if !path.exists() => {}
                Err(fault) => return Err(OpenError::File { path, fault }),
            }
        }
        if stores.is_empty() {
            return Err(OpenError::Missing(folder.to_path_buf()));
        }
        let signal = |name: &str| {
            let path = folder.join(name);
            Signal::open(&path).map_err(|fault| OpenError::File { path, fault })
        };
        // A server that has nothing newer makes what is here as fresh as if it had been fetched again.
        let state = State::read(folder);
        let time = |name: &'static str, store: &Store| {
            let asked = state.sources.get(name).map_or(0, |source| source.time);
            (name, asked.max(store.source_time))
        };
        let times = stores.iter().map(|(name, store)| time(name, store)).collect();
        let signal_times = state.sources.iter().map(|(name, source)| (name.clone(), source.time));
        Ok(Self {
            stores,
            times,
            exploited: signal(EXPLOITED)?,
            forecast: signal(FORECAST)?,
            signal_times: signal_times.collect(),
        })
    }

    /// Whether there are advisories for an ecosystem (name without release suffix).
    pub fn has(&self, ecosystem: &str) -> bool {
        self.stores.contains_key(ecosystem)
    }

    /// Whether any advisory speaks of the release that an ecosystem names. Without one, silence says
    /// nothing. Ecosystems without releases are covered wherever there are advisories for them.
    pub fn covers(&self, ecosystem: &Ecosystem) -> bool {
        let Some(store) = self.stores.get(ecosystem.name()) else { return false };
        let Some(own) = ecosystem.release().filter(|own| !own.is_empty()) else { return true };
        // Opening has proved the releases.
        let releases = store.releases().unwrap_or_default();
        releases.into_iter().any(|release| covers(ecosystem.name(), release, own))
    }

    /// Whether a signal is there.
    pub fn knows(&self, signal: SignalKind) -> bool {
        match signal {
            SignalKind::Exploited => self.exploited.is_some(),
            SignalKind::Forecast => self.forecast.is_some(),
        }
    }

    /// The time (Unix seconds) of the oldest data among the ecosystems and signals named that are there.
    pub fn oldest(&self, ecosystems: &BTreeSet<&str>, signals: &[SignalKind]) -> Option<i64> {
        let used = self.times.iter().filter(|(name, _)| ecosystems.contains(*name));
        let advisories = used.map(|(_, time)| *time).min()?;
        let asked = signals.iter().filter_map(|signal| self.signal_times.get(signal.source()));
        asked.copied().chain([advisories]).min()
    }

    /// What there is: ecosystem, advisories, packages, time of the data in Unix seconds.
    pub fn contents(&self) -> impl Iterator<Item = (&'static str, u64, u64, i64)> {
        self.stores
            .iter()
            .zip(self.times.values())
            .map(|((name, store), time)| (*name, store.advisories, store.packages, *time))
    }

    /// How many vulnerabilities the two signals know: exploited, forecast.
    pub fn signals(&self) -> (usize, usize) {
        let count = |signal: &Option<Signal>| signal.as_ref().map_or(0, Signal::len);
        (count(&self.exploited), count(&self.forecast))
    }

    /// The vulnerabilities of a package, one entry for each, and what could not be decided.
    pub fn matches<'a>(&'a self, package: &Package) -> (Vec<Match<'a>>, Vec<Problem>) {
        let mut hits: Vec<Hit<'a>> = Vec::new();
        let mut problems = Vec::new();
        let Some((rules, store)) = self.store(package) else { return (Vec::new(), Vec::new()) };
        let (name, version) = subject(package, rules);
        let about = || {
            package
                .locations
                .first()
                .map_or_else(|| package.name.clone(), |place| place.path.clone())
        };
        let (distribution, own) =
            (package.ecosystem.name(), package.ecosystem.release().unwrap_or_default());
        let here = |release: &str| covers(distribution, release, own);
        let mut undecided = 0;
        let mut weigh = |speaking: Speaking<'a>| -> Result<(), StoreError> {
            let mut fixes: Option<SmallVec<[&str; 2]>> = None;
            let (mut word, mut faults) = (None, 0);
            for entry in &speaking.entries {
                match evaluate(entry, version, rules) {
                    Ok(Answer::Affected(more)) => {
                        fixes.get_or_insert_default().extend(more);
                        word = word.max(entry.word);
                    }
                    Ok(Answer::Clear(_)) => {}
                    Err(_) => faults += 1,
                }
            }
            if fixes.is_none() && faults == 0 {
                return Ok(());
            }
            let head = speaking.head()?;
            if !head.withdrawn && !head.informational {
                undecided += faults;
                hits.extend(fixes.map(|fixes| Hit { head, fixes, word }));
            }
            Ok(())
        };
        let weighed = store.affecting(&(rules.normalise)(name), &here, &mut weigh);
        if let Err(fault) = weighed {
            problems.push(Problem::new(about(), format!("advisories of {name}: {fault}")));
            return (Vec::new(), problems);
        }
        if undecided > 0 {
            let noun = if undecided == 1 { "advisory" } else { "advisories" };
            let reason = format!(
                "{name} {version}: {undecided} {noun} undecided, the version does not compare"
            );
            problems.push(Problem::new(about(), reason));
        }
        (merge(hits, rules, self.exploited.as_ref(), self.forecast.as_ref()), problems)
    }

    /// Every advisory of this id (or alias) that speaks of the package, as lines that say why it hits or not.
    pub fn explain(&self, package: &Package, id: &str) -> Vec<String> {
        let Some((rules, store)) = self.store(package) else { return Vec::new() };
        let (name, version) = subject(package, rules);
        let mut lines = Vec::new();
        let mut tell = |speaking: Speaking<'_>| -> Result<(), StoreError> {
            let head = speaking.head()?;
            if !head.goes_by(id) {
                return Ok(());
            }
            for entry in speaking.entries {
                let kind = if rules.names == Names::Source { "source package " } else { "" };
                let ecosystem = rules.name;
                let release = if entry.release.is_empty() {
                    String::new()
                } else {
                    format!(":{}", entry.release)
                };
                let about = format!(
                    "{} speaks of {kind}{name} in {ecosystem}{release}, {}",
                    head.id,
                    shown(&entry)
                );
                let answer = if head.withdrawn {
                    "it was withdrawn, so it does not count".to_owned()
                } else if head.informational {
                    "it is a notice and no vulnerability, so it does not count".to_owned()
                } else if applies(entry.release, &package.ecosystem) {
                    match evaluate(&entry, version, rules) {
                        Ok(Answer::Affected(_)) => {
                            format!(
                                "affected: {version} lies inside, by {ecosystem}'s order of versions"
                            )
                        }
                        Ok(Answer::Clear(why)) => {
                            let why = why.said(&entry, version);
                            format!("not affected: {why}, by {ecosystem}'s order of versions")
                        }
                        Err(fault) => format!("undecided: {fault}"),
                    }
                } else {
                    format!("not affected: the package is of {}", package.ecosystem)
                };
                lines.push(format!("{about}: {answer}"));
            }
            Ok(())
        };
        if let Err(fault) = store.affecting(&(rules.normalise)(name), &|_| true, &mut tell) {
            lines.push(format!("advisories of {name}: {fault}"));
        }
        lines
    }

    /// The packages that advisories of this id (or alias) speak of: ecosystem and name. Looks through
    /// the whole database.
    pub fn speaking(&self, id: &str) -> Result<Vec<(&'static str, String)>, StoreError> {
        let mut found = Vec::new();
        for (ecosystem, store) in &self.stores {
            found.extend(store.speaking(id)?.into_iter().map(|name| (*ecosystem, name)));
        }
        Ok(found)
    }

    /// The vulnerabilities of a package that is known by its package URL only, and why they may not be
    /// all.
    pub fn query(&self, purl: &Purl) -> (Vec<Match<'_>>, Option<String>) {
        let Some(package) = package_of(purl) else {
            let problem = "advisories for packages of this kind are not known";
            return (Vec::new(), Some(problem.to_owned()));
        };
        let ecosystem = &package.ecosystem;
        if !self.covers(ecosystem) {
            let release = ecosystem.release().filter(|_| self.has(ecosystem.name()));
            let release = release.map(|release| format!(" {release}")).unwrap_or_default();
            let problem =
                format!("no advisories for {}{release} in the database", ecosystem.name());
            return (Vec::new(), Some(problem));
        }
        if package.version.is_empty() {
            return (Vec::new(), Some("package URL has no version".to_owned()));
        }
        let (matches, problems) = self.matches(&package);
        let problem = problems.into_iter().map(|problem| problem.reason).next();
        (matches, problem)
    }

    fn store(&self, package: &Package) -> Option<(&'static Rules, &Store)> {
        let rules = rules(package.ecosystem.name())?;
        Some((rules, self.stores.get(rules.name)?))
    }
}

/// The name and version that the ecosystem's advisories speak of.
fn subject<'a>(package: &'a Package, rules: &Rules) -> (&'a str, &'a str) {
    match rules.names {
        Names::Binary => (&package.name, &package.version),
        Names::Source => (
            package.source_name.as_deref().unwrap_or(&package.name),
            package.source_version.as_deref().unwrap_or(&package.version),
        ),
    }
}

/// Whether an advisory for this release speaks of the package's distribution.
fn applies(release: &str, ecosystem: &Ecosystem) -> bool {
    covers(ecosystem.name(), release, ecosystem.release().unwrap_or(""))
}

#[cfg(test)]
mod tests;
