//! What must never pass for a pass.

use std::io::Read as _;
use std::os::unix::net::UnixListener;
use std::process::Stdio;

use super::advisories;
use super::content::shop;
use super::sandbox::{Sandbox, not_examined};

#[test]
fn a_reader_that_goes_away_changes_no_verdict() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&shop());
    for format in ["table", "json", "sarif"] {
        let mut child = sandbox
            .direct()
            .args(["scan", &image, "-f", format])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let mut told = String::new();
        child.stderr.take().unwrap().read_to_string(&mut told).unwrap();
        assert_eq!((child.wait().unwrap().code(), told.as_str()), (Some(1), ""), "{format}");
    }
}

#[test]
fn an_engine_that_hangs_up_is_no_pass() {
    let sandbox = Sandbox::new();
    let socket = sandbox.path("input/engine.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    let server = std::thread::spawn(move || drop(listener.accept()));
    let socket = socket.to_str().unwrap();
    sandbox.haechi(["scan", "docker:app", "--docker-socket", socket, "--offline"]).exits(2);
    server.join().unwrap();
}

#[test]
fn packages_without_advisories_make_the_verdict_incomplete() {
    let sandbox = Sandbox::bare();
    let source = sandbox.path("input/advisories");
    advisories::write(&source);
    for absent in ["Debian", "npm"] {
        std::fs::remove_dir_all(source.join(absent)).unwrap();
    }
    sandbox.haechi(["db", "import", source.to_str().unwrap()]).exits(0);
    let image = sandbox.image(&shop());
    let arguments = ["scan", &image, "--offline", "--fail-on", "none"];
    sandbox.work("haechi.yaml", "failOn:\n  knownExploited: false\n");
    let run = sandbox.haechi(arguments).exits(3);
    assert!(run.stdout.contains("no advisories for Debian:12, npm"), "{}", run.stdout);
    let accepted = "failOn:\n  knownExploited: false\n  missingAdvisories: false\n";
    sandbox.work("haechi.yaml", accepted);
    sandbox.haechi(arguments).exits(0);
}

#[test]
fn a_rule_without_its_data_is_told() {
    let sandbox = Sandbox::bare();
    let source = sandbox.path("input/advisories");
    advisories::write(&source);
    for signal in ["known_exploited_vulnerabilities.json", "epss_scores-current.csv"] {
        std::fs::remove_file(source.join(signal)).unwrap();
    }
    sandbox.haechi(["db", "import", source.to_str().unwrap()]).exits(0);
    sandbox.work("haechi.yaml", "failOn:\n  exploitProbability: 0.5\n");
    let told = not_examined(&sandbox.report(&sandbox.image(&shop()), &["--offline"]));
    for signal in ["CISA KEV", "FIRST EPSS"] {
        assert!(told.iter().any(|line| line.starts_with(signal)), "{signal}: {told:?}");
    }
}

#[test]
fn nothing_recognised_is_told() {
    let sandbox = Sandbox::new();
    let file = sandbox.input("notes.txt", "nothing");
    let told = not_examined(&sandbox.report(&file, &[]));
    assert!(told.iter().any(|line| line.contains("no package was recognised")), "{told:?}");
}

#[test]
fn an_image_packed_as_a_whole_is_refused_with_the_way_out() {
    let sandbox = Sandbox::new();
    let file = sandbox.input("image.tar.gz", [0x1f, 0x8b, 8, 0, 0, 0]);
    sandbox.haechi(["scan", &file]).exits(2).tells("gzip -dc");
}

#[test]
fn a_name_that_an_archive_gives_itself_is_no_scope() {
    let sandbox = Sandbox::new();
    let archive = sandbox.docker("trusted/app:1", &shop());
    let exception =
        "    reason: x\n    expires: 2999-01-01\n    scope: { subject: \"trusted/*\" }\n";
    sandbox.work("haechi.yaml", format!("exceptions:\n  - id: CVE-2099-1001\n{exception}"));
    let report = sandbox.report(&archive, &[]);
    assert_eq!(report["verdict"]["exceptions"][0]["state"], "unused");
}

#[test]
fn an_exception_for_what_a_filter_hides_is_in_use() {
    let sandbox = Sandbox::new();
    let exception = "    reason: x\n    expires: 2999-01-01\n";
    sandbox.work("haechi.yaml", format!("exceptions:\n  - id: CVE-2099-1001\n{exception}"));
    let image = sandbox.image(&shop());
    let report = sandbox.report(&image, &["--severity", "low"]);
    assert_eq!(report["verdict"]["exceptions"][0]["state"], "used");
}
