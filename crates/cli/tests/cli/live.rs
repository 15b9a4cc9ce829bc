//! A real Docker Engine and a real registry: the same image through each of them.

use std::os::unix::fs::PermissionsExt;
use std::thread;

use base64::Engine as _;
use serde_json::{Value, json};
use testkit::image::{BuiltImage, digest};
use testkit::skip;

use super::content::{SHOP_FINDINGS, shop};
use super::sandbox::{Sandbox, findings, list, text};
use super::service::{self, Engine, Registry, lacking, program};

/// `carol` with the password `sesame`.
const PASSWORDS: &str = "carol:$2y$05$SdwH8BNs0s5QCUDlGBESseAYeAgL.mrFjwmaApE2lX4IwDL03d3We\n";

/// Packages and findings without the layers, whose digests and instructions depend on the packing.
fn content(report: &Value) -> Value {
    let mut content = json!([report["packages"], report["findings"]]);
    strip_layers(&mut content);
    content
}

fn strip_layers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            object.remove("layer");
            object.values_mut().for_each(strip_layers);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_layers),
        _ => {}
    }
}

#[test]
fn a_debian_gives_the_same_through_engine_archive_and_registry() {
    let name = "a_debian_gives_the_same_through_engine_archive_and_registry";
    if !service::root() {
        return skip(name, "not root, so no Docker Engine can be started");
    }
    if let Some(reason) = lacking(&["dockerd", "docker", "docker-registry", "debootstrap"]) {
        return skip(name, &reason);
    }
    let Some(debian) = service::debian() else {
        return skip(name, "debootstrap cannot fetch a Debian here");
    };
    let sandbox = Sandbox::new();
    let services = sandbox.path("input");
    let (engine, registry) = thread::scope(|scope| {
        let engine = scope.spawn(|| Engine::start(&services));
        (engine.join().unwrap(), Registry::start(&services, None))
    });
    let pushed = format!("{}/debian/minimal:12", registry.address);
    engine.docker(&["import", debian.to_str().unwrap(), &pushed]);

    let socket = ["--docker-socket", &engine.socket, "--no-cache"];
    let local = sandbox.report(&format!("docker:{pushed}"), &socket);
    assert!(list(&local, "packages").len() > 80, "{} packages", list(&local, "packages").len());
    assert!(!list(&local, "findings").is_empty());
    assert_eq!(text(&local["subject"]["os"], "version"), "12");
    assert!(list(&local, "notExamined").is_empty(), "{}", local["notExamined"]);
    // A bare reference is taken from the engine that has it.
    assert_eq!(content(&sandbox.report(&pushed, &socket)), content(&local));

    let saved = engine.docker(&["save", &pushed]).stdout;
    let run = sandbox.haechi_reading(["scan", "-", "-f", "json", "--no-cache"], &saved);
    assert_eq!(content(&run.json()), content(&local));
    let archive = sandbox.input("saved.tar", &saved);
    assert_eq!(content(&sandbox.report(&archive, &["--no-cache"])), content(&local));

    engine.docker(&["push", &pushed]);
    let remote = sandbox.report(&format!("registry:{pushed}"), &["--no-cache"]);
    assert_eq!(content(&remote), content(&local));
    // The engine that does not have it passes the name on.
    engine.docker(&["rmi", &pushed]);
    assert_eq!(content(&sandbox.report(&pushed, &socket)), content(&local));
    sandbox
        .haechi(["scan", &format!("docker:{pushed}"), "--docker-socket", &engine.socket])
        .exits(2);

    let layer = &list(&remote, "packages")[0]["locations"][0]["layer"];
    assert!(text(layer, "digest").starts_with("sha256:"));
    sandbox.left_nothing();
}

/// Pushes an image as the distribution specification says: blobs first, then the manifest.
fn push(registry: &Registry, image: &BuiltImage, tag: &str) {
    let base = format!("http://{}/v2/team/app", registry.address);
    let blobs = image.layers.iter().map(|layer| &layer.blob).chain([&image.config]);
    for blob in blobs {
        let head = curl(
            &["-X", "POST", &format!("{base}/blobs/uploads/"), "-D", "-", "-o", "/dev/null"],
            b"",
        );
        let location = head
            .lines()
            .find_map(|line| {
                line.split_once(": ").filter(|(name, _)| name.eq_ignore_ascii_case("location"))
            })
            .map(|(_, value)| value.trim().to_owned())
            .unwrap();
        let target = format!("{location}&digest={}", digest(blob));
        curl(&["-X", "PUT", &target, "-H", "Content-Type: application/octet-stream"], blob);
    }
    let target = format!("{base}/manifests/{tag}");
    let kind = "Content-Type: application/vnd.oci.image.manifest.v1+json";
    curl(&["-X", "PUT", &target, "-H", kind], &image.manifest);
}

fn curl(arguments: &[&str], body: &[u8]) -> String {
    use std::io::Write as _;
    let mut held = tempfile::NamedTempFile::new().unwrap();
    held.write_all(body).unwrap();
    let output = program("curl")
        .args(["--silent", "--show-error", "--fail", "--noproxy", "*", "--user", "carol:sesame"])
        .arg("--data-binary")
        .arg(format!("@{}", held.path().display()))
        .args(arguments)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_registry_that_asks_for_a_password_gets_it_from_configuration_or_helper() {
    let name = "a_registry_that_asks_for_a_password_gets_it_from_configuration_or_helper";
    if let Some(reason) = lacking(&["docker-registry", "curl"]) {
        return skip(name, &reason);
    }
    let sandbox = Sandbox::new();
    let registry = Registry::start(&sandbox.path("input"), Some(PASSWORDS));
    push(&registry, &shop().build().unwrap(), "1.0");
    let target = format!("{}/team/app:1.0", registry.address);

    sandbox.haechi(["scan", &target]).exits(2).tells("docker login");

    let pair = base64::engine::general_purpose::STANDARD.encode("carol:sesame");
    let wrong = base64::engine::general_purpose::STANDARD.encode("carol:open");
    let config =
        |auth: &str| json!({ "auths": { &registry.address: { "auth": auth } } }).to_string();
    sandbox.input("docker/config.json", config(&pair));
    let folder = sandbox.path("input/docker");
    let sandbox = sandbox.with("DOCKER_CONFIG", &folder);
    let report = sandbox.report(&target, &["--no-cache"]);
    assert_eq!(findings(&report), SHOP_FINDINGS);
    sandbox.input("docker/config.json", config(&wrong));
    let run = sandbox.haechi(["scan", &target]).exits(2);
    assert!(!run.stderr.contains("open"), "{}", run.stderr);

    let helper = "#!/bin/sh\n[ \"$1\" = get ] && host=$(cat) && echo \"$host\" >>\"$HELPER_LOG\" &&\n\
        printf '{\"ServerURL\":\"%s\",\"Username\":\"carol\",\"Secret\":\"sesame\"}' \"$host\"\n";
    let program = sandbox.input("bin/docker-credential-tests", helper);
    std::fs::set_permissions(&program, PermissionsExt::from_mode(0o755)).unwrap();
    let config = json!({ "credHelpers": { &registry.address: "tests" } }).to_string();
    sandbox.input("docker/config.json", config);
    let bin = sandbox.path("input/bin");
    let log = sandbox.path("input/asked");
    let sandbox =
        sandbox.with("PATH", format!("{}:/usr/bin:/bin", bin.display())).with("HELPER_LOG", &log);
    assert_eq!(findings(&sandbox.report(&target, &["--no-cache"])), SHOP_FINDINGS);
    let asked = std::fs::read_to_string(&log).unwrap();
    assert_eq!(asked.lines().next(), Some(registry.address.as_str()));

    std::fs::write(&program, "#!/bin/sh\nexit 1\n").unwrap();
    sandbox.haechi(["scan", &target]).exits(2).tells("docker-credential-tests");
    std::fs::remove_file(&program).unwrap();
    sandbox.haechi(["scan", &target]).exits(2).tells("docker-credential-tests");
    sandbox.left_nothing();
}
