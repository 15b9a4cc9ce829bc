//! The tests' own advisories: few, invented, and one for each thing that a verdict can depend on.

use std::fs;
use std::io::{Cursor, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use zip::write::{SimpleFileOptions, ZipWriter};

/// CVSS 3.1 base score 9.8.
const CRITICAL: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";

/// CVSS 3.1 base score 7.5.
const HIGH: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H";

/// CVSS 3.1 base score 5.3.
const MEDIUM: &str = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:L/I:N/A:N";

fn record(
    id: &str,
    aliases: &[&str],
    name: (&str, &str),
    vector: &str,
    fixed: Option<&str>,
) -> Value {
    let mut events = vec![json!({ "introduced": "0" })];
    events.extend(fixed.map(|fixed| json!({ "fixed": fixed })));
    let (ecosystem, package) = name;
    json!({
        "schema_version": "1.6.0",
        "id": id,
        "aliases": aliases,
        "modified": "2026-01-01T00:00:00Z",
        "summary": format!("{package} can be misused"),
        "severity": [{ "type": "CVSS_V3", "score": vector }],
        "affected": [{
            "package": { "ecosystem": ecosystem, "name": package },
            "ranges": [{ "type": "ECOSYSTEM", "events": events }],
        }],
    })
}

/// All records: folder of the ecosystem and content.
pub(super) fn records() -> Vec<(&'static str, Value)> {
    let debian = "Debian:12";
    vec![
        (
            "Debian",
            record(
                "DEBIAN-CVE-2099-0001",
                &["CVE-2099-0001"],
                (debian, "openssl"),
                HIGH,
                Some("3.0.11-1~deb12u2"),
            ),
        ),
        (
            "Debian",
            record("DEBIAN-CVE-2099-0002", &["CVE-2099-0002"], (debian, "bash"), CRITICAL, None),
        ),
        (
            "PyPI",
            record(
                "PYSEC-2099-1",
                &["CVE-2099-1001", "GHSA-aaaa-bbbb-cccc"],
                ("PyPI", "jinja2"),
                MEDIUM,
                Some("3.1.3"),
            ),
        ),
        (
            "PyPI",
            record(
                "GHSA-aaaa-bbbb-cccc",
                &["CVE-2099-1001"],
                ("PyPI", "jinja2"),
                MEDIUM,
                Some("3.1.3"),
            ),
        ),
        (
            "npm",
            record(
                "GHSA-dddd-eeee-ffff",
                &["CVE-2099-2001"],
                ("npm", "lodash"),
                HIGH,
                Some("4.17.21"),
            ),
        ),
        (
            "npm",
            record(
                "GHSA-gggg-hhhh-iiii",
                &["CVE-2099-2002"],
                ("npm", "marked"),
                CRITICAL,
                Some("4.0.10"),
            ),
        ),
        (
            "Alpine",
            record(
                "ALPINE-CVE-2099-3001",
                &["CVE-2099-3001"],
                ("Alpine:v3.19", "busybox"),
                HIGH,
                Some("1.36.1-r16"),
            ),
        ),
        (
            "Maven",
            record(
                "GHSA-jjjj-kkkk-llll",
                &["CVE-2099-4001"],
                ("Maven", "org.example:core"),
                CRITICAL,
                Some("2.15.0"),
            ),
        ),
    ]
}

/// CISA's catalogue with one entry.
pub(super) fn exploited() -> String {
    json!({
        "title": "catalogue of the tests",
        "catalogVersion": "2099.01.01",
        "dateReleased": "2026-01-01T00:00:00.0Z",
        "count": 1,
        "vulnerabilities": [{ "cveID": "CVE-2099-2001", "dateAdded": "2026-01-01" }],
    })
    .to_string()
}

/// FIRST's scores for two ids.
pub(super) fn forecast() -> String {
    "#model_version:v2025.03.14,score_date:2026-01-01T00:00:00+0000\ncve,epss,percentile\n\
     CVE-2099-0001,0.25,0.9\nCVE-2099-1001,0.75,0.99\n"
        .to_owned()
}

/// Writes the directory form: `<Ecosystem>/<id>.json` with both signals.
pub(super) fn write(folder: &Path) {
    for (ecosystem, record) in records() {
        let path = folder.join(ecosystem);
        fs::create_dir_all(&path).unwrap();
        let name = format!("{}.json", record["id"].as_str().unwrap());
        fs::write(path.join(name), record.to_string()).unwrap();
    }
    fs::write(folder.join("known_exploited_vulnerabilities.json"), exploited()).unwrap();
    fs::write(folder.join("epss_scores-current.csv"), forecast()).unwrap();
}

/// An ecosystem's `all.zip`.
pub(super) fn all_zip(ecosystem: &str) -> Vec<u8> {
    let members: Vec<(String, Vec<u8>)> = records()
        .into_iter()
        .filter(|(folder, _)| *folder == ecosystem)
        .map(|(_, record)| {
            (format!("{}.json", record["id"].as_str().unwrap()), record.to_string().into_bytes())
        })
        .collect();
    zipped(&members)
}

/// A ZIP archive.
pub(super) fn zipped(members: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        writer.start_file(name.as_str(), SimpleFileOptions::default()).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}
