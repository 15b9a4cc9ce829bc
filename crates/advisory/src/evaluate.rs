//! Whether a version lies in what an advisory calls affected (OSV schema, "Evaluation").

use std::cmp::Ordering;

use smallvec::SmallVec;

use crate::ecosystem::{Rules, VersionError};
use crate::store::{Affected, EventKind, Range, RangeKind};

/// Bytes of versions that are compared with each other for one entry, beside its first evaluation. Two
/// hundred thousand comparisons of usual versions come to this.
const MAX_WORK: usize = 10 << 20;

/// What a comparison takes whatever its length, in bytes.
const STEP: usize = 16;

/// What one entry of an advisory says of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer<'a> {
    /// Affected; the versions that end it within the same ranges, as written.
    Affected(SmallVec<[&'a str; 2]>),
    /// Not affected, and why.
    Clear(Reason),
}

/// Why a version is not affected. Most advisories of a package end here, so it is put into words only for
/// those who ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// The advisory lists versions, and this is none of them.
    Unlisted,
    /// The advisory knows source commits and no versions.
    OnlyCommits,
    /// The advisory knows neither.
    Unversioned,
    /// No range holds it.
    Outside,
}

impl Reason {
    /// The reason as a clause.
    pub(crate) fn said(self, affected: &Affected<'_>, version: &str) -> String {
        match self {
            Self::Unlisted => {
                format!("{version} is not among the {} listed versions", affected.versions.len())
            }
            Self::OnlyCommits => {
                "only source commits are named, which a package does not carry".to_owned()
            }
            Self::Unversioned => "no versions are named".to_owned(),
            Self::Outside => format!("{version} lies outside {}", shown(affected)),
        }
    }
}

/// Evaluates every range and the list of versions.
///
/// # Errors
/// A version that the ecosystem's order does not take, where the answer depends on it.
pub(crate) fn evaluate<'a>(
    affected: &Affected<'a>,
    version: &str,
    rules: &Rules,
) -> Result<Answer<'a>, VersionError> {
    let mut evaluated = false;
    let mut fault = None;
    for range in affected.ranges.iter().filter(|range| range.kind == RangeKind::Ecosystem) {
        evaluated = true;
        match contains(range, version, rules) {
            Ok(true) => return Ok(Answer::Affected(fixes(affected, version, rules))),
            Ok(false) => {}
            // Another range may still say yes, whatever is wrong with this one.
            Err(met) => fault = Some(met),
        }
    }
    // The same version may be written in several ways: `1.0` and `1.0.0`.
    let equal =
        |listed: &&str| *listed == version || (rules.order)(listed, version) == Ok(Ordering::Equal);
    if affected.versions.iter().any(equal) {
        return Ok(Answer::Affected(fixes(affected, version, rules)));
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    if !evaluated && !affected.versions.is_empty() {
        return Ok(Answer::Clear(Reason::Unlisted));
    }
    if !evaluated {
        let commits = affected.ranges.iter().any(|range| range.kind == RangeKind::Git);
        let reason = if commits { Reason::OnlyCommits } else { Reason::Unversioned };
        return Ok(Answer::Clear(reason));
    }
    Ok(Answer::Clear(Reason::Outside))
}

/// Whether one of the ranges holds a version; it does not where that cannot be told.
pub(crate) fn within(ranges: &[Range<'_>], version: &str, rules: &Rules) -> bool {
    let mut comparable = ranges.iter().filter(|range| range.kind == RangeKind::Ecosystem);
    comparable.any(|range| contains(range, version, rules) == Ok(true))
}

/// Walks the events in the order of their versions, as the schema's algorithm does.
fn contains(range: &Range<'_>, version: &str, rules: &Rules) -> Result<bool, VersionError> {
    let at_least = |event: &str| -> Result<bool, VersionError> {
        Ok(event == "0" || (rules.order)(version, event)?.is_ge())
    };
    let mut limits = range.events.iter().filter(|(kind, _)| *kind == EventKind::Limit).peekable();
    if limits.peek().is_some() {
        let mut below = false;
        for (_, limit) in limits {
            below |= *limit == "*" || (rules.order)(version, limit)?.is_lt();
        }
        if !below {
            return Ok(false);
        }
    }
    // The event with the greatest version that is not above ours decides. Of two events at one version,
    // an end outranks an introduction.
    let mut best: Option<(EventKind, &str)> = None;
    for (kind, event) in range.events.iter().filter(|(kind, _)| *kind != EventKind::Limit) {
        let passed = match kind {
            EventKind::LastAffected => (rules.order)(version, event)?.is_gt(),
            _ => at_least(event)?,
        };
        if !passed {
            continue;
        }
        let wins = match best {
            None => true,
            Some((before, other)) => match order(other, event, rules)? {
                Ordering::Less => true,
                Ordering::Equal => before == EventKind::Introduced,
                Ordering::Greater => false,
            },
        };
        if wins {
            best = Some((*kind, event));
        }
    }
    Ok(matches!(best, Some((EventKind::Introduced, _))))
}

/// `0` is before every version.
fn order(a: &str, b: &str, rules: &Rules) -> Result<Ordering, VersionError> {
    match (a, b) {
        ("0", "0") => Ok(Ordering::Equal),
        ("0", _) => Ok(Ordering::Less),
        (_, "0") => Ok(Ordering::Greater),
        _ => (rules.order)(a, b),
    }
}

/// The fixed versions above ours, least first. What one range calls fixed may still be affected by
/// another, and then it mends nothing. No more of them are weighed than takes bounded time.
fn fixes<'a>(affected: &Affected<'a>, version: &str, rules: &Rules) -> SmallVec<[&'a str; 2]> {
    let ranges = || affected.ranges.iter().filter(|range| range.kind == RangeKind::Ecosystem);
    let ends = ranges().flat_map(|range| &range.events);
    let ends = ends.filter(|(kind, _)| *kind == EventKind::Fixed).map(|(_, fixed)| *fixed);
    let mut fixes: SmallVec<[&str; 2]> =
        ends.filter(|fixed| (rules.order)(fixed, version).is_ok_and(Ordering::is_gt)).collect();
    if fixes.len() > 1 {
        fixes.sort_by(|a, b| (rules.order)(a, b).unwrap_or(Ordering::Equal));
        fixes.dedup();
    }
    // A range never holds what it calls fixed, and nearly always there is but one.
    if ranges().nth(1).is_none() {
        return fixes;
    }
    let (events, bytes) = weight(&affected.ranges);
    let mut left = MAX_WORK;
    fixes.retain(|fixed| {
        let cost = bytes + events * (fixed.len() + STEP);
        left = left.saturating_sub(cost);
        left > 0 && !within(&affected.ranges, fixed, rules)
    });
    fixes
}

/// What comparing with every event of these ranges takes: their number, and the bytes of their versions.
fn weight(ranges: &[Range<'_>]) -> (usize, usize) {
    let events = ranges.iter().flat_map(|range| &range.events);
    events.fold((0, 0), |(count, bytes), (_, version)| (count + 1, bytes + version.len() + STEP))
}

/// Whether so many versions can be compared with every event in bounded time.
pub(crate) fn comparable(versions: &[String], ranges: &[Range<'_>]) -> bool {
    let (events, bytes) = weight(ranges);
    let texts: usize = versions.iter().map(|version| version.len() + STEP).sum();
    versions.len().saturating_mul(bytes).saturating_add(texts.saturating_mul(events)) < MAX_WORK
}

/// The ranges in the words of people.
pub(crate) fn shown(affected: &Affected<'_>) -> String {
    let ranges = affected.ranges.iter().filter(|range| range.kind == RangeKind::Ecosystem);
    let parts: Vec<String> = ranges
        .flat_map(|range| &range.events)
        .map(|(kind, version)| match kind {
            EventKind::Introduced if *version == "0" => "from the beginning".to_owned(),
            EventKind::Introduced => format!("from {version}"),
            EventKind::Fixed => format!("before {version}"),
            EventKind::LastAffected => format!("up to {version}"),
            EventKind::Limit => format!("below {version}"),
        })
        .collect();
    if parts.is_empty() {
        format!("{} listed versions", affected.versions.len())
    } else {
        parts.join(", ")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use smallvec::smallvec;

    use super::*;
    use crate::ecosystem::rules;

    fn affected<'a>(events: &[(EventKind, &'a str)], versions: &[&'a str]) -> Affected<'a> {
        let range = Range { kind: RangeKind::Ecosystem, events: events.into() };
        let ranges = if events.is_empty() { Vec::new() } else { vec![range] };
        Affected { ranges: ranges.into(), versions: versions.into(), ..Affected::default() }
    }

    fn hit(affected: &Affected<'_>, version: &str) -> bool {
        matches!(evaluate(affected, version, rules("npm").unwrap()), Ok(Answer::Affected(_)))
    }

    use EventKind::{Fixed, Introduced, LastAffected, Limit};

    #[test]
    fn ranges_are_half_open_and_may_be_several() {
        let two = affected(
            &[(Introduced, "0"), (Fixed, "1.21.9"), (Introduced, "1.22.0-0"), (Fixed, "1.22.2")],
            &[],
        );
        for (version, wanted) in [
            ("0.0.1", true),
            ("1.21.8", true),
            ("1.21.9", false),
            ("1.21.99", false),
            ("1.22.0-rc1", true),
            ("1.22.1", true),
            ("1.22.2", false),
        ] {
            assert_eq!(hit(&two, version), wanted, "{version}");
        }
        let rules = rules("Go").unwrap();
        assert_eq!(
            evaluate(&two, "1.20.0", rules),
            Ok(Answer::Affected(smallvec!["1.21.9", "1.22.2"]))
        );
    }

    #[test]
    fn events_may_stand_in_any_order() {
        let turned = affected(&[(Fixed, "2.0.0"), (Introduced, "1.0.0")], &[]);
        assert!(hit(&turned, "1.5.0") && !hit(&turned, "2.0.0") && !hit(&turned, "0.9.0"));
    }

    #[test]
    fn last_affected_is_included_and_limits_cut() {
        let last = affected(&[(Introduced, "1.0.0"), (LastAffected, "1.4.0")], &[]);
        assert!(hit(&last, "1.4.0") && !hit(&last, "1.4.1"));
        let limited = affected(&[(Introduced, "0"), (Limit, "2.0.0")], &[]);
        assert!(hit(&limited, "1.9.9") && !hit(&limited, "2.0.0"));
    }

    #[test]
    fn listed_versions_count_beside_ranges() {
        let listed = affected(&[], &["1.0.0", "1.0.1"]);
        assert!(hit(&listed, "1.0.1") && hit(&listed, "v1.0.1") && !hit(&listed, "1.0.2"));
        let both = affected(&[(Introduced, "3.0.0")], &["1.0.0"]);
        assert!(hit(&both, "1.0.0") && hit(&both, "3.1.0") && !hit(&both, "2.0.0"));
    }

    #[test]
    fn a_star_is_no_limit_and_one_of_several_limits_is_enough() {
        let star = affected(&[(Introduced, "1.0.0"), (Limit, "*")], &[]);
        assert!(hit(&star, "99.0.0") && !hit(&star, "0.9.0"));
        let two = affected(&[(Introduced, "0"), (Limit, "1.0.0"), (Limit, "2.0.0")], &[]);
        assert!(hit(&two, "1.5.0") && !hit(&two, "2.0.0"));
    }

    #[test]
    fn fixed_from_the_beginning_is_not_affected() {
        for events in [[(Introduced, "0"), (Fixed, "0")], [(Fixed, "0"), (Introduced, "0")]] {
            let never = affected(&events, &[]);
            assert!(!hit(&never, "0") && !hit(&never, "0.0.0") && !hit(&never, "5.0.0"));
        }
    }

    #[test]
    fn a_range_without_introduction_affects_nothing() {
        assert!(!hit(&affected(&[(Fixed, "2.0.0")], &[]), "1.0.0"));
        assert!(!hit(&affected(&[(LastAffected, "2.0.0")], &[]), "1.0.0"));
    }

    #[test]
    fn source_commits_decide_nothing_and_are_told() {
        let git =
            Range { kind: RangeKind::Git, events: [(Introduced, "0"), (Fixed, "abc")].into() };
        let only = Affected { ranges: [git.clone()].into_iter().collect(), ..Affected::default() };
        let answer = evaluate(&only, "1.0.0", rules("npm").unwrap()).unwrap();
        assert_eq!(answer, Answer::Clear(Reason::OnlyCommits));
        let nothing = evaluate(&Affected::default(), "1.0.0", rules("npm").unwrap()).unwrap();
        assert_eq!(nothing, Answer::Clear(Reason::Unversioned));
        let listed = Affected {
            ranges: [git].into_iter().collect(),
            versions: smallvec!["1.0.0"],
            ..Affected::default()
        };
        assert!(hit(&listed, "1.0.0") && !hit(&listed, "1.0.1"));
    }

    #[test]
    fn a_range_that_does_not_compare_hides_no_other() {
        let range = |events: &[(EventKind, &'static str)]| Range {
            kind: RangeKind::Ecosystem,
            events: events.into(),
        };
        let ranges =
            vec![range(&[(Introduced, "what")]), range(&[(Introduced, "1.0.0"), (Fixed, "2.0.0")])];
        let both =
            Affected { ranges: ranges.into(), versions: smallvec!["3.0"], ..Affected::default() };
        assert!(hit(&both, "1.5.0") && hit(&both, "3.0.0"));
        assert!(evaluate(&both, "2.5.0", rules("npm").unwrap()).is_err());
    }

    #[test]
    fn a_fix_that_another_range_calls_affected_is_none() {
        let range = |events: &[(EventKind, &'static str)]| Range {
            kind: RangeKind::Ecosystem,
            events: events.into(),
        };
        let ranges = vec![
            range(&[(Introduced, "0"), (Fixed, "1.5.0")]),
            range(&[(Introduced, "1.0.0"), (Fixed, "2.0.0")]),
        ];
        let both = Affected { ranges: ranges.into(), ..Affected::default() };
        assert_eq!(
            evaluate(&both, "0.5.0", rules("npm").unwrap()),
            Ok(Answer::Affected(smallvec!["2.0.0"]))
        );
    }

    #[test]
    fn a_version_that_is_none_is_an_error_and_not_clear() {
        let range = affected(&[(Introduced, "1.0.0"), (Fixed, "2.0.0")], &[]);
        assert!(evaluate(&range, "latest", rules("npm").unwrap()).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        /// Pairs of introduction and fix over small numbers, against plain intervals.
        #[test]
        fn evaluation_agrees_with_intervals(bounds in prop::collection::btree_set(0u8..40, 0..8), version in 0u8..40) {
            let bounds: Vec<String> = bounds.iter().map(|bound| format!("{bound}.0.0")).collect();
            let events: Vec<(EventKind, &str)> = bounds
                .iter()
                .enumerate()
                .map(|(at, bound)| (if at % 2 == 0 { Introduced } else { Fixed }, bound.as_str()))
                .collect();
            let passed = bounds.iter().filter(|bound| bound.split('.').next().unwrap().parse::<u8>().unwrap() <= version);
            let inside = passed.count() % 2 == 1;
            prop_assert_eq!(hit(&affected(&events, &[]), &format!("{version}.0.0")), inside);
        }
    }
}
