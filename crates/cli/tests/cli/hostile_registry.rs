//! Registries that lie, leak and never end, as the whole program meets them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use testkit::image::{BuiltImage, digest};
use testkit::registry::{Reply, Request, Server};

use super::content::{SHOP_FINDINGS, shop};
use super::sandbox::{Sandbox, findings, text};

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Answers like an honest registry that holds one image.
pub(super) fn honest(image: &BuiltImage, request: &Request) -> Reply {
    let path = request.target.trim_start_matches("/v2/team/app/");
    let named = |bytes: &[u8]| path.ends_with(&digest(bytes));
    if path == "manifests/1.0" || named(&image.manifest) {
        return Reply::ok(image.manifest.clone())
            .header("Content-Type", MANIFEST)
            .header("Docker-Content-Digest", digest(&image.manifest));
    }
    if named(&image.config) {
        return Reply::ok(image.config.clone());
    }
    match image.layers.iter().find(|layer| path.ends_with(&layer.digest)) {
        Some(layer) => Reply::ok(layer.blob.clone()),
        None => Reply::status(404),
    }
}

pub(super) fn name(server: &Server) -> String {
    format!("{}/team/app:1.0", server.address())
}

/// A world whose Docker configuration holds a password for the server.
fn with_password(server: &Server) -> Sandbox {
    let sandbox = Sandbox::new().bounded();
    let auth = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, "alice:sentinel");
    let config = serde_json::json!({ "auths": { server.address().to_string(): { "auth": auth } } });
    sandbox.input("docker/config.json", config.to_string());
    let folder = sandbox.path("input/docker");
    sandbox.with("DOCKER_CONFIG", folder)
}

fn carries_secret(request: &Request) -> bool {
    request.headers.iter().any(|(name, _)| name == "authorization" || name == "cookie")
        || request.target.contains("sentinel")
        || request.body.windows(8).any(|bytes| bytes == b"sentinel")
}

#[test]
fn an_image_of_a_registry_gives_what_its_archive_gives() {
    let image = shop().build().unwrap();
    let server = Server::start(move |request| honest(&image, request)).unwrap();
    let sandbox = Sandbox::new().bounded();
    let archive = sandbox.report(&sandbox.image(&shop()), &["--no-cache"]);
    for target in [name(&server), format!("registry:{}", name(&server))] {
        let report = sandbox.report(&target, &["--no-cache"]);
        assert_eq!(report["findings"], archive["findings"]);
        assert_eq!(report["packages"], archive["packages"]);
        assert_eq!(report["subject"]["digest"], archive["subject"]["digest"]);
        assert_eq!(text(&report["subject"], "name"), name(&server));
    }
    assert!(!server.seen().iter().any(carries_secret));
    sandbox.left_nothing();
}

#[test]
fn a_digest_pins_the_image() {
    let image = shop().build().unwrap();
    let pinned = digest(&image.manifest);
    let server = Server::start(move |request| honest(&image, request)).unwrap();
    let sandbox = Sandbox::new().bounded();
    let target = format!("{}/team/app@{pinned}", server.address());
    assert_eq!(findings(&sandbox.report(&target, &["--no-cache"])), SHOP_FINDINGS);
    let other = format!("{}/team/app@{}", server.address(), digest(b"other"));
    sandbox.refuses(&other, "registry has no such image");
}

#[test]
fn another_manifest_the_second_time_is_not_taken() {
    let (image, other) = (shop().build().unwrap(), shop().platform("linux/arm64").build().unwrap());
    let asked = AtomicUsize::new(0);
    let server = Server::start(move |request| {
        if request.target.contains("/manifests/") && asked.fetch_add(1, Ordering::Relaxed) > 0 {
            return Reply::ok(other.manifest.clone()).header("Content-Type", MANIFEST);
        }
        honest(&image, request)
    })
    .unwrap();
    let sandbox = Sandbox::new().bounded();
    let report = sandbox.report(&name(&server), &["--no-cache"]);
    assert_eq!(text(&report["subject"], "digest"), digest(&shop().build().unwrap().manifest));
    let manifests = server.seen().iter().filter(|r| r.target.contains("/manifests/")).count();
    assert_eq!(manifests, 1, "a tag is asked for once");
}

#[test]
fn a_manifest_unlike_its_digest_is_refused() {
    let image = shop().build().unwrap();
    let pinned = digest(&image.manifest);
    let other = shop().platform("linux/arm64").build().unwrap();
    let server = Server::start(move |request| honest(&other, request)).unwrap();
    let lying = shop().platform("linux/s390x").build().unwrap();
    let shown = Server::start(move |request| {
        let reply = honest(&image, request);
        if request.target.contains("/manifests/") {
            return Reply::ok(lying.manifest.clone())
                .header("Content-Type", MANIFEST)
                .header("Docker-Content-Digest", digest(&image.manifest));
        }
        reply
    })
    .unwrap();
    let sandbox = Sandbox::new().bounded();
    sandbox.refuses(&name(&shown), "sha256:");
    sandbox.refuses(&format!("{}/team/app@{pinned}", shown.address()), "sha256:");
    drop(server);
}

#[test]
fn a_token_realm_on_another_host_gets_no_password() {
    let thief = Server::start(|_| Reply::ok(r#"{"token":"t"}"#)).unwrap();
    // The same machine under another name is another host.
    let realm = format!("http://localhost:{}/token", thief.address().port());
    let server = Server::start(move |_| {
        let challenge = format!("Bearer realm=\"{realm}\",service=\"s\"");
        Reply::status(401).header("WWW-Authenticate", challenge)
    })
    .unwrap();
    let sandbox = with_password(&server);
    sandbox.refuses(&name(&server), "localhost");
    assert!(!thief.seen().iter().any(carries_secret), "{:?}", thief.seen());
}

#[test]
fn a_redirect_to_another_host_gets_no_password() {
    let image = Arc::new(shop().build().unwrap());
    let elsewhere = Server::start({
        let image = Arc::clone(&image);
        move |request| honest(&image, request)
    })
    .unwrap();
    let base = format!("http://{}", elsewhere.address());
    let server = Server::start(move |request| {
        if request.header("authorization").is_none() {
            return Reply::status(401).header("WWW-Authenticate", "Basic realm=\"r\"");
        }
        if request.target.contains("/blobs/") {
            return Reply::redirect(format!("{base}{}", request.target));
        }
        honest(&image, request)
    })
    .unwrap();
    let sandbox = with_password(&server);
    let run = sandbox.haechi(["scan", &name(&server), "--no-cache", "-f", "json"]);
    assert!(matches!(run.code, 1 | 2), "{run:?}");
    assert!(!elsewhere.seen().iter().any(carries_secret), "{:?}", elsewhere.seen());
    assert!(server.seen().iter().any(carries_secret), "the registry itself gets it");
    assert!(!format!("{}{}", run.stdout, run.stderr).contains("sentinel"));
    sandbox.left_nothing();
}

#[test]
fn redirects_in_circles_or_to_odd_places_are_refused() {
    for location in
        ["", "file:///etc/passwd", "ftp://127.0.0.1/x", "http://169.254.169.254/latest/"]
    {
        let image = shop().build().unwrap();
        let server = Server::start(move |request| {
            if request.target.contains("/blobs/") {
                let again = format!("http://{}{}", request.header("host").unwrap(), request.target);
                return Reply::redirect(if location.is_empty() { &again } else { location });
            }
            honest(&image, request)
        })
        .unwrap();
        let sandbox = Sandbox::new().bounded();
        sandbox.refuses(&name(&server), "redirect");
    }
}

#[test]
fn endless_and_lying_bodies_are_refused() {
    let sandbox = Sandbox::new().bounded();
    let manifest = Server::start(|_| Reply::ok(vec![b' '; 1 << 16]).endless()).unwrap();
    sandbox.refuses(&name(&manifest), &name(&manifest));
    for part in ["config", "layer"] {
        for length in [None, Some(1), Some(u64::MAX / 2)] {
            let image = shop().build().unwrap();
            let wanted = match part {
                "config" => digest(&image.config),
                _ => image.layers[0].digest.clone(),
            };
            let server = Server::start(move |request| {
                if request.target.ends_with(&wanted) {
                    return match length {
                        None => Reply::ok(vec![b' '; 1 << 16]).endless(),
                        Some(length) => Reply::ok(vec![b' '; 100]).announcing(length),
                    };
                }
                honest(&image, request)
            })
            .unwrap();
            sandbox.refuses(&name(&server), "team/app:1.0");
        }
    }
}

#[test]
fn refusals_of_a_registry_are_said_plainly() {
    let sandbox = Sandbox::new().bounded();
    for (status, reason) in
        [(401, "authentication"), (403, "refuses access"), (404, "no such image")]
    {
        let server = Server::start(move |_| Reply::status(status)).unwrap();
        sandbox.haechi(["scan", &name(&server)]).exits(2).tells(reason);
    }
    let escape = Server::start(|_| {
        Reply::ok("{\"errors\":[{\"code\":\"X\",\"message\":\"\u{1b}[31m\u{202e}\"}]}")
            .with_status(404)
    })
    .unwrap();
    let run = sandbox.haechi(["scan", &name(&escape)]).exits(2);
    assert!(!run.stderr.contains(['\u{1b}', '\u{202e}']), "{:?}", run.stderr);
    sandbox.haechi(["scan", "127.0.0.1:1/team/app"]).exits(2).tells("127.0.0.1:1");
    sandbox.haechi(["scan", "registry.invalid/team/app"]).exits(2).tells("registry.invalid");
    sandbox.left_nothing();
}
