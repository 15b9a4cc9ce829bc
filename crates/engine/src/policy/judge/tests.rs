//! Verdicts over small lists of findings.

use model::{
    Distribution, ExceptionState, Finding, FindingKind, Fingerprint, Outcome, PackageRef, Problem,
    Purl, Severity, Status, Subject, SubjectKind, Verdict,
};

use super::{Context, except, judge};
use crate::policy::Policy;

fn finding(id: &str, severity: Severity, fixed: &[&str]) -> Finding {
    let purl = Purl::new("pypi", "", "requests", "2.0", &[]).unwrap();
    Finding {
        kind: FindingKind::Vulnerability,
        id: id.to_owned(),
        aliases: vec![format!("GHSA-of-{id}")],
        severity,
        message: String::new(),
        fix: None,
        package: Some(PackageRef { purl, name: "requests".to_owned(), version: "2.0".to_owned() }),
        fixed_versions: fixed.iter().map(|version| (*version).to_owned()).collect(),
        status: Status::Affected,
        cvss: None,
        kev: false,
        epss: None,
        location: None,
        controls: Vec::new(),
        suppressed: None,
        fingerprint: Fingerprint::of(&[id]),
    }
}

struct Case<'a> {
    policy: &'a str,
    findings: Vec<Finding>,
    problems: Vec<Problem>,
    unadvised: Vec<String>,
    age: Option<i64>,
}

impl<'a> Case<'a> {
    fn new(policy: &'a str, findings: Vec<Finding>) -> Self {
        Self { policy, findings, problems: Vec::new(), unadvised: Vec::new(), age: Some(0) }
    }

    fn judged(mut self) -> (Verdict, Vec<Finding>) {
        let policy = Policy::parse(self.policy).unwrap();
        let os = Distribution {
            id: "debian".to_owned(),
            version: "11".to_owned(),
            name: String::new(),
            end_of_life: Some("2024-08-14".to_owned()),
        };
        let subject = Subject {
            kind: SubjectKind::Image,
            name: "shop/app:1".to_owned(),
            digest: None,
            config_digest: None,
            platform: None,
            os: Some(os),
        };
        let context = Context {
            policy: &policy,
            subject: &subject,
            asked: "shop/app:1",
            unadvised: &self.unadvised,
            problems: &self.problems,
            today: "2026-11-25".parse().unwrap(),
            database_age_days: self.age,
        };
        let records = except(&context, &mut self.findings);
        let verdict = judge(&context, &self.findings, records);
        (verdict, self.findings)
    }

    fn outcome(self) -> Outcome {
        self.judged().0.outcome
    }
}

fn rules(verdict: &Verdict) -> Vec<&str> {
    verdict.reasons.iter().map(|reason| reason.rule.as_str()).collect()
}

#[test]
fn the_default_fails_on_what_can_be_mended_and_is_bad() {
    let outcome =
        |severity, fixed: &[&str]| Case::new("", vec![finding("CVE-1", severity, fixed)]).outcome();
    assert_eq!(outcome(Severity::Critical, &["2.1"]), Outcome::Fail);
    assert_eq!(outcome(Severity::High, &["2.1"]), Outcome::Fail);
    assert_eq!(outcome(Severity::Critical, &[]), Outcome::Pass);
    assert_eq!(outcome(Severity::Medium, &["2.1"]), Outcome::Pass);
    assert_eq!(outcome(Severity::Unknown, &["2.1"]), Outcome::Pass);
}

#[test]
fn what_attackers_use_counts_without_a_fix() {
    let exploited = || Finding { kev: true, ..finding("CVE-1", Severity::Low, &[]) };
    assert_eq!(Case::new("", vec![exploited()]).outcome(), Outcome::Fail);
    let off = "failOn:\n  knownExploited: false\n";
    assert_eq!(Case::new(off, vec![exploited()]).outcome(), Outcome::Pass);
}

#[test]
fn the_threshold_of_probability_is_included() {
    let policy = "failOn:\n  exploitProbability: 0.5\n";
    let likely = |epss| Finding { epss, ..finding("CVE-1", Severity::Low, &["2.1"]) };
    assert_eq!(Case::new(policy, vec![likely(Some(0.5))]).outcome(), Outcome::Fail);
    assert_eq!(Case::new(policy, vec![likely(Some(0.49))]).outcome(), Outcome::Pass);
    assert_eq!(Case::new(policy, vec![likely(None)]).outcome(), Outcome::Pass);
}

#[test]
fn stale_data_outranks_a_failure_and_both_are_told() {
    let mut case = Case::new("maxDbAgeDays: 7\n", vec![finding("CVE-1", Severity::High, &["2.1"])]);
    case.age = Some(8);
    let (verdict, _) = case.judged();
    assert_eq!(verdict.outcome, Outcome::Stale);
    assert_eq!(rules(&verdict), ["stale-advisories", "severity"]);
}

#[test]
fn a_gap_makes_a_pass_incomplete_only_where_asked() {
    let gap = || vec![Problem::new("a.jar", "not a zip archive")];
    let mut case = Case::new("", Vec::new());
    case.problems = gap();
    assert_eq!(case.outcome(), Outcome::Pass);
    let mut case = Case::new("failOn:\n  incomplete: true\n", Vec::new());
    case.problems = gap();
    assert_eq!(case.outcome(), Outcome::Incomplete);
}

#[test]
fn packages_without_advisories_make_a_pass_incomplete_unless_that_is_accepted() {
    for (policy, outcome) in
        [("", Outcome::Incomplete), ("failOn:\n  missingAdvisories: false\n", Outcome::Pass)]
    {
        let mut case = Case::new(policy, Vec::new());
        case.unadvised = vec!["Maven".to_owned()];
        assert_eq!(case.outcome(), outcome);
    }
}

#[test]
fn what_nobody_has_rated_fails_only_where_asked() {
    let unrated = || vec![finding("CVE-1", Severity::Unknown, &["2.1"])];
    assert_eq!(Case::new("", unrated()).outcome(), Outcome::Pass);
    assert_eq!(Case::new("failOn:\n  severity: unknown\n", unrated()).outcome(), Outcome::Fail);
    assert_eq!(Case::new("failOn:\n  severity: negligible\n", unrated()).outcome(), Outcome::Pass);
}

#[test]
fn a_distribution_past_its_support_fails_only_where_asked() {
    assert_eq!(Case::new("", Vec::new()).outcome(), Outcome::Pass);
    assert_eq!(Case::new("failOn:\n  endOfLife: true\n", Vec::new()).outcome(), Outcome::Fail);
}

#[test]
fn exceptions_suppress_within_their_scope_and_say_what_they_did() {
    let policy = "exceptions:\n\
        - { id: GHSA-of-CVE-1, reason: not reachable, expires: 2027-01-31, scope: { package: 'pkg:pypi/requests@*', subject: 'shop/*' } }\n\
        - { id: CVE-2, reason: not reachable, expires: 2027-01-31, scope: { subject: 'other/*' } }\n\
        - { id: CVE-2, reason: accepted until the release, expires: 2026-11-24 }\n";
    let findings = vec![
        finding("CVE-1", Severity::High, &["2.1"]),
        finding("CVE-2", Severity::High, &["2.1"]),
    ];
    let (verdict, findings) = Case::new(policy, findings).judged();
    let states: Vec<ExceptionState> = verdict.exceptions.iter().map(|e| e.state).collect();
    assert_eq!(states, [ExceptionState::Used, ExceptionState::Unused, ExceptionState::Expired]);
    assert!(findings[0].suppressed.is_some() && findings[1].suppressed.is_none());
    assert_eq!(verdict.reasons[0].findings, [findings[1].fingerprint.clone()]);
}
