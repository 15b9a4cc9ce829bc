//! Records in, vulnerabilities out: the OSV schema's rules over a real database folder.

mod reference;

use model::Severity;

use super::*;
use crate::signal::{build_exploited, build_forecast};
use crate::store::build::Builder;

/// A database of the records, each in the file of its first package's ecosystem.
fn database(records: &[&str]) -> (tempfile::TempDir, Database) {
    let folder = tempfile::tempdir().unwrap();
    let mut builders: BTreeMap<String, Builder> = BTreeMap::new();
    for (at, record) in records.iter().enumerate() {
        let value: serde_json::Value = serde_json::from_str(record).unwrap();
        let ecosystem = value["affected"][0]["package"]["ecosystem"].as_str().unwrap();
        let name = ecosystem.split(':').next().unwrap();
        let builder =
            builders.entry(name.to_owned()).or_insert_with(|| Builder::new(name).unwrap());
        builder.add(&at.to_string(), record.as_bytes());
        assert_eq!(builder.faults, [""; 0]);
    }
    for (name, builder) in builders {
        builder.finish(&folder.path().join(file_name(&name)), 0).unwrap();
    }
    let database = Database::open(folder.path()).unwrap();
    (folder, database)
}

fn package(ecosystem: &str, name: &str, version: &str) -> Package {
    Package {
        purl: Purl::parse("pkg:generic/any@1").unwrap(),
        name: name.to_owned(),
        version: version.to_owned(),
        ecosystem: Ecosystem::new(ecosystem),
        source_name: None,
        source_version: None,
        licenses: Vec::new(),
        locations: Vec::new(),
    }
}

fn ids(database: &Database, package: &Package) -> Vec<String> {
    database.matches(package).0.into_iter().map(|found| found.id.to_owned()).collect()
}

fn record(id: &str, ecosystem: &str, name: &str, fixed: &str) -> String {
    format!(
        r#"{{"id":"{id}","affected":[{{"package":{{"ecosystem":"{ecosystem}","name":"{name}"}},
        "ranges":[{{"type":"ECOSYSTEM","events":[{{"introduced":"0"}},{{"fixed":"{fixed}"}}]}}]}}]}}"#
    )
}

#[test]
fn only_records_of_the_packages_own_release_count() {
    let all = [
        record("D-11", "Debian:11", "a", "2"),
        record("D-12", "Debian:12", "a", "2"),
        record("D-all", "Debian", "a", "2"),
        record("U-lts", "Ubuntu:22.04:LTS", "a", "2"),
        record("U-pro", "Ubuntu:Pro:22.04:LTS", "a", "2"),
        record("R-9", "Red Hat:enterprise_linux:9::appstream", "a", "2-1"),
        record("R-eus", "Red Hat:rhel_eus:9.2::appstream", "a", "2-1"),
        record("S-15", "SUSE:Linux Enterprise Module for Basesystem 15 SP5", "a", "2-1"),
        record("A-320", "Alpine:v3.20", "a", "2-r0"),
        record("A-319", "Alpine:v3.19", "a", "2-r0"),
    ];
    let (_folder, database) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (ecosystem, version, wanted) in [
        ("Debian:12", "1", vec!["D-12", "D-all"]),
        ("Ubuntu:22.04", "1", vec!["U-lts"]),
        ("Red Hat:9", "1-1", vec!["R-9"]),
        ("SUSE:Linux Enterprise Server 15 SP5", "1-1", vec!["S-15"]),
        ("Alpine:v3.20", "1-r0", vec!["A-320"]),
        ("Debian:12", "2", vec![]),
        ("Fedora:40", "1", vec![]),
    ] {
        assert_eq!(ids(&database, &package(ecosystem, "a", version)), wanted, "{ecosystem}");
    }
}

#[test]
fn a_release_that_no_record_speaks_of_is_not_covered() {
    let all = [
        record("A", "Alpine:v3.11", "a", "2-r0"),
        record("U", "Ubuntu:22.04:LTS", "a", "2"),
        record("D", "Debian", "a", "2"),
        record("N", "npm", "a", "2.0.0"),
    ];
    let (_folder, database) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (ecosystem, wanted) in [
        ("Alpine:v3.11", true),
        ("Alpine:v3.20", false),
        ("Alpine", true),
        ("Ubuntu:22.04", true),
        ("Ubuntu:24.04", false),
        ("Debian:12", true),
        ("npm", true),
        ("PyPI", false),
    ] {
        assert_eq!(database.covers(&Ecosystem::new(ecosystem)), wanted, "{ecosystem}");
    }
}

#[test]
fn an_answer_without_knowledge_says_so() {
    let all = [
        record("A", "Alpine:v3.11", "a", "2-r0"),
        record("N", "npm", "a", "2.0.0"),
        record("P", "Packagist", "a/b", "2"),
    ];
    let (_folder, database) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (purl, hits, problem) in [
        ("pkg:npm/a@1.0.0", 1, None),
        ("pkg:npm/b@1.0.0", 0, None),
        ("pkg:npm/a", 0, Some("no version")),
        ("pkg:npm/a@latest", 0, Some("does not compare")),
        ("pkg:pypi/a@1", 0, Some("no advisories for PyPI in")),
        ("pkg:apk/alpine/a@1-r0?distro=3.20.3", 0, Some("no advisories for Alpine v3.20 in")),
        ("pkg:rpm/fedora/a@1?distro=fedora-40", 0, Some("of this kind")),
    ] {
        let (found, told) = database.query(&Purl::parse(purl).unwrap());
        assert_eq!((found.len(), told.is_some()), (hits, problem.is_some()), "{purl}");
        assert!(told.unwrap_or_default().contains(problem.unwrap_or_default()), "{purl}");
    }
}

#[test]
fn distributions_are_asked_by_the_name_that_their_advisories_use() {
    let all = [
        record("D", "Debian:12", "openssl", "3.0.9-1"),
        record("A", "Alpine:v3.20", "openssl", "3.3-r0"),
        record("W", "Wolfi", "openssl", "3.3-r0"),
        record("L", "AlmaLinux:9", "openssl-libs", "1:3.0.7-2"),
        record("R", "Rocky Linux:9", "openssl", "1:3.0.7-2"),
        record("H", "Red Hat:enterprise_linux:9::baseos", "openssl-libs", "1:3.0.7-2"),
        record("S", "openSUSE:Leap 15.6", "openssl-3", "3.1-2"),
    ];
    let (_folder, database) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (ecosystem, binary, source, version, wanted) in [
        ("Debian:12", "libssl3", "openssl", "3.0.8-1", "D"),
        ("Alpine:v3.20", "libssl3", "openssl", "3.2-r0", "A"),
        ("Wolfi", "libssl3", "openssl", "3.2-r0", "W"),
        ("AlmaLinux:9", "openssl-libs", "openssl", "1:3.0.7-1", "L"),
        ("Rocky Linux:9", "openssl-libs", "openssl", "1:3.0.7-1", "R"),
        ("Red Hat:9", "openssl-libs", "openssl", "1:3.0.7-1", "H"),
        ("openSUSE:Leap 15.6", "libopenssl3", "openssl-3", "3.1-1", "S"),
    ] {
        let mut one = package(ecosystem, binary, version);
        one.source_name = Some(source.to_owned());
        assert_eq!(ids(&database, &one), [wanted]);
    }
    // The source's own version decides, not the binary's: a rebuild has `+b1`, others count on their own.
    let mut rebuilt = package("Debian:12", "libssl3", "99:1");
    rebuilt.source_name = Some("openssl".to_owned());
    rebuilt.source_version = Some("3.0.8-1".to_owned());
    assert_eq!(ids(&database, &rebuilt), ["D"]);
}

#[test]
fn names_are_compared_as_each_ecosystem_compares_them() {
    let all = [
        record("P", "PyPI", "Zope.Interface", "2"),
        record("N", "NuGet", "Newtonsoft.Json", "2"),
        record("C", "Packagist", "Vendor/Package", "2"),
        record("M", "Maven", "org.x:Y", "2"),
        record("G", "Go", "github.com/A/b", "2.0.0"),
        record("E", "npm", "JSONStream", "2.0.0"),
    ];
    let (_folder, database) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    for (ecosystem, name, wanted) in [
        ("PyPI", "zope_interface", vec!["P"]),
        ("NuGet", "newtonsoft.json", vec!["N"]),
        ("Packagist", "vendor/package", vec!["C"]),
        ("Maven", "org.x:Y", vec!["M"]),
        ("Maven", "org.x:y", vec![]),
        ("Go", "github.com/A/b", vec!["G"]),
        ("Go", "github.com/a/b", vec!["G"]),
        ("npm", "JSONStream", vec!["E"]),
        ("npm", "jsonstream", vec![]),
    ] {
        assert_eq!(
            ids(&database, &package(ecosystem, name, "1.0.0")),
            wanted,
            "{ecosystem} {name}"
        );
    }
}

#[test]
fn withdrawn_records_do_not_count() {
    let gone = r#"{"id":"X","withdrawn":"2024-01-01T00:00:00Z","affected":[{"package":
        {"ecosystem":"npm","name":"a"},"versions":["1.0.0"]}]}"#;
    let (_folder, database) = database(&[gone]);
    assert!(ids(&database, &package("npm", "a", "1.0.0")).is_empty());
    let lines = database.explain(&package("npm", "a", "1.0.0"), "x");
    assert!(lines.len() == 1 && lines[0].contains("withdrawn"), "{lines:?}");
}

#[test]
fn the_standard_library_is_a_module_and_prereleases_of_go_are_below_the_release() {
    let go = r#"{"id":"GO-1","aliases":["CVE-2024-1"],"affected":[
        {"package":{"ecosystem":"Go","name":"stdlib"},"ranges":[{"type":"SEMVER","events":[
        {"introduced":"0"},{"fixed":"1.21.9"},{"introduced":"1.22.0-0"},{"fixed":"1.22.2"}]}]},
        {"package":{"ecosystem":"Go","name":"toolchain"},"ranges":[{"type":"SEMVER","events":[
        {"introduced":"0"}]}]}]}"#;
    let (_folder, database) = database(&[go]);
    for (name, version, hit) in [
        ("stdlib", "1.21.8", true),
        ("stdlib", "1.21.9", false),
        ("stdlib", "1.22.0-rc.1", true),
        ("stdlib", "1.22.0", true),
        ("stdlib", "1.22.2", false),
        ("toolchain", "1.22.2", true),
        ("example.com/x", "v1.0.0", false),
    ] {
        assert_eq!(
            !ids(&database, &package("Go", name, version)).is_empty(),
            hit,
            "{name} {version}"
        );
    }
}

#[test]
fn errata_give_one_finding_for_each_cve_and_a_single_cve_is_the_id() {
    let two = r#"{"id":"ALSA-2024:1","related":["CVE-2024-1","CVE-2024-2","RHSA-2024:1"],"affected":[{"package":
        {"ecosystem":"AlmaLinux:9","name":"a"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2-1"}]}]}]}"#;
    let one = r#"{"id":"DSA-1-1","upstream":["CVE-2024-3"],"affected":[{"package":
        {"ecosystem":"Debian:12","name":"b"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2-1"}]}]}]}"#;
    let same = r#"{"id":"DEBIAN-CVE-2024-3","upstream":["CVE-2024-3"],"affected":[{"package":
        {"ecosystem":"Debian:12","name":"b"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2-2"}]}]}]}"#;
    let (_folder, database) = database(&[two, one, same]);
    let found = database.matches(&package("AlmaLinux:9", "a", "1-1")).0;
    assert_eq!(found.iter().map(|one| one.id).collect::<Vec<_>>(), ["CVE-2024-1", "CVE-2024-2"]);
    assert_eq!(found[0].aliases, ["ALSA-2024:1"]);
    let found = database.matches(&package("Debian:12", "b", "1-1")).0;
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id, "CVE-2024-3");
    assert_eq!(found[0].aliases, ["DEBIAN-CVE-2024-3", "DSA-1-1"]);
    assert_eq!(found[0].fixed_versions, ["2-2"]);
}

#[test]
fn errata_rate_in_their_summary_and_plain_mistakes_are_none() {
    let errata = |id: &str, summary: &str, related: &str| {
        let one = record(id, "AlmaLinux:9", "a", "2-1");
        one.replacen('{', &format!(r#"{{"summary":"{summary}","related":[{related}],"#), 1)
    };
    let all = [
        errata("ALSA-2024:1", "Important: a security update", r#""CVE-2024-1""#),
        errata("ALSA-2024:2", "Notes: a security update", r#""CVE-2024-2""#),
        errata("ALBA-2024:3", "a bug fix update", ""),
        errata("ALEA-2024:4", "a enhancement update", r#""CVE-2024-4""#),
    ];
    let (_folder, database) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let found = database.matches(&package("AlmaLinux:9", "a", "1-1")).0;
    let found: Vec<_> = found.iter().map(|one| (one.id, one.severity)).collect();
    let unknown = Severity::Unknown;
    let wanted = [("CVE-2024-1", Severity::High), ("CVE-2024-2", unknown), ("CVE-2024-4", unknown)];
    assert_eq!(found, wanted);
}

/// Work that grows with the square of what a record holds would take minutes here.
#[test]
fn a_record_with_very_many_ranges_is_built_and_asked_in_little_time() {
    let ranges: Vec<String> = (0..1_900)
        .map(|at| {
            let events: Vec<String> = (0..20)
                .map(|event| {
                    format!(r#"{{"introduced":"{event}.{at}.0"}},{{"fixed":"{event}.{at}.5"}}"#)
                })
                .collect();
            format!(r#"{{"type":"SEMVER","events":[{}]}}"#, events.join(","))
        })
        .collect();
    let versions: Vec<String> = (0..20_000).map(|at| format!(r#""1.{at}.9""#)).collect();
    let one = format!(
        r#"{{"id":"X","affected":[{{"package":{{"ecosystem":"npm","name":"a"}},"ranges":[{}],"versions":[{}]}}]}}"#,
        ranges.join(","),
        versions.join(",")
    );
    let (_folder, database) = database(&[&one]);
    assert_eq!(ids(&database, &package("npm", "a", "1.7.2")), ["X"]);
    assert_eq!(ids(&database, &package("npm", "a", "1.7.9")), ["X"]);
}

#[test]
fn signals_are_joined_through_aliases() {
    let ghsa = r#"{"id":"GHSA-1","aliases":["CVE-2024-1"],"severity":[{"type":"CVSS_V3",
        "score":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},{"type":"CVSS_V4",
        "score":"CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}],"affected":[{"package":
        {"ecosystem":"npm","name":"a"},"versions":["1.0.0"]}]}"#;
    let (folder, _database) = database(&[ghsa]);
    let kev = br#"{"vulnerabilities":[{"cveID":"CVE-2024-1","dateAdded":"2024-01-01"}]}"#;
    build_exploited(&kev[..], &folder.path().join(EXPLOITED)).unwrap();
    let epss = b"cve,epss,percentile\nCVE-2024-1,0.5,0.9\n";
    build_forecast(&epss[..], &folder.path().join(FORECAST)).unwrap();
    let database = Database::open(folder.path()).unwrap();
    let found = database.matches(&package("npm", "a", "1.0.0")).0;
    assert_eq!((found[0].kev, found[0].epss), (true, Some(0.5)));
    assert_eq!(found[0].severity, Severity::Critical);
    assert!(found[0].cvss.as_ref().unwrap().vector.starts_with("CVSS:4.0"));
}

#[test]
fn a_record_that_takes_too_much_is_refused_and_the_rest_counts() {
    let named = r#""package":{"ecosystem":"npm","name":"a"}"#;
    let many = |value: &str, count: usize| vec![value; count].join(",");
    let mut builder = Builder::new("npm").unwrap();
    for bad in [
        format!(r#"{{"id":"X","affected":[{}]}}"#, many("{}", 50_001)),
        format!(r#"{{"id":"X","affected":[{{{named},"versions":[{}]}}]}}"#, many("\"1\"", 20_001)),
        format!(
            r#"{{"id":"X","affected":[{{{named},"ranges":[{{"events":[{}]}}]}}]}}"#,
            many("{}", 2_001)
        ),
        format!(r#"{{"id":"X","aliases":[{}]}}"#, many("\"Y\"", 10_001)),
        format!(r#"{{"id":"X","summary":"{}"}}"#, "x".repeat(9 << 20)),
    ] {
        builder.add("bad", bad.as_bytes());
    }
    assert_eq!((builder.malformed, builder.faults.len()), (5, 5));
    let long = format!(
        r#"{{"id":"L","summary":"{}","affected":[{{{named},"versions":["1.0.0"]}}]}}"#,
        "\u{e9}".repeat(1 << 20)
    );
    builder.add("long", long.as_bytes());
    let folder = tempfile::tempdir().unwrap();
    builder.finish(&folder.path().join(file_name("npm")), 0).unwrap();
    let database = Database::open(folder.path()).unwrap();
    let found = database.matches(&package("npm", "a", "1.0.0")).0;
    assert_eq!((found[0].id, found[0].summary.len()), ("L", 1 << 10));
}

#[test]
fn a_version_that_does_not_compare_is_told() {
    let one = record("X", "Packagist", "a/b", "2");
    let (_folder, database) = database(&[&one]);
    let (found, problems) = database.matches(&package("Packagist", "a/b", "dev-master"));
    assert!(found.is_empty() && problems.len() == 1);
}

#[test]
fn a_damaged_file_is_told_and_never_gives_a_wrong_answer() {
    let all: Vec<String> = (0..40)
        .map(|at| record(&format!("X-{at}"), "npm", &format!("name-{at}"), "2.0.0"))
        .collect();
    let (folder, whole) = database(&all.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(ids(&whole, &package("npm", "name-7", "1.0.0")), ["X-7"]);
    let path = folder.path().join(file_name("npm"));
    let bytes = std::fs::read(&path).unwrap();
    for at in 0..bytes.len() {
        for bits in [0xff, 0x01] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bits;
            std::fs::write(&path, &flipped).unwrap();
            let Ok(database) = Database::open(folder.path()) else { continue };
            assert!(Store::open(&path).unwrap().verify().is_err(), "{at}");
            for (name, wanted) in
                [("name-7", vec!["X-7"]), ("name-11", vec!["X-11"]), ("none", vec![])]
            {
                let (found, problems) = database.matches(&package("npm", name, "1.0.0"));
                let found: Vec<&str> = found.iter().map(|found| found.id).collect();
                assert!(found == wanted || !problems.is_empty(), "{at} {name}");
            }
        }
    }
    for cut in (0..bytes.len()).step_by(7) {
        std::fs::write(&path, &bytes[..cut]).unwrap();
        assert!(Database::open(folder.path()).is_err(), "{cut}");
    }
}
