//! The verdict: gates, exceptions, completeness and age, each with its exit code.

use std::fs::{File, FileTimes};
use std::time::{Duration, SystemTime};

use serde_json::Value;
use testkit::image::{Image, Layer};

use super::advisories;
use super::content::{SITE, metadata, module, shop, single};
use super::sandbox::{Sandbox, findings, list, text};

/// jinja2 only: one medium finding that has a fix.
fn medium() -> Image {
    let path = format!("{SITE}/jinja2-3.1.2.dist-info/METADATA");
    single(Layer::new("x").file(&path, metadata("jinja2", "3.1.2")))
}

fn rules(report: &Value) -> Vec<String> {
    list(&report["verdict"], "reasons").iter().map(|r| text(r, "rule").to_owned()).collect()
}

#[test]
fn the_default_fails_on_what_is_exploited_or_bad_and_fixable() {
    let sandbox = Sandbox::new();
    let report = sandbox.haechi(["scan", &sandbox.image(&shop()), "-f", "json"]).exits(1).json();
    assert_eq!(text(&report["verdict"], "outcome"), "fail");
    assert_eq!(rules(&report), ["known-exploited", "severity"]);
    // bash is critical but nobody can mend it, so it is shown and does not count.
    let severity = &list(&report["verdict"], "reasons")[1];
    assert_eq!(list(severity, "findings").len(), 2);
    sandbox.haechi(["scan", &sandbox.image(&medium())]).exits(0).prints("PASS");
}

#[test]
fn fail_on_sets_the_gate() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&medium());
    sandbox.haechi(["scan", &image, "--fail-on", "medium"]).exits(1).prints("FAIL");
    sandbox.haechi(["scan", &image, "--fail-on", "high"]).exits(0);
    sandbox.haechi(["scan", &image, "--fail-on", "none"]).exits(0);
    sandbox.haechi(["scan", &image, "--fail-on", "awful"]).exits(2).tells("critical, high");
    let unfixed = sandbox.image(&single(
        Layer::new("x")
            .file(
                "var/lib/dpkg/status",
                "Package: bash\nStatus: install ok installed\nVersion: 5\n\n",
            )
            .file("etc/os-release", super::content::DEBIAN),
    ));
    sandbox.haechi(["scan", &unfixed]).exits(0);
    sandbox.haechi(["scan", &unfixed, "--fail-on", "critical"]).exits(1);
    sandbox.haechi(["scan", &unfixed, "--fail-on", "critical", "--ignore-unfixed"]).exits(0);
}

#[test]
fn severity_and_unfixed_filter_what_is_shown_and_counted() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&shop());
    let shown = |more: &[&str]| findings(&sandbox.report(&image, more));
    assert_eq!(shown(&["--severity", "critical"]), ["CVE-2099-0002 bash"]);
    assert_eq!(
        shown(&["--severity", "CRITICAL,medium"]),
        ["CVE-2099-0002 bash", "CVE-2099-1001 jinja2"]
    );
    assert_eq!(
        shown(&["--ignore-unfixed"]),
        ["CVE-2099-2001 lodash", "CVE-2099-0001 libssl3", "CVE-2099-1001 jinja2"]
    );
    sandbox.haechi(["scan", &image, "--severity", "medium"]).exits(0);
    sandbox.haechi(["scan", &image, "--severity", "awful"]).exits(2).tells("severity is one of");
}

#[test]
fn exit_code_replaces_only_the_code_of_fail() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&shop());
    sandbox.haechi(["scan", &image, "--exit-code", "42"]).exits(42);
    sandbox.haechi(["scan", &image, "--exit-code", "0"]).exits(0).prints("FAIL");
    let sandbox = sandbox.with("HAECHI_EXIT_CODE", "17");
    sandbox.haechi(["scan", &image]).exits(17);
    sandbox.haechi(["scan", &sandbox.image(&medium())]).exits(0);
    sandbox.haechi(["scan", "absent.tar"]).exits(2);
}

#[test]
fn the_policy_file_of_the_working_directory_or_the_flag_decides() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&medium());
    sandbox.work("haechi.yaml", "failOn:\n  severity: medium\n");
    sandbox.haechi(["scan", &image]).exits(1);
    sandbox.haechi(["scan", &image, "--fail-on", "high"]).exits(0);
    let other =
        sandbox.input("other.yaml", "failOn:\n  severity: none\n  exploitProbability: 0.7\n");
    let report = sandbox.haechi(["scan", &image, "-f", "json", "--policy", &other]).exits(1).json();
    assert_eq!(rules(&report), ["exploit-probability"]);
    let quiet = sandbox.input("quiet.yaml", "failOn:\n  knownExploited: false\n  severity: none\n");
    sandbox.haechi(["scan", &sandbox.image(&shop()), "--policy", &quiet]).exits(0);
    let broken = sandbox.input("broken.yaml", "failOn:\n  severty: none\n");
    sandbox
        .haechi(["scan", &image, "--policy", &broken])
        .exits(2)
        .tells("broken.yaml")
        .tells("severty");
    sandbox.haechi(["scan", &image, "--policy", "absent.yaml"]).exits(2).tells("absent.yaml");
}

const EXCEPTIONS: &str = "\
exceptions:
  - id: CVE-2099-2001
    reason: the template function is never called
    expires: 2999-01-31
  - id: DEBIAN-CVE-2099-0001
    reason: waiting for the next base image
    expires: 2999-01-31
    scope:
      package: pkg:deb/debian/libssl3@*
      path: var/lib/dpkg/*
  - id: CVE-2099-0002
    reason: accepted last year
    expires: 2020-01-31
  - id: CVE-2099-1001
    reason: only in the test image
    expires: 2999-01-31
    scope:
      subject: registry.example.com/test/*
";

#[test]
fn exceptions_suppress_within_scope_and_time_and_the_rest_is_listed() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&shop());
    sandbox.work("haechi.yaml", EXCEPTIONS);
    let report = sandbox.haechi(["scan", &image, "-f", "json"]).exits(0).json();
    let suppressed: Vec<String> = list(&report, "findings")
        .iter()
        .filter(|finding| !finding["suppressed"].is_null())
        .map(|f| format!("{} {}", text(f, "id"), text(&f["suppressed"], "by")))
        .collect();
    assert_eq!(suppressed, ["CVE-2099-2001 haechi.yaml:2", "CVE-2099-0001 haechi.yaml:5"]);
    let states: Vec<&str> =
        list(&report["verdict"], "exceptions").iter().map(|e| text(e, "state")).collect();
    assert_eq!(states, ["used", "used", "expired", "unused"]);
    sandbox
        .haechi(["scan", &image])
        .exits(0)
        .prints("the template function is never called [haechi.yaml:2]")
        .prints("expired on 2020-01-31")
        .prints("unused: remove it");
    sandbox.work("haechi.yaml", "exceptions:\n  - id: CVE-2099-2001\n    expires: 2999-01-31\n");
    sandbox.haechi(["scan", &image]).exits(2).tells("haechi.yaml").tells("reason");
}

#[test]
fn what_could_not_be_examined_counts_where_the_policy_asks() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&single(
        Layer::new("x").file("srv/node_modules/lodash/package.json", "{ \"name\": "),
    ));
    sandbox.haechi(["scan", &image]).exits(0).prints("Not examined");
    sandbox.work("haechi.yaml", "failOn:\n  incomplete: true\n");
    let report = sandbox.haechi(["scan", &image, "-f", "json"]).exits(3).json();
    assert_eq!(text(&report["verdict"], "outcome"), "incomplete");
    let broken = Layer::new("x").file("srv/node_modules/a/package.json", "{");
    let both =
        single(broken.file("srv/node_modules/lodash/package.json", module("lodash", "4.17.20")));
    sandbox.haechi(["scan", &sandbox.image(&both), "--exit-code", "9"]).exits(9);
}

#[test]
fn packages_that_no_advisory_could_judge_are_not_examined() {
    let sandbox = Sandbox::bare();
    let source = sandbox.path("input/advisories");
    advisories::write(&source);
    std::fs::remove_dir_all(source.join("npm")).unwrap();
    sandbox.haechi(["db", "import", source.to_str().unwrap()]).exits(0);
    let report = sandbox.report(&sandbox.image(&shop()), &["--offline"]);
    let problems = super::sandbox::not_examined(&report);
    assert!(
        problems.iter().any(|p| p.starts_with("npm: no advisories, so 1 package is not judged")),
        "{problems:?}"
    );
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the age of a file is relative to the real clock")]
fn old_advisories_warn_and_beyond_the_allowed_age_refuse() {
    let sandbox = Sandbox::bare();
    let source = sandbox.path("input/advisories/PyPI");
    advisories::write(source.parent().unwrap());
    let old = SystemTime::now() - Duration::from_hours(20 * 24 + 1);
    for file in super::sandbox::files(&source) {
        let times = FileTimes::new().set_modified(old);
        File::options().write(true).open(file).unwrap().set_times(times).unwrap();
    }
    sandbox.haechi(["db", "import", source.parent().unwrap().to_str().unwrap()]).exits(0);
    sandbox.haechi(["db", "status"]).exits(0).prints("20 d");
    let image = sandbox.image(&medium());
    sandbox.haechi(["scan", &image]).exits(0).tells("advisory data is 20 days old");
    let report =
        sandbox.haechi(["scan", &image, "--max-db-age", "7", "-f", "json"]).exits(4).json();
    assert_eq!(text(&report["verdict"], "outcome"), "stale");
    sandbox
        .haechi(["scan", &image, "--max-db-age", "7"])
        .exits(4)
        .prints("20 days old, 7 are allowed");
    let run = sandbox.haechi(["scan", &image, "--max-db-age", "30"]).exits(0);
    assert!(run.stderr.is_empty(), "{}", run.stderr);
    let fresh = single(
        Layer::new("x").file("a/node_modules/lodash/package.json", module("lodash", "4.17.21")),
    );
    sandbox.haechi(["scan", &sandbox.image(&fresh), "--max-db-age", "7"]).exits(0);
    sandbox.work("haechi.yaml", "maxDbAgeDays: 3\n");
    sandbox.haechi(["scan", &sandbox.image(&medium())]).exits(4);
}
