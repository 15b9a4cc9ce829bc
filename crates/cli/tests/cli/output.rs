//! What is printed, where, and that it stays the same.

use std::path::Path;

use serde_json::{Value, json};

use super::content::{SHOP_FINDINGS, shop};
use super::sandbox::{Run, Sandbox, findings, list, text};

/// Compares with a file under `testdata/cli`; `UPDATE_EXPECT=1` rewrites it.
#[expect(clippy::disallowed_methods, reason = "the developer asks for a rewrite")]
fn expect(name: &str, actual: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/cli").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(actual, expected, "UPDATE_EXPECT=1 rewrites {}", path.display());
}

/// The shop as a docker-archive, whose name and digest do not depend on where it lies.
fn scan(sandbox: &Sandbox, more: &[&str]) -> Run {
    let image = sandbox.docker("shop:1.0", &shop());
    sandbox.haechi([&["scan", image.as_str()], more].concat())
}

#[test]
fn the_table_is_as_agreed() {
    let sandbox = Sandbox::new();
    sandbox.work("haechi.yaml", "exceptions:\n  - id: CVE-2099-1001\n    reason: no templates from users\n    expires: 2999-12-31\n  - id: CVE-1\n    reason: old\n    expires: 2020-01-01\n");
    let run = scan(&sandbox, &[]).exits(1);
    expect("shop.table.txt", &run.stdout);
    assert_eq!(run.stderr, "");
}

#[test]
fn the_json_report_is_as_agreed() {
    let sandbox = Sandbox::new();
    let run = scan(&sandbox, &["-f", "json"]).exits(1);
    let mut report = run.json();
    for key in ["databaseAgeDays", "haechiVersion", "inventoryFromCache", "scannedAt"] {
        assert!(report["meta"][key].is_string(), "{key}");
        report["meta"][key] = Value::from("...");
    }
    expect("shop.json", &(serde_json::to_string_pretty(&report).unwrap() + "\n"));
}

#[test]
fn two_runs_are_byte_equal_outside_meta() {
    let sandbox = Sandbox::new();
    for format in ["json", "sarif", "table"] {
        let without_meta = |run: Run| -> String {
            let mut lines: Vec<&str> = run.stdout.lines().collect();
            lines.retain(|line| !line.contains("\"scannedAt\""));
            lines.join("\n")
        };
        let first = without_meta(scan(&sandbox, &["-f", format, "--no-cache"]));
        let second = without_meta(scan(&sandbox, &["-f", format, "--no-cache"]));
        assert_eq!(first, second, "{format}");
    }
}

#[test]
fn every_field_of_the_contract_is_there() {
    let sandbox = Sandbox::new();
    let report = scan(&sandbox, &["-f", "json"]).json();
    let has = |object: &Value, keys: &[&str]| {
        for key in keys {
            assert!(object.get(key).is_some(), "{key} is missing in {object}");
        }
    };
    has(
        &report,
        &["schemaVersion", "subject", "packages", "findings", "notExamined", "verdict", "meta"],
    );
    assert_eq!(report["schemaVersion"], 1);
    has(&report["subject"], &["kind", "name", "digest", "os"]);
    has(&report["subject"]["os"], &["id", "version"]);
    let package = [
        "purl",
        "name",
        "version",
        "ecosystem",
        "sourceName",
        "sourceVersion",
        "licenses",
        "locations",
    ];
    for item in list(&report, "packages") {
        has(item, &package);
        for place in list(item, "locations") {
            has(place, &["path", "line", "layer"]);
            has(&place["layer"], &["digest", "createdBy"]);
        }
    }
    let finding = [
        "kind",
        "id",
        "aliases",
        "severity",
        "message",
        "fix",
        "package",
        "fixedVersions",
        "status",
        "cvss",
        "kev",
        "epss",
        "location",
        "controls",
        "suppressed",
        "fingerprint",
    ];
    for item in list(&report, "findings") {
        has(item, &finding);
        has(&item["package"], &["purl", "name", "version"]);
        let place = ["path", "startLine", "startColumn", "endLine", "endColumn", "object", "layer"];
        has(&item["location"], &place);
        has(&item["cvss"], &["vector", "score"]);
        if !item["fix"].is_null() {
            has(&item["fix"], &["summary", "command", "edits"]);
        }
    }
    has(&report["verdict"], &["outcome", "reasons"]);
    let prints: Vec<&str> =
        list(&report, "findings").iter().map(|f| text(f, "fingerprint")).collect();
    for reason in list(&report["verdict"], "reasons") {
        has(reason, &["rule", "message", "findings"]);
        for print in list(reason, "findings") {
            assert!(prints.contains(&print.as_str().unwrap()));
        }
    }
    let purls: Vec<&str> = list(&report, "packages").iter().map(|p| text(p, "purl")).collect();
    assert!(purls.is_sorted(), "{purls:?}");
}

#[test]
fn aliases_are_one_finding_under_the_cve_id() {
    let sandbox = Sandbox::new();
    let report = scan(&sandbox, &["-f", "json"]).json();
    assert_eq!(findings(&report), SHOP_FINDINGS);
    let jinja = &list(&report, "findings")[3];
    assert_eq!(jinja["aliases"], json!(["GHSA-aaaa-bbbb-cccc", "PYSEC-2099-1"]));
    assert_eq!(jinja["epss"], json!(0.75));
    let lodash = &list(&report, "findings")[0];
    assert_eq!(lodash["kev"], json!(true));
    assert_eq!(lodash["fixedVersions"], json!(["4.17.21"]));
    assert_eq!(list(&report, "findings")[1]["status"], "affected");
}

#[test]
fn sarif_is_whole_and_its_fingerprints_are_the_reports() {
    let sandbox = Sandbox::new();
    let report = scan(&sandbox, &["-f", "json"]).json();
    let sarif = scan(&sandbox, &["-f", "sarif"]).exits(1).json();
    assert_eq!(sarif["version"], "2.1.0");
    let run = &sarif["runs"][0];
    let results = list(run, "results");
    let prints: Vec<&str> =
        results.iter().map(|r| text(&r["partialFingerprints"], "haechi/v1")).collect();
    let expected: Vec<&str> =
        list(&report, "findings").iter().map(|f| text(f, "fingerprint")).collect();
    assert_eq!(prints, expected);
    for result in results {
        let at = usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap();
        assert_eq!(run["tool"]["driver"]["rules"][at]["id"], result["ruleId"]);
    }
}

#[test]
fn a_file_takes_the_report_and_standard_output_stays_empty() {
    let sandbox = Sandbox::new();
    for format in ["json", "sarif", "table"] {
        let path = sandbox.path("input/report");
        let target = path.to_str().unwrap();
        let run = scan(&sandbox, &["-f", format, "-o", target]).exits(1);
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written.contains("lodash"), "{format}");
        assert!(!written.contains('\u{1b}'));
    }
    scan(&sandbox, &["-o", "absent/folder/report"]).exits(2).tells("absent/folder/report");
}

#[test]
fn no_colour_leaves_a_pipe_or_a_terminal_that_wants_none() {
    let sandbox = Sandbox::new();
    assert!(!scan(&sandbox, &[]).stdout.contains('\u{1b}'));
    let coloured = Sandbox::new().with("CLICOLOR_FORCE", "1");
    assert!(scan(&coloured, &[]).stdout.contains('\u{1b}'));
    let plain = Sandbox::new().with("NO_COLOR", "1").with("TERM", "xterm-256color");
    assert!(!scan(&plain, &[]).stdout.contains('\u{1b}'));
}

#[test]
fn the_format_may_come_from_the_environment_and_the_flag_wins() {
    let sandbox = Sandbox::new().with("HAECHI_FORMAT", "json");
    assert_eq!(scan(&sandbox, &[]).json()["schemaVersion"], 1);
    scan(&sandbox, &["-f", "table"]).prints("FAIL");
}

#[test]
fn wrong_usage_is_exit_code_2_and_help_is_0() {
    let sandbox = Sandbox::bare();
    sandbox.haechi(["scan"]).exits(2).tells("TARGET");
    sandbox.haechi(["scan", "x", "--no-such-flag"]).exits(2).tells("--no-such-flag");
    sandbox.haechi(["dance"]).exits(2).tells("dance");
    sandbox.haechi(["--help"]).exits(0).prints("scan");
    sandbox.haechi(["--version"]).exits(0).prints("haechi ");
    let empty: [&str; 0] = [];
    sandbox.haechi(empty).exits(0).prints("Nothing here");
}

#[test]
fn a_missing_database_names_the_command_that_mends_it() {
    let sandbox = Sandbox::bare();
    let image = sandbox.docker("shop:1.0", &shop());
    let run = sandbox.haechi(["scan", &image, "--offline"]).exits(2).tells("haechi db update");
    assert!(run.stdout.is_empty());
    sandbox.haechi(["scan", &image, "--skip-db-update"]).exits(2).tells("haechi db import DIR");
    sandbox.haechi(["db", "status"]).exits(2).tells("haechi db update");
    sandbox.haechi(["db", "query", "pkg:npm/lodash@1"]).exits(2).tells("haechi db update");
}
