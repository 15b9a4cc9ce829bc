//! `haechi db` without a network: import, status, query, compare.

use serde_json::json;
use testkit::image::Layer;

use super::advisories::{self, all_zip, zipped};
use super::content::{shop, single};
use super::sandbox::{Sandbox, files, list, not_examined, text};

#[test]
fn a_directory_of_records_or_archives_and_one_zip_give_the_same_database() {
    let by_records = Sandbox::new();
    let bucket = Sandbox::bare();
    for ecosystem in ["Debian", "PyPI", "npm", "Alpine", "Maven"] {
        bucket.input(&format!("bucket/{ecosystem}/all.zip"), all_zip(ecosystem));
    }
    bucket.input("bucket/known_exploited_vulnerabilities.json", advisories::exploited());
    bucket.input("bucket/epss_scores-current.csv", advisories::forecast());
    let folder = bucket.path("input/bucket");
    bucket.haechi(["db", "import", folder.to_str().unwrap()]).exits(0).prints("npm");

    let mut members: Vec<(String, Vec<u8>)> = ["Debian", "PyPI", "npm", "Alpine", "Maven"]
        .into_iter()
        .map(|ecosystem| (format!("osv/{ecosystem}/all.zip"), all_zip(ecosystem)))
        .collect();
    members.push(("osv/kev.json".to_owned(), advisories::exploited().into_bytes()));
    members.push(("osv/epss.csv".to_owned(), advisories::forecast().into_bytes()));
    let zip = Sandbox::bare();
    let path = zip.input("bundle.zip", zipped(&members));
    zip.haechi(["db", "import", &path]).exits(0);

    let records: Vec<(String, Vec<u8>)> = advisories::records()
        .into_iter()
        .map(|(ecosystem, record)| {
            (format!("{ecosystem}/{}.json", text(&record, "id")), record.to_string().into_bytes())
        })
        .chain([
            ("kev.json".to_owned(), advisories::exploited().into_bytes()),
            ("epss.csv".to_owned(), advisories::forecast().into_bytes()),
        ])
        .collect();
    let plain = Sandbox::bare();
    let path = plain.input("records.zip", zipped(&records));
    plain.haechi(["db", "import", &path]).exits(0);

    let report = |sandbox: &Sandbox| sandbox.report(&sandbox.docker("shop:1.0", &shop()), &[]);
    let expected = report(&by_records);
    for other in [&bucket, &zip, &plain] {
        assert_eq!(report(other)["findings"], expected["findings"]);
    }
}

#[test]
fn status_says_counts_source_and_age() {
    let sandbox = Sandbox::new();
    let run = sandbox.haechi(["db", "status"]).exits(0);
    let line = |name: &str| run.stdout.lines().find(|line| line.starts_with(name)).unwrap();
    assert!(line("PyPI").contains("fresh") && line("PyPI").contains("input/advisories/PyPI"));
    assert_eq!(line("npm").split_whitespace().take(3).collect::<Vec<_>>(), ["npm", "2", "2"]);
    assert_eq!(line("kev").split_whitespace().nth(1), Some("1"));
    assert_eq!(line("epss").split_whitespace().nth(1), Some("2"));
}

#[test]
fn an_import_again_rebuilds_only_what_changed() {
    let sandbox = Sandbox::bare();
    let pypi = sandbox.input("bucket/PyPI/all.zip", all_zip("PyPI"));
    sandbox.input("bucket/npm/all.zip", all_zip("npm"));
    let bucket = sandbox.path("input/bucket");
    let import = || sandbox.haechi(["db", "import", bucket.to_str().unwrap()]).exits(0);
    import().prints("npm                2 advisories");
    std::fs::write(&pypi, zipped(&[])).unwrap();
    import().prints("npm                unchanged").prints("PyPI               0 advisories");
}

#[test]
fn a_broken_source_fails_by_name_and_leaves_what_was_there() {
    let sandbox = Sandbox::new();
    let image = sandbox.docker("shop:1.0", &shop());
    let before = sandbox.report(&image, &[]);
    let whole = all_zip("npm");
    for (name, bytes) in [
        ("truncated", whole[..whole.len() / 2].to_vec()),
        ("empty", Vec::new()),
        ("noise", vec![0x50; 5_000]),
        ("flipped", flipped(&whole)),
    ] {
        sandbox.input("bucket/npm/all.zip", bytes);
        let bucket = sandbox.path("input/bucket");
        let run = sandbox.haechi(["db", "import", bucket.to_str().unwrap()]).exits(2);
        assert!(run.stdout.contains("FAILED"), "{name}: {}", run.stdout);
        run.tells("what was there before stays");
        assert_eq!(sandbox.report(&image, &[])["findings"], before["findings"], "{name}");
    }
    let left: Vec<_> = files(&sandbox.path("db"))
        .into_iter()
        .filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

/// One bit of the first member's packed content, so that only its checksum tells.
fn flipped(whole: &[u8]) -> Vec<u8> {
    let mut bytes = whole.to_vec();
    bytes[80] ^= 0x10;
    bytes
}

#[test]
fn records_that_are_not_understood_are_told_and_the_rest_counts() {
    let sandbox = Sandbox::bare();
    for (name, content) in [
        ("a.json", advisories::records()[4].1.to_string()),
        ("b.json", "{ \"id\": ".to_owned()),
        ("c.json", "[".repeat(100_000)),
    ] {
        sandbox.input(&format!("bucket/npm/{name}"), content);
    }
    let bucket = sandbox.path("input/bucket");
    sandbox
        .haechi(["db", "import", bucket.to_str().unwrap()])
        .exits(0)
        .prints("1 advisories for 1 packages")
        .prints("2 records were not understood")
        .prints("b.json");
    sandbox.haechi(["db", "import", sandbox.path("input/absent").to_str().unwrap()]).exits(2);
    sandbox
        .haechi(["db", "import", sandbox.path("tmp").to_str().unwrap()])
        .exits(2)
        .tells("all.zip");
}

#[test]
fn a_damaged_database_is_told_with_what_mends_it() {
    let sandbox = Sandbox::new();
    let file = files(&sandbox.path("db"))
        .into_iter()
        .find(|path| path.to_str().unwrap().ends_with("npm.advisories"))
        .unwrap();
    let whole = std::fs::read(&file).unwrap();
    for bytes in [&whole[..whole.len() / 2], &whole[..10], &[], &[0u8; 4096]] {
        std::fs::write(&file, bytes).unwrap();
        let image = sandbox.docker("shop:1.0", &shop());
        sandbox.haechi(["scan", &image]).exits(2).tells("npm.advisories").tells("haechi db update");
    }
    for at in (0..whole.len()).step_by(7) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        std::fs::write(&file, &bytes).unwrap();
        let run = sandbox.haechi(["db", "query", "pkg:npm/lodash@4.17.20"]);
        let right = run.code == 0 && run.stdout.contains("CVE-2099-2001");
        assert!(right || matches!(run.code, 2 | 3), "byte {at}: {} {}", run.code, run.stderr);
    }
}

#[test]
fn a_release_that_the_data_does_not_know_is_told_and_never_passes_in_silence() {
    let sandbox = Sandbox::new();
    let alpine = |version: &str| {
        let layer = Layer::new("ADD rootfs.tar /")
            .file("etc/os-release", format!("ID=alpine\nVERSION_ID={version}\n"))
            .file("lib/apk/db/installed", "P:zlib\nV:1.3-r0\nA:x86_64\n\n");
        let report = sandbox.report(&sandbox.docker("a:1", &single(layer)), &["--offline"]);
        not_examined(&report).into_iter().find(|line| line.contains("no advisories"))
    };
    assert_eq!(alpine("3.19.4"), None);
    let told = alpine("3.20.3").unwrap();
    assert!(told.starts_with("Alpine:v3.20: no advisories, so 1 package is not judged"), "{told}");
}

#[test]
fn the_age_of_a_bundle_is_its_own() {
    let sandbox = Sandbox::bare();
    let members = [("osv/npm/all.zip".to_owned(), all_zip("npm"))];
    let path = sandbox.input("bundle.zip", zipped(&members));
    let then = std::time::UNIX_EPOCH + std::time::Duration::from_hours(24 * 365 * 50);
    std::fs::File::options().append(true).open(&path).unwrap().set_modified(then).unwrap();
    sandbox.haechi(["db", "import", &path]).exits(0);
    let run = sandbox.haechi(["db", "status"]).exits(0);
    assert!(run.stdout.contains(" d  ") && !run.stdout.contains("fresh"), "{}", run.stdout);
}

#[test]
fn query_says_where_it_does_not_know_and_goes_on() {
    let sandbox = Sandbox::new();
    let input = "not a purl\npkg:npm/lodash@latest\npkg:pypi/django\npkg:cargo/a@1.0.0\npkg:npm/lodash@4.17.20\n";
    let run = sandbox.haechi_reading(["db", "query", "-"], input.as_bytes()).exits(3);
    let lines: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let told: Vec<bool> = lines.iter().map(|line| line["problem"].is_string()).collect();
    assert_eq!(told, [true, true, true, true, false]);
    assert_eq!((text(&lines[0], "purl"), list(&lines[4], "advisories").len()), ("not a purl", 1));
    sandbox.haechi(["db", "query", "pkg:pypi/django"]).exits(3).prints("no version");
}

#[test]
fn query_answers_one_line_for_each_package() {
    let sandbox = Sandbox::new();
    let run = sandbox.haechi(["db", "query", "pkg:npm/lodash@4.17.20"]).exits(0);
    assert_eq!(
        run.json(),
        json!({
            "purl": "pkg:npm/lodash@4.17.20",
            "advisories": [{
                "id": "CVE-2099-2001",
                "aliases": ["GHSA-dddd-eeee-ffff"],
                "fixedVersions": ["4.17.21"],
                "severity": "high",
            }],
        })
    );
    let input = "pkg:npm/lodash@4.17.21\n\npkg:pypi/Jinja2@3.0\r\npkg:deb/debian/libssl3@3.0.9-1?arch=amd64&distro=debian-12&upstream=openssl\n";
    let run = sandbox.haechi_reading(["db", "query", "-"], input.as_bytes()).exits(0);
    let lines: Vec<serde_json::Value> =
        run.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let counts: Vec<usize> = lines.iter().map(|line| list(line, "advisories").len()).collect();
    assert_eq!(counts, [0, 1, 1]);
    sandbox.haechi(["db", "query", "not a purl"]).exits(2).tells("not a package URL");
    sandbox
        .haechi_reading(["db", "query", "-"], &vec![b'x'; 2 << 20])
        .exits(2)
        .tells("longer than 1 MiB");
    sandbox.haechi_reading(["db", "query", "-"], b"\xff\xfe\n").exits(2).tells("standard input");
}

#[test]
fn compare_orders_versions_as_the_ecosystem_does() {
    let sandbox = Sandbox::bare();
    let answer = |ecosystem: &str, input: &str| {
        sandbox.haechi_reading(["db", "compare", ecosystem], input.as_bytes()).exits(0).stdout
    };
    assert_eq!(answer("Debian", "1.0~rc1\t1.0\n1:0\t9\n2\t2\n"), "-1\n1\n0\n");
    assert_eq!(answer("PyPI", "1.0rc1\t1.0\n1.0.post1\t1.0\n1.0\t1.0.0\n"), "-1\n1\n0\n");
    assert_eq!(answer("npm", "1.0.0-a\t1.0.0\n1.10.0\t1.9.0\r\n"), "-1\n1\n");
    assert_eq!(answer("Debian:12", "1\t2\n"), "-1\n");
    sandbox.haechi_reading(["db", "compare", "Nowhere"], b"1\t2\n").exits(2).tells("Nowhere");
    sandbox.haechi_reading(["db", "compare", "npm"], b"1 2\n").exits(2).tells("tab");
}
