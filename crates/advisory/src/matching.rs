//! From advisories that hit to vulnerabilities: one entry for each, whatever it is called.

use std::cmp::Ordering;
use std::collections::{BTreeSet, HashMap};

use model::{Cvss, Severity, Status};
use smallvec::{SmallVec, smallvec};

use crate::rating::Rating;

use crate::ecosystem::Rules;
use crate::signal::Signal;
use crate::store::Head;

/// One vulnerability of a package.
#[derive(Clone, Debug, PartialEq)]
pub struct Match<'a> {
    /// CVE id where one exists, else the advisory's.
    pub id: &'a str,
    /// All other names, sorted.
    pub aliases: Vec<&'a str>,
    /// One sentence, where an advisory has one.
    pub summary: &'a str,
    /// How bad.
    pub severity: Severity,
    /// The vector that rates it, where one is published.
    pub cvss: Option<Cvss>,
    /// Versions above the package's that are fixed, least first.
    pub fixed_versions: Vec<&'a str>,
    /// What is done about it.
    pub status: Status,
    /// Known to be exploited.
    pub kev: bool,
    /// Probability of exploitation within 30 days.
    pub epss: Option<f64>,
}

/// An advisory that hits.
#[derive(Debug)]
pub(crate) struct Hit<'a> {
    pub head: Head<'a>,
    pub fixes: SmallVec<[&'a str; 2]>,
    pub word: Option<Severity>,
}

/// Joins advisories that share a name, gives each its score, and orders them by id.
pub(crate) fn merge<'a>(
    hits: Vec<Hit<'a>>,
    rules: &Rules,
    exploited: Option<&Signal>,
    forecast: Option<&Signal>,
) -> Vec<Match<'a>> {
    let mut groups = Groups {
        places: Vec::with_capacity(hits.len()),
        by_name: HashMap::with_capacity(hits.len() * 2),
    };
    for hit in &hits {
        if hit.head.bundle.is_empty() {
            let names = std::iter::once(hit.head.id).chain(hit.head.aliases.iter().copied());
            groups.add(Group {
                names: names.collect(),
                also: SmallVec::new(),
                hits: smallvec![hit],
            });
        } else {
            // An errata notice is no name of what it mends: the vulnerabilities stay apart.
            for cve in &hit.head.bundle {
                groups.add(Group {
                    names: smallvec![*cve],
                    also: smallvec![hit.head.id],
                    hits: smallvec![hit],
                });
            }
        }
    }
    let mut matches: Vec<Match<'a>> =
        groups.finish().map(|group| group.judge(rules, exploited, forecast)).collect();
    matches.sort_unstable_by_key(|hit| hit.id);
    matches
}

struct Group<'h, 'a> {
    names: SmallVec<[&'a str; 4]>,
    also: SmallVec<[&'a str; 4]>,
    hits: SmallVec<[&'h Hit<'a>; 4]>,
}

/// Groups that share no name. A package may have thousands of advisories, so each name is looked up and
/// groups are never compared with each other.
struct Groups<'h, 'a> {
    /// A group that was swallowed leaves its place empty.
    places: Vec<Option<Group<'h, 'a>>>,
    by_name: HashMap<&'a str, usize>,
}

impl<'h, 'a> Groups<'h, 'a> {
    /// Adds a group and joins it with every group that shares a name with it, the smaller into the larger.
    fn add(&mut self, new: Group<'h, 'a>) {
        let mut into = self.places.len();
        let mut others: SmallVec<[usize; 4]> =
            new.names.iter().filter_map(|name| self.by_name.get(name).copied()).collect();
        others.sort_unstable();
        others.dedup();
        self.by_name.extend(new.names.iter().map(|name| (*name, into)));
        self.places.push(Some(new));
        for other in others {
            into = self.join(into, other);
        }
    }

    fn join(&mut self, a: usize, b: usize) -> usize {
        let size = |at: usize| {
            self.places.get(at).and_then(Option::as_ref).map_or(0, |group| group.names.len())
        };
        let (into, from) = if size(a) < size(b) { (b, a) } else { (a, b) };
        let taken = self.places.get_mut(from).and_then(Option::take);
        if let (Some(taken), Some(Some(group))) = (taken, self.places.get_mut(into)) {
            self.by_name.extend(taken.names.iter().map(|name| (*name, into)));
            group.names.extend(taken.names);
            group.also.extend(taken.also);
            group.hits.extend(taken.hits);
        }
        into
    }

    fn finish(self) -> impl Iterator<Item = Group<'h, 'a>> {
        self.places.into_iter().flatten().map(|mut group| {
            group.names.sort_unstable();
            group.names.dedup();
            group
        })
    }
}

impl<'a> Group<'_, 'a> {
    fn judge(
        &self,
        rules: &Rules,
        exploited: Option<&Signal>,
        forecast: Option<&Signal>,
    ) -> Match<'a> {
        let mut hits: SmallVec<[&Hit<'a>; 4]> = self.hits.clone();
        hits.sort_by_key(|hit| hit.head.id);
        let cves: SmallVec<[&'a str; 4]> =
            self.names.iter().filter(|name| name.starts_with("CVE-")).copied().collect();
        let first = hits.first().map_or("", |hit| hit.head.id);
        let id = cves.first().copied().unwrap_or(first);
        let mut aliases: Vec<&'a str> =
            self.names.iter().copied().filter(|name| *name != id).collect();
        if !self.also.is_empty() {
            aliases.extend(self.also.iter().filter(|name| **name != id));
            aliases.sort_unstable();
            aliases.dedup();
        }
        let cvss = hits.iter().find_map(|hit| hit.head.rating).map(Rating::cvss);
        let distribution =
            rules.purl_kinds.iter().any(|kind| matches!(*kind, "deb" | "apk" | "rpm"));
        // "Unknown" is what somebody writes who has not said yet; it outranks nobody who has.
        let said = |word: &Severity| *word != Severity::Unknown;
        let word = hits
            .iter()
            .filter_map(|hit| hit.word.filter(said).or(hit.head.word).filter(said))
            .max();
        let score = cvss.as_ref().map(|cvss| Severity::of_score(cvss.score));
        // A distribution knows how it builds a package; elsewhere the vector says more than a word.
        let severity = if distribution { word.or(score) } else { score.or(word) };
        let fixed_versions = fixed(&hits, rules);
        Match {
            id,
            aliases,
            summary: hits
                .iter()
                .map(|hit| hit.head.summary)
                .find(|text| !text.is_empty())
                .unwrap_or(""),
            severity: severity.unwrap_or_default(),
            cvss,
            status: if fixed_versions.is_empty() { Status::Affected } else { Status::Fixed },
            fixed_versions,
            kev: exploited.is_some_and(|signal| cves.iter().any(|cve| signal.has(cve))),
            epss: cves.iter().filter_map(|cve| forecast?.probability(cve)).max_by(f64::total_cmp),
        }
    }
}

/// The fixed versions of all advisories together, least first. Where advisories disagree on the first
/// fixed version, the later one counts: below it one of them still says affected.
fn fixed<'a>(hits: &[&Hit<'a>], rules: &Rules) -> Vec<&'a str> {
    // Most advisories stand alone and name one version.
    if let [only] = hits
        && only.fixes.len() < 2
    {
        return only.fixes.to_vec();
    }
    let order = |a: &str, b: &str| (rules.order)(a, b).unwrap_or_else(|_| a.cmp(b));
    let least = hits
        .iter()
        .filter_map(|hit| hit.fixes.iter().copied().min_by(|a, b| order(a, b)))
        .max_by(|a, b| order(a, b));
    let Some(least) = least else { return Vec::new() };
    let texts: BTreeSet<&'a str> = hits.iter().flat_map(|hit| &hit.fixes).copied().collect();
    let mut all: Vec<&'a str> =
        texts.into_iter().filter(|version| order(version, least) != Ordering::Less).collect();
    all.sort_by(|a, b| order(a, b));
    all.dedup_by(|a, b| order(a, b).is_eq());
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ecosystem::rules;

    fn hit<'a>(id: &'a str, aliases: &[&'a str], bundle: &[&'a str], fixes: &[&'a str]) -> Hit<'a> {
        let head = Head { id, aliases: aliases.into(), bundle: bundle.into(), ..Head::default() };
        Hit { head, fixes: fixes.into(), word: None }
    }

    fn merged(hits: Vec<Hit<'_>>) -> Vec<Match<'_>> {
        merge(hits, rules("Go").unwrap(), None, None)
    }

    #[test]
    fn records_that_share_a_name_are_one_vulnerability() {
        let all = merged(vec![
            hit("GO-2024-1", &["CVE-2024-9"], &[], &["1.2.0"]),
            hit("GHSA-x", &["GHSA-y"], &[], &["1.3.0"]),
            hit("GHSA-y", &["CVE-2024-9"], &[], &[]),
        ]);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].id, "CVE-2024-9");
        assert_eq!(all[0].aliases, ["GHSA-x", "GHSA-y", "GO-2024-1"]);
        assert_eq!(all[0].fixed_versions, ["1.3.0"]);
    }

    #[test]
    fn a_package_with_very_many_advisories_is_merged_in_little_time() {
        let ids: Vec<String> = (0..200_000).map(|at| format!("CVE-2024-{at:07}")).collect();
        let one = |at: usize| {
            let before = at.checked_sub(1).filter(|_| at % 2 == 1);
            let aliases: Vec<&str> = before.iter().map(|at| ids[*at].as_str()).collect();
            hit(&ids[at], &aliases, &[], &[])
        };
        assert_eq!(merged((0..ids.len()).map(one).collect()).len(), ids.len() / 2);
    }

    #[test]
    fn an_errata_notice_gives_one_entry_for_each_cve() {
        let all = merged(vec![
            hit("ALSA-2024:1", &[], &["CVE-2024-1", "CVE-2024-2"], &["2"]),
            hit("ALSA-2024:2", &[], &["CVE-2024-2", "CVE-2024-3"], &["3"]),
        ]);
        let ids: Vec<&str> = all.iter().map(|hit| hit.id).collect();
        assert_eq!(ids, ["CVE-2024-1", "CVE-2024-2", "CVE-2024-3"]);
        assert_eq!(all[1].aliases, ["ALSA-2024:1", "ALSA-2024:2"]);
        assert_eq!(all[1].fixed_versions, ["3"]);
    }

    #[test]
    fn a_distributions_word_outranks_the_vector_unless_it_is_unknown() {
        let vector = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        for (ecosystem, word, severity) in [
            ("Debian", Some(Severity::Low), Severity::Low),
            ("Debian", Some(Severity::Unknown), Severity::Critical),
            ("Debian", None, Severity::Critical),
            ("npm", Some(Severity::Low), Severity::Critical),
        ] {
            let mut one = hit("X-1", &[], &[], &[]);
            one.head.rating = Rating::of([vector].into_iter());
            one.word = word;
            let all = merge(vec![one], rules(ecosystem).unwrap(), None, None);
            assert_eq!(all[0].severity, severity, "{ecosystem} {word:?}");
        }
    }
}
