//! A registry that lies, leaks, loops and never ends.

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use model::Digest;
use testkit::registry::{Reply, Request, Server};

use super::*;
use crate::ImageRef;

const MANIFEST: &str = r#"{"schemaVersion":2}"#;

fn reference(server: &Server, rest: &str) -> ImageRef {
    format!("{}/team/app{rest}", server.address()).parse().unwrap()
}

fn access() -> Access {
    Access { retries: Retries { count: 2, longest_wait: Duration::ZERO }, ..Access::default() }
}

fn with_password() -> Access {
    let credentials = |_: &str| {
        Some(Credential::Password {
            username: "alice".into(),
            password: Secret::new("sentinel-password"),
        })
    };
    Access { credentials: Arc::new(credentials), ..access() }
}

fn client(server: &Server, access: &Access) -> Repository {
    Repository::new(&reference(server, ""), access).unwrap()
}

fn challenge(realm: &str) -> Reply {
    let value =
        format!(r#"Bearer realm="{realm}",service="s",scope="repository:team/app:pull,push""#);
    Reply::status(401).header("WWW-Authenticate", value)
}

fn host_of(request: &Request) -> &str {
    request.header("host").unwrap()
}

#[test]
fn tag_is_resolved_and_verified_against_the_announced_digest() {
    let digest = Digest::of(MANIFEST.as_bytes());
    let announced = digest.to_string();
    let server = Server::start(move |request| {
        assert_eq!(request.target, "/v2/team/app/manifests/1.0");
        assert!(request.header("accept").unwrap().contains("oci.image.index"));
        assert!(request.header("authorization").is_none());
        Reply::ok(MANIFEST).header("Docker-Content-Digest", announced.clone())
    })
    .unwrap();
    let resolved = client(&server, &access()).resolve("1.0").unwrap();
    assert_eq!(resolved, (MANIFEST.as_bytes().to_vec(), digest));
}

#[test]
fn wrong_bytes_for_a_digest_are_refused() {
    let server = Server::start(|_| {
        Reply::ok(MANIFEST).header("Docker-Content-Digest", Digest::of(b"other").to_string())
    })
    .unwrap();
    let client = client(&server, &access());
    let mismatch = |fault| matches!(fault, RegistryError::DigestMismatch { .. });
    assert!(mismatch(client.resolve("1.0").unwrap_err()));
    assert!(mismatch(client.manifest(&Digest::of(b"asked")).unwrap_err()));
    assert_eq!(client.manifest(&Digest::of(MANIFEST.as_bytes())).unwrap(), MANIFEST.as_bytes());
}

#[test]
fn sha512_digests_are_verified_too() {
    let server = Server::start(|_| Reply::ok("")).unwrap();
    let empty = "sha512:cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0\
                 ff8318d2877eec2f63b931bd47417a81a538327af927da3e";
    let client = client(&server, &access());
    assert_eq!(client.manifest(&empty.parse().unwrap()).unwrap(), b"");
    let other = format!("sha512:{}", "0".repeat(128));
    assert!(client.manifest(&other.parse().unwrap()).is_err());
}

#[test]
fn token_is_asked_once_for_pulling_only_and_then_remembered() {
    let server = Server::start(|request| {
        if let Some(query) = request.target.strip_prefix("/token?") {
            assert_eq!(query, "scope=repository%3Ateam%2Fapp%3Apull&service=s");
            assert_eq!(
                request.header("authorization"),
                Some("Basic YWxpY2U6c2VudGluZWwtcGFzc3dvcmQ=")
            );
            return Reply::ok(r#"{"token":"tok","expires_in":60}"#);
        }
        match request.header("authorization") {
            Some("Bearer tok") => Reply::ok(MANIFEST),
            _ => challenge(&format!("http://{}/token", host_of(request))),
        }
    })
    .unwrap();
    let client = client(&server, &with_password());
    client.resolve("1").unwrap();
    client.resolve("2").unwrap();
    let targets: Vec<_> = server.seen().iter().map(|r| r.target.clone()).collect();
    assert_eq!(targets.iter().filter(|t| t.starts_with("/token")).count(), 1);
    assert_eq!(targets.len(), 4);
}

#[test]
fn identity_token_is_exchanged_by_post() {
    let server = Server::start(|request| {
        if request.target == "/token" {
            assert_eq!(request.method, "POST");
            let body = String::from_utf8(request.body.clone()).unwrap();
            assert!(
                body.contains("grant_type=refresh_token") && body.contains("refresh_token=idt")
            );
            return Reply::ok(r#"{"access_token":"tok"}"#);
        }
        match request.header("authorization") {
            Some("Bearer tok") => Reply::ok(MANIFEST),
            _ => challenge(&format!("http://{}/token", host_of(request))),
        }
    })
    .unwrap();
    let credentials = |_: &str| Some(Credential::IdentityToken(Secret::new("idt")));
    let access = Access { credentials: Arc::new(credentials), ..access() };
    client(&server, &access).resolve("1").unwrap();
}

#[test]
fn basic_challenge_gets_the_password_and_nobody_gets_it_unasked() {
    let server = Server::start(|request| match request.header("authorization") {
        Some("Basic YWxpY2U6c2VudGluZWwtcGFzc3dvcmQ=") => Reply::ok(MANIFEST),
        None => Reply::status(401).header("WWW-Authenticate", r#"Basic realm="r""#),
        Some(_) => Reply::status(403),
    })
    .unwrap();
    client(&server, &with_password()).resolve("1").unwrap();
    assert!(server.seen().first().unwrap().header("authorization").is_none());
    assert!(matches!(client(&server, &access()).resolve("1"), Err(RegistryError::Unauthorized)));
}

#[test]
fn registry_that_always_asks_again_is_given_up() {
    let server = Server::start(|request| {
        if request.target.starts_with("/token") {
            return Reply::ok(r#"{"token":"t"}"#);
        }
        challenge(&format!("http://{}/token", host_of(request)))
    })
    .unwrap();
    let fault = client(&server, &with_password()).resolve("1").unwrap_err();
    assert!(matches!(fault, RegistryError::Unauthorized));
    assert_eq!(server.seen().len(), 3);
}

#[test]
fn stranger_token_service_gets_nothing() {
    let stranger = Server::start(|_| Reply::ok(r#"{"token":"t"}"#)).unwrap();
    let port = stranger.address().port();
    // The same listener under another name of this machine.
    for realm in [format!("http://localhost:{port}/token"), "https://evil.example/t".into()] {
        let server = Server::start(move |_| challenge(&realm)).unwrap();
        let fault = client(&server, &with_password()).resolve("1").unwrap_err();
        assert!(matches!(fault, RegistryError::RealmStranger { .. }), "{fault:?}");
        assert!(!format!("{fault} {fault:?}").contains("sentinel"));
    }
    assert!(stranger.seen().is_empty());
    let realm = format!("http://localhost:{port}/token");
    let server = Server::start(move |request| match request.header("authorization") {
        Some("Bearer t") => Reply::ok(MANIFEST),
        _ => challenge(&realm),
    })
    .unwrap();
    let allowed = Access { token_hosts: vec!["localhost".into()], ..access() };
    client(&server, &allowed).resolve("1").unwrap();
}

#[test]
fn redirected_blob_arrives_without_our_authorization() {
    let elsewhere = Server::start(|request| {
        assert!(request.header("authorization").is_none());
        Reply::ok("blob")
    })
    .unwrap();
    let location = format!("http://{}/storage?sig=x", elsewhere.address());
    let server = Server::start(move |request| match request.header("authorization") {
        Some(_) => Reply::redirect(location.clone()),
        None => Reply::status(401).header("WWW-Authenticate", "Basic"),
    })
    .unwrap();
    let mut content = String::new();
    let client = client(&server, &with_password());
    client.blob(&Digest::of(b"blob"), 4).unwrap().read_to_string(&mut content).unwrap();
    assert_eq!((content.as_str(), elsewhere.seen().len()), ("blob", 1));
}

#[test]
fn challenge_after_a_redirect_is_not_answered() {
    let elsewhere =
        Server::start(|_| Reply::status(401).header("WWW-Authenticate", "Basic")).unwrap();
    let location = format!("http://{}/x", elsewhere.address());
    let server = Server::start(move |_| Reply::redirect(location.clone())).unwrap();
    let fault = client(&server, &with_password()).resolve("1").unwrap_err();
    assert!(matches!(fault, RegistryError::Unauthorized));
    assert!(elsewhere.seen().iter().all(|request| request.header("authorization").is_none()));
}

#[test]
fn bad_redirects_are_refused() {
    let refuse = |location: &str| {
        let location = location.to_owned();
        let server = Server::start(move |_| Reply::redirect(location.clone())).unwrap();
        client(&server, &access()).resolve("1").unwrap_err()
    };
    assert!(matches!(refuse("/again"), RegistryError::RedirectLoop));
    assert!(matches!(refuse("file:///etc/passwd"), RegistryError::RedirectMalformed));
    assert!(matches!(refuse("http://u:p@127.0.0.1/"), RegistryError::RedirectMalformed));
    assert!(matches!(refuse("http://cdn.example/x"), RegistryError::RedirectPlain { .. }));
    // Even a registry on this machine does not lead to link-local addresses.
    assert!(matches!(refuse("https://169.254.169.254/x"), RegistryError::AddressInside { .. }));
}

#[test]
fn bodies_end_where_they_should() {
    let served = |reply: Reply| Server::start(move |_| reply.clone()).unwrap();
    let endless = served(Reply::ok(vec![b' '; 1 << 16]).endless());
    let fault = client(&endless, &access()).resolve("1").unwrap_err();
    assert!(matches!(fault, RegistryError::TooLarge { what: "manifest", .. }), "{fault:?}");

    let read = |server: &Server, size| {
        let mut content = Vec::new();
        let digest = Digest::of(b"x");
        client(server, &access()).blob(&digest, size).map(|mut blob| blob.read_to_end(&mut content))
    };
    assert!(read(&endless, 1 << 20).unwrap().is_err());
    let longer = served(Reply::ok("12345"));
    assert!(matches!(
        read(&longer, 4),
        Err(RegistryError::BlobLength { expected: 4, announced: 5 })
    ));
    let broken = served(Reply::ok("123").announcing(5));
    assert!(read(&broken, 5).unwrap().is_err());
    let huge = served(Reply::ok("").announcing(1 << 40));
    let fault = client(&huge, &access()).resolve("1").unwrap_err();
    assert!(matches!(fault, RegistryError::TooLarge { .. }));
    assert_eq!(read(&longer, 5).unwrap().unwrap(), 5);
}

#[test]
fn endless_token_is_refused() {
    let server = Server::start(|request| {
        if request.target.starts_with("/token") {
            return Reply::ok(vec![b' '; 1 << 16]).endless();
        }
        challenge(&format!("http://{}/token", host_of(request)))
    })
    .unwrap();
    let fault = client(&server, &access()).resolve("1").unwrap_err();
    assert!(matches!(fault, RegistryError::TooLarge { what: "token", .. }), "{fault:?}");
}

#[test]
fn busy_registry_is_asked_again_a_bounded_number_of_times() {
    let left = Arc::new(AtomicUsize::new(2));
    let server = Server::start(move |_| {
        if left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)).is_ok() {
            Reply::status(429).header("Retry-After", "86400")
        } else {
            Reply::ok(MANIFEST)
        }
    })
    .unwrap();
    client(&server, &access()).resolve("1").unwrap();
    let always = Server::start(|_| Reply::status(503)).unwrap();
    let fault = client(&always, &access()).resolve("1").unwrap_err();
    assert!(matches!(fault, RegistryError::Busy { status: 503 }));
    assert_eq!(always.seen().len(), 3);
}

#[test]
fn plain_http_is_for_loopback_or_by_word() {
    let plain = |name: &str, access: &Access| {
        let reference: ImageRef = name.parse().unwrap();
        !Repository::new(&reference, access).unwrap().is_tls()
    };
    let everywhere = Access { plain_http: Plain::Everywhere, ..access() };
    assert!(plain("localhost:5000/a", &access()));
    assert!(plain("127.0.0.1/a", &access()));
    assert!(plain("[::1]:5000/a", &access()));
    let certificates = rustls_native_certs::load_native_certs();
    if !certificates.certs.is_empty() {
        assert!(!plain("r.example/a", &access()));
        assert!(!plain("localhost.example/a", &access()));
    }
    assert!(plain("r.example/a", &everywhere));
}

#[test]
fn tag_is_asked_for_once_and_another_manifest_behind_it_is_refused() {
    let config =
        r#"{"os":"linux","architecture":"amd64","rootfs":{"type":"layers","diff_ids":[]}}"#;
    let manifest = format!(
        r#"{{"schemaVersion":2,"config":{{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"{}","size":{}}},"layers":[]}}"#,
        Digest::of(config.as_bytes()),
        config.len()
    );
    let index = format!(
        r#"{{"schemaVersion":2,"manifests":[{{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"{}","size":{},"platform":{{"os":"linux","architecture":"amd64"}}}}]}}"#,
        Digest::of(manifest.as_bytes()),
        manifest.len()
    );
    let open = |delivered: String| {
        let index = index.clone();
        let server = Server::start(move |request| match request.target.as_str() {
            "/v2/team/app/manifests/1" => Reply::ok(index.clone()),
            target if target.contains("/manifests/") => Reply::ok(delivered.clone()),
            _ => Reply::ok(config),
        })
        .unwrap();
        let wanted = crate::Selection { tag: None, platform: Some("linux/amd64".into()) };
        let opened = crate::open_registry(&reference(&server, ":1"), &wanted, &access());
        let asked = server.seen().iter().filter(|r| r.target.ends_with("/manifests/1")).count();
        assert_eq!(asked, 1);
        opened.map(|image| image.digest).map_err(|fault| fault.to_string())
    };
    assert_eq!(open(manifest.clone()), Ok(Digest::of(manifest.as_bytes())));
    let swapped = manifest.replace("\"layers\":[]", "\"layers\":[ ]");
    let fault = open(swapped).unwrap_err();
    assert!(fault.contains("digest"), "{fault}");
}
