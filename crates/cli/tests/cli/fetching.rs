//! `haechi db update` and scans that fetch for themselves, from a server on this machine.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::registry::{Reply, Request, Server};

use super::advisories::{self, all_zip};
use super::content::{SHOP_FINDINGS, shop};
use super::sandbox::{Sandbox, files, findings};

/// An OSV bucket with both signals beside.
fn bucket(request: &Request) -> Reply {
    match request.target.as_str() {
        "/kev.json" => Reply::ok(advisories::exploited()),
        "/epss.csv" => Reply::ok(advisories::forecast()),
        path => match path.trim_start_matches('/').split_once('/') {
            Some((ecosystem @ ("Debian" | "PyPI" | "npm"), "all.zip")) => {
                let etag = format!("\"{ecosystem}-1\"");
                if request.header("if-none-match") == Some(&etag) {
                    return Reply::status(304);
                }
                Reply::ok(all_zip(ecosystem)).header("ETag", etag)
            }
            _ => Reply::status(404),
        },
    }
}

fn pointed(sandbox: Sandbox, server: &Server) -> Sandbox {
    let base = format!("http://{}", server.address());
    sandbox
        .with("HAECHI_OSV_URL", &base)
        .with("HAECHI_KEV_URL", format!("{base}/kev.json"))
        .with("HAECHI_EPSS_URL", format!("{base}/epss.csv"))
}

fn targets(server: &Server) -> Vec<String> {
    let mut targets: Vec<String> = server.seen().into_iter().map(|r| r.target).collect();
    targets.sort();
    targets
}

#[test]
fn update_fetches_what_is_named_and_then_only_what_changed() {
    let server = Server::start(bucket).unwrap();
    let sandbox = pointed(Sandbox::bare(), &server);
    sandbox
        .haechi(["db", "update", "npm", "Debian"])
        .exits(0)
        .prints("npm                2 advisories")
        .tells("fetching advisories: Debian");
    assert_eq!(targets(&server), ["/Debian/all.zip", "/epss.csv", "/kev.json", "/npm/all.zip"]);
    sandbox.haechi(["db", "update"]).exits(0).prints("npm                unchanged");
    let asked: Vec<bool> =
        server.seen().iter().map(|r| r.header("if-none-match").is_some()).collect();
    assert_eq!(asked.iter().filter(|asked| **asked).count(), 2);
    sandbox.haechi(["db", "status"]).exits(0).prints("http://127.0.0.1");
}

#[test]
fn a_scan_fetches_only_the_ecosystems_that_the_target_needs() {
    let server = Server::start(bucket).unwrap();
    let sandbox = pointed(Sandbox::bare(), &server);
    let image = sandbox.docker("shop:1.0", &shop());
    let run = sandbox.haechi(["scan", &image, "-f", "json"]).exits(1);
    assert_eq!(findings(&run.json()), SHOP_FINDINGS);
    run.tells("fetching advisories: PyPI");
    let expected = ["/Debian/all.zip", "/PyPI/all.zip", "/epss.csv", "/kev.json", "/npm/all.zip"];
    assert_eq!(targets(&server), expected);
    sandbox.haechi(["scan", &image]).exits(1);
    assert_eq!(targets(&server), expected, "what is there is not fetched again");
}

#[test]
fn offline_fetches_nothing() {
    let server = Server::start(bucket).unwrap();
    let sandbox = pointed(Sandbox::bare(), &server);
    let image = sandbox.docker("shop:1.0", &shop());
    sandbox.haechi(["scan", &image, "--offline"]).exits(2).tells("haechi db update");
    sandbox.haechi(["db", "update", "--offline"]).exits(2).tells("--offline");
    sandbox.haechi(["scan", &image, "--skip-db-update"]).exits(2);
    let reference = format!("{}/team/app:1", server.address());
    sandbox.haechi(["scan", &reference, "--offline"]).exits(2).tells("--offline");
    let sandbox = sandbox.with("HAECHI_OFFLINE", "true");
    sandbox.haechi(["scan", &image]).exits(2);
    assert!(server.seen().is_empty());
}

#[test]
fn a_transfer_that_broke_off_goes_on_where_it_stopped() {
    let whole = all_zip("npm");
    let half = whole.len() / 2;
    let asked = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |request| {
        if request.target != "/npm/all.zip" {
            return Reply::status(404);
        }
        if asked.fetch_add(1, Ordering::Relaxed) == 0 {
            let length = whole.len() as u64;
            return Reply::ok(&whole[..half]).announcing(length).header("ETag", "\"v1\"");
        }
        assert_eq!(request.header("range"), Some(format!("bytes={half}-").as_str()));
        assert_eq!(request.header("if-range"), Some("\"v1\""));
        let range = format!("bytes {half}-{}/{}", whole.len() - 1, whole.len());
        Reply::ok(&whole[half..])
            .with_status(206)
            .header("Content-Range", range)
            .header("ETag", "\"v1\"")
    })
    .unwrap();
    let sandbox = Sandbox::bare().with("HAECHI_OSV_URL", format!("http://{}", server.address()));
    sandbox.haechi(["db", "update", "npm"]).exits(2).prints("npm                FAILED");
    sandbox.haechi(["db", "update", "npm"]).exits(0).prints("npm                2 advisories");
    sandbox.haechi(["db", "query", "pkg:npm/lodash@4.17.20"]).exits(0).prints("CVE-2099-2001");
    let left: Vec<_> = files(&sandbox.path("db"))
        .into_iter()
        .filter(|path| path.to_str().unwrap().contains("partial"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_transfer_goes_on_only_into_the_same_content() {
    let asked = Arc::new(AtomicUsize::new(0));
    let whole = all_zip("npm");
    let server = Server::start(move |_| {
        if asked.fetch_add(1, Ordering::Relaxed) == 0 {
            return Reply::ok(vec![0u8; 100]).announcing(200).header("ETag", "\"v1\"");
        }
        // The content has changed, so the server ignores the range (RFC 9110, section 13.1.5).
        Reply::ok(whole.clone()).header("ETag", "\"v2\"")
    })
    .unwrap();
    let sandbox = Sandbox::bare().with("HAECHI_OSV_URL", format!("http://{}", server.address()));
    sandbox.haechi(["db", "update", "npm"]).exits(2);
    sandbox.haechi(["db", "update", "npm"]).exits(0).prints("npm                2 advisories");
}

#[test]
fn a_whole_half_that_was_left_behind_is_fetched_anew_in_the_same_run() {
    let server = Server::start(|request| match request.header("range") {
        Some(_) => Reply::status(416),
        None => Reply::ok(all_zip("npm")).header("ETag", "\"v1\""),
    })
    .unwrap();
    let sandbox = Sandbox::bare().with("HAECHI_OSV_URL", format!("http://{}", server.address()));
    let left = sandbox.path("db");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join(".npm.partial"), all_zip("npm")).unwrap();
    std::fs::write(left.join(".npm.etag"), "\"v1\"").unwrap();
    sandbox.haechi(["db", "update", "npm"]).exits(0).prints("npm                2 advisories");
    assert!(
        server.seen()[0].header("range").is_some() && server.seen()[1].header("range").is_none()
    );
}

#[test]
fn an_update_mends_what_is_damaged_and_fetches_nothing_else() {
    let server = Server::start(bucket).unwrap();
    let sandbox = pointed(Sandbox::bare(), &server);
    sandbox.haechi(["db", "update", "npm"]).exits(0);
    for (name, mended) in [
        ("npm.advisories", "npm                2 advisories"),
        ("known-exploited.fst", "kev                1 advisories"),
    ] {
        let path = sandbox.path("db").join(name);
        let mut bytes = std::fs::read(&path).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 0x10;
        std::fs::write(&path, bytes).unwrap();
        sandbox.haechi(["db", "update"]).exits(0).prints(mended);
        sandbox.haechi(["db", "query", "pkg:npm/lodash@4.17.20"]).exits(0).prints("CVE-2099-2001");
    }
    assert!(!targets(&server).iter().any(|target| target.starts_with("/PyPI")));
}

#[test]
fn a_failed_update_leaves_the_old_database() {
    let sandbox = Sandbox::new();
    let image = sandbox.docker("shop:1.0", &shop());
    let whole = all_zip("npm");
    let replies = [
        Reply::status(500),
        Reply::status(404),
        Reply::ok("no archive at all"),
        Reply::ok(&whole[..whole.len() / 2]),
        Reply::ok(&whole[..whole.len() / 2]).announcing(whole.len() as u64),
        Reply::redirect("http://example.com/all.zip"),
        Reply::ok("").with_status(206).header("Content-Range", "bytes 7-9/10"),
    ];
    let next = AtomicUsize::new(0);
    let count = replies.len();
    let server =
        Server::start(move |_| replies[next.fetch_add(1, Ordering::Relaxed)].clone()).unwrap();
    let base = format!("http://{}", server.address());
    for _ in 0..count {
        sandbox
            .haechi(["db", "update", "npm", "--osv", &base])
            .exits(2)
            .prints("npm                FAILED")
            .tells("what was there before stays");
        assert_eq!(findings(&sandbox.report(&image, &[])), SHOP_FINDINGS);
    }
    assert_eq!(server.seen().len(), count);
}

#[test]
fn a_killed_update_leaves_the_old_database() {
    let sandbox = Sandbox::new();
    let image = sandbox.docker("shop:1.0", &shop());
    // The server never ends, so the update is in the middle of its transfer when it is killed.
    let server = Server::start(|_| Reply::ok(vec![b'x'; 1 << 16]).endless()).unwrap();
    let base = format!("http://{}", server.address());
    let run = sandbox.haechi_killed_when(["db", "update", "npm", "--osv", &base], || {
        while server.seen().is_empty() {
            std::thread::yield_now();
        }
    });
    assert_eq!(run, None, "killed, not ended");
    assert_eq!(findings(&sandbox.report(&image, &[])), SHOP_FINDINGS);
    sandbox.haechi(["db", "status"]).exits(0);
}

#[test]
fn advisories_travel_over_https_or_stay_on_this_machine() {
    let sandbox = Sandbox::bare();
    sandbox
        .haechi(["db", "update", "npm", "--osv", "http://example.com/osv"])
        .exits(2)
        .tells("over https");
    // A directory serves as a bucket.
    sandbox.input("bucket/npm/all.zip", all_zip("npm"));
    let bucket = sandbox.path("input/bucket");
    sandbox
        .haechi(["db", "update", "npm", "--osv", bucket.to_str().unwrap(), "--offline"])
        .exits(0)
        .prints("2 advisories");
}
