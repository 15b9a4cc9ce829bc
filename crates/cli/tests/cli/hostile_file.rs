//! Files inside images that attack their parsers or their readers.

use testkit::image::{Image, Layer};

use super::advisories::zipped;
use super::content::{DEBIAN, module, single};
use super::sandbox::{Sandbox, list};

const LODASH: &str = "srv/node_modules/lodash/package.json";

fn sandbox() -> Sandbox {
    Sandbox::new().bounded()
}

fn with_file(path: &str, content: impl AsRef<[u8]>) -> Image {
    let lodash = Layer::new("x").file(LODASH, module("lodash", "4.17.20"));
    single(lodash).layer(Layer::new("y").file(path, content))
}

/// The other layer's finding must stay, whatever the file does.
#[track_caller]
fn told(path: &str, content: impl AsRef<[u8]>, reason: &str) {
    let sandbox = sandbox();
    let report = sandbox.examines_but(&sandbox.image(&with_file(path, content)), reason);
    assert!(report["findings"].to_string().contains("CVE-2099-2001"));
}

#[test]
fn deep_json_is_told() {
    let deep = format!("{{\"name\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
    told("a/node_modules/deep/package.json", deep, "a/node_modules/deep/package.json");
    let objects = format!("{}1{}", "{\"name\":".repeat(300_000), "}".repeat(300_000));
    told("a/node_modules/deep/package.json", objects, "recursion limit");
}

#[test]
fn names_cannot_steer_a_terminal_or_deceive_a_reader() {
    let escape = "\u{1b}[31mred\u{1b}]8;;http://evil.example\u{7}\u{202e}txt\u{200b}";
    let sandbox = Sandbox::bare().bounded();
    let record = serde_json::json!({
        "id": "CVE-2099-9",
        "summary": format!("summary {escape}"),
        "affected": [{ "package": { "ecosystem": "npm", "name": format!("evil{escape}") },
            "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": format!("2.0.0{escape}") }] }] }],
        "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
    });
    sandbox.input("osv/npm/a.json", record.to_string());
    let source = sandbox.path("input/osv");
    sandbox.haechi(["db", "import", source.to_str().unwrap()]).exits(0);
    let name = format!("evil{escape}");
    let image = single(
        Layer::new(&format!("RUN {escape}"))
            .file(&format!("a{escape}/node_modules/evil/package.json"), module(&name, "1.0.0"))
            .file(&format!("a/node_modules/{escape}/package.json"), "{"),
    );
    let image = sandbox.image(&image);
    let path = sandbox.path("input/report.json");
    let report = path.to_str().unwrap();
    let run = sandbox.haechi(["scan", &image, "--no-cache", "-f", "json", "-o", report]);
    assert!(matches!(run.code, 0 | 1), "{run:?}");
    for arguments in [
        &["scan", &image, "--no-cache", "--all"][..],
        &["explain", "CVE-2099-9", "--in", report],
        &["scan", &image, "--no-cache", "-f", "sarif"],
        &["scan", &image, "--no-cache", "-f", "json"],
    ] {
        let run = sandbox.haechi(arguments);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains('\u{1b}') && !shown.contains('\u{7}'), "{arguments:?} {shown:?}");
        if !arguments.contains(&"json") && !arguments.contains(&"sarif") {
            assert!(!shown.contains(['\u{202e}', '\u{200b}']), "{arguments:?} {shown:?}");
        }
    }
    let text = std::fs::read_to_string(path).unwrap();
    assert!(!text.contains("npm install evil"), "a command with a hostile name is never offered");
}

#[test]
fn names_are_data_in_suggested_commands() {
    let sandbox = Sandbox::bare().bounded();
    let names = ["x;curl evil|sh", "$(reboot)", "`id`", "-rf", "a b", "a'b", "a\nb"];
    for (at, name) in names.iter().enumerate() {
        let record = serde_json::json!({
            "id": format!("GHSA-{at}"),
            "affected": [{ "package": { "ecosystem": "npm", "name": name },
                "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "2.0.0" }] }] }],
        });
        sandbox.input(&format!("osv/npm/{at}.json"), record.to_string());
    }
    let source = sandbox.path("input/osv");
    sandbox.haechi(["db", "import", source.to_str().unwrap()]).exits(0);
    let layer = names.iter().enumerate().fold(Layer::new("x"), |layer, (at, name)| {
        layer.file(&format!("{at}/node_modules/x/package.json"), module(name, "1.0.0"))
    });
    let report = sandbox.report(&sandbox.image(&single(layer)), &["--no-cache"]);
    assert_eq!(list(&report, "findings").len(), names.len());
    for finding in list(&report, "findings") {
        assert!(finding["fix"]["command"].is_null(), "{}", finding["fix"]);
    }
    for remedy in list(&report, "remedies") {
        assert!(remedy["command"].is_null(), "{remedy}");
    }
}

#[test]
fn nested_and_exploding_jars_are_told() {
    let zeros = vec![("a.jar".to_owned(), vec![0; 70 << 20])];
    told("srv/a.jar", zipped(&zeros), "unpacks to more");
    let mut deep = zipped(&[("a".to_owned(), Vec::new())]);
    for _ in 0..30 {
        deep = zipped(&[("x.jar".to_owned(), deep)]);
    }
    told("srv/a.jar", deep, "nested more than");
    // Each level holds ten of the next: a hundred thousand archives from a few kilobytes.
    let mut wide = zipped(&[("pad".to_owned(), vec![0; 60 << 20])]);
    for _ in 0..5 {
        wide = zipped(&(0..10).map(|at| (format!("{at}.jar"), wide.clone())).collect::<Vec<_>>());
    }
    told("srv/a.jar", wide, "srv/a.jar");
}

#[test]
fn jars_that_lie_are_told() {
    let pom = b"groupId=org.example\nartifactId=core\nversion=2.14.1\n".to_vec();
    let whole = zipped(&[("META-INF/maven/org.example/core/pom.properties".to_owned(), pom)]);
    let central = whole.windows(4).position(|bytes| bytes == b"PK\x01\x02").unwrap();
    for (offset, value) in [(24, u32::MAX), (20, u32::MAX), (42, u32::MAX), (24, 1), (20, 1)] {
        let mut lying = whole.clone();
        lying[central + offset..central + offset + 4].copy_from_slice(&value.to_le_bytes());
        let sandbox = sandbox();
        let report =
            sandbox.report(&sandbox.image(&with_file("srv/a.jar", lying)), &["--no-cache"]);
        // The wrong size may not matter, but the archive is never silently without content.
        let seen = report["packages"].to_string().contains("org.example")
            || report["notExamined"].to_string().contains("srv/a.jar");
        assert!(seen, "offset {offset}: {report}");
    }
    for broken in [&b"PK\x03\x04"[..], b"", b"PK\x05\x06", &whole[..whole.len() - 30]] {
        told("srv/a.jar", broken, "srv/a.jar");
    }
    let mut count = whole.clone();
    let end = count.len() - 22;
    count[end + 8..end + 12].copy_from_slice(&[0xff; 4]);
    told("srv/a.jar", count, "srv/a.jar");
}

#[test]
fn members_of_a_jar_by_the_hundred_thousand_are_told() {
    let members: Vec<(String, Vec<u8>)> =
        (0..250_000).map(|at| (format!("C{at}.class"), Vec::new())).collect();
    told("srv/a.jar", zipped(&members), "more than 200000 members");
}

#[test]
fn garbage_in_place_of_an_rpm_database_is_told() {
    let noise: Vec<u8> =
        (0..60_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let sqlite = [&b"SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20"[..], &noise].concat();
    let mut bdb = noise.clone();
    bdb[12..16].copy_from_slice(&0x0006_1561_u32.to_le_bytes());
    bdb[20..24].copy_from_slice(&4096_u32.to_le_bytes());
    let mut ndb = noise.clone();
    ndb[..8].copy_from_slice(b"RpmP\0\0\0\0");
    let root = |path: &str, content: &[u8]| {
        single(
            Layer::new("x")
                .file("etc/os-release", "ID=rocky\nVERSION_ID=9.3\n")
                .file(LODASH, module("lodash", "4.17.20"))
                .file(path, content),
        )
    };
    for (path, content) in [
        ("var/lib/rpm/rpmdb.sqlite", &sqlite),
        ("var/lib/rpm/rpmdb.sqlite", &noise),
        ("var/lib/rpm/Packages", &bdb),
        ("var/lib/rpm/Packages", &noise),
        ("usr/lib/sysimage/rpm/Packages.db", &ndb),
        ("usr/lib/sysimage/rpm/Packages.db", &noise),
        ("var/lib/rpm/rpmdb.sqlite", &Vec::new()),
    ] {
        let sandbox = sandbox();
        let report = sandbox.examines_but(&sandbox.image(&root(path, content)), "");
        assert!(
            report["notExamined"].to_string().contains("rpm"),
            "{path} {}",
            report["notExamined"]
        );
    }
}

#[test]
fn a_flipped_rpm_database_is_survived() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/rpm");
    let sandbox = sandbox();
    for (file, place) in
        [("rpmdb.sqlite", "var/lib/rpm/rpmdb.sqlite"), ("Packages", "var/lib/rpm/Packages")]
    {
        let whole = std::fs::read(source.join(file)).unwrap();
        for at in (0..whole.len()).step_by(whole.len() / 20) {
            let mut bytes = whole.clone();
            bytes[at] ^= 0xff;
            let layer = Layer::new("x")
                .file("etc/os-release", "ID=rocky\nVERSION_ID=9\n")
                .file(place, bytes);
            sandbox.report(&sandbox.image(&single(layer)), &["--no-cache"]);
        }
    }
    sandbox.left_nothing();
}

#[test]
fn broken_distribution_files_are_told() {
    let endless = format!("Package: {}\nVersion: 1\n\n", "x".repeat(30 << 20));
    let image = |status: &[u8]| {
        single(Layer::new("x").file("etc/os-release", DEBIAN).file("var/lib/dpkg/status", status))
    };
    let sandbox = sandbox();
    for status in [endless.as_bytes(), b"", b"\0\0\0\0", b"Package\nVersion\n\n", &[0xff; 5_000]] {
        let report = sandbox.report(&sandbox.image(&image(status)), &["--no-cache"]);
        assert!(!list(&report, "notExamined").is_empty(), "{report}");
    }
    let many: Vec<String> = (0..400_000)
        .map(|at| format!("Package: p{at}\nStatus: install ok installed\nVersion: 1\n\n"))
        .collect();
    let many = many.concat();
    sandbox.refuses(&sandbox.image(&image(many.as_bytes())), "more");
}

#[test]
fn executables_of_garbage_are_survived() {
    let noise: Vec<u8> =
        (0..100_000_u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut elf = [b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x02\0\x3e\0", &noise[..]].concat();
    elf[40..48].copy_from_slice(&64_u64.to_le_bytes());
    elf[58..62].copy_from_slice(&[64, 0, 0xff, 0xff]);
    let buildinfo = [&noise[..64], b"\xff Go buildinf:\x08\x02", &[0u8; 16], &[0xff; 40]].concat();
    let sandbox = sandbox();
    for content in [elf, [b"\x7fELF\x02\x01", &buildinfo[..]].concat(), b"\x7fELF".repeat(50)] {
        sandbox.report(&sandbox.image(&with_file("usr/bin/odd", content)), &["--no-cache"]);
    }
    sandbox.left_nothing();
}
