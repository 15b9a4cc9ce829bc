//! `haechi explain`: why, why not, and what a rule means.

use super::content::shop;
use super::sandbox::Sandbox;

fn reported(sandbox: &Sandbox) -> String {
    let path = sandbox.path("input/report.json");
    let image = sandbox.docker("shop:1.0", &shop());
    sandbox.haechi(["scan", &image, "-f", "json", "-o", path.to_str().unwrap()]).exits(1);
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_finding_is_explained_by_any_of_its_names() {
    let sandbox = Sandbox::new();
    let report = reported(&sandbox);
    for name in ["CVE-2099-2001", "cve-2099-2001", "GHSA-dddd-eeee-ffff"] {
        sandbox
            .haechi(["explain", name, "--in", &report])
            .exits(0)
            .prints("CVE-2099-2001 (high)")
            .prints("in lodash 4.17.20")
            .prints("srv/node_modules/lodash/package.json")
            .prints("made by COPY node_modules /srv/node_modules")
            .prints("known to be exploited")
            .prints("upgrade lodash to 4.17.21")
            // The advisory that decided, with the range that holds the version.
            .prints("GHSA-dddd-eeee-ffff");
    }
}

#[test]
fn the_absence_of_a_finding_is_explained_too() {
    let sandbox = Sandbox::new();
    let image = sandbox.docker(
        "shop:1.0",
        &super::content::single(testkit::image::Layer::new("x").file(
            "srv/node_modules/lodash/package.json",
            super::content::module("lodash", "4.17.21"),
        )),
    );
    let path = sandbox.path("input/report.json");
    let report = path.to_str().unwrap();
    sandbox.haechi(["scan", &image, "-f", "json", "-o", report]).exits(0);
    sandbox
        .haechi(["explain", "CVE-2099-2001", "--in", report])
        .exits(0)
        .prints("CVE-2099-2001: not in the report")
        .prints("lodash 4.17.21: ")
        .prints("4.17.21");
    sandbox
        .haechi(["explain", "CVE-2099-2002", "--in", report])
        .exits(0)
        .prints("speaks of marked in npm, which is none of the report");
}

#[test]
fn a_suppressed_finding_says_who_decided() {
    let sandbox = Sandbox::new();
    sandbox.work("haechi.yaml", "exceptions:\n  - id: CVE-2099-1001\n    reason: no foreign templates\n    expires: 2999-01-01\n");
    let report = reported(&sandbox);
    sandbox
        .haechi(["explain", "CVE-2099-1001", "--in", &report])
        .exits(0)
        .prints("does not count: no foreign templates [haechi.yaml:2]");
}

#[test]
fn a_rule_is_explained_without_a_report() {
    let sandbox = Sandbox::bare();
    sandbox.haechi(["explain", "known-exploited"]).exits(0).prints("CISA");
    sandbox.haechi(["explain", "no-such-thing"]).exits(2).tells("--in REPORT");
}

#[test]
fn a_report_that_is_none_is_refused() {
    let sandbox = Sandbox::new();
    for (name, text) in [("broken.json", "{"), ("other.json", "{\"a\": 1}"), ("empty.json", "")] {
        let path = sandbox.input(name, text);
        sandbox.haechi(["explain", "CVE-1", "--in", &path]).exits(2).tells(name);
    }
    sandbox.haechi(["explain", "CVE-1", "--in", "absent.json"]).exits(2).tells("absent.json");
}
