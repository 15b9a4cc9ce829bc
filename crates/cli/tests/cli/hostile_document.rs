//! Manifests, indexes and configurations that lie or never end.

use serde_json::{Value, json};
use testkit::image::{
    BuiltImage, Image, Layer, Layout, descriptor, digest, docker_archive, tar_of,
};

use super::content::{module, shop, single};
use super::sandbox::Sandbox;

fn sandbox() -> Sandbox {
    Sandbox::new().bounded()
}

fn small() -> Image {
    single(
        Layer::new("x").file("srv/node_modules/lodash/package.json", module("lodash", "4.17.20")),
    )
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// A layout whose one manifest is this text.
fn with_manifest(built: &BuiltImage, manifest: &[u8]) -> Layout {
    let mut layout = Layout::new();
    layout.add(built);
    layout.blobs.insert(digest(manifest), manifest.to_vec());
    layout.list(descriptor(MANIFEST, &digest(manifest), manifest.len()));
    layout
}

/// A layout whose one configuration is this text.
fn with_config(config: &[u8]) -> Layout {
    let mut built = small().build().unwrap();
    let mut manifest: Value = serde_json::from_slice(&built.manifest).unwrap();
    manifest["config"]["digest"] = digest(config).into();
    manifest["config"]["size"] = config.len().into();
    built.config = config.to_vec();
    built.manifest = manifest.to_string().into_bytes();
    let mut layout = Layout::new();
    let entry = layout.add(&built);
    layout.list(entry);
    layout
}

#[test]
fn wrong_content_behind_any_digest_is_refused() {
    let built = small().build().unwrap();
    let names = [digest(&built.manifest), digest(&built.config), built.layers[0].digest.clone()];
    let sandbox = sandbox();
    for name in names {
        let layout = Layout::of(&small()).unwrap();
        let mut other = layout.clone();
        // The same length, so that only the digest can tell.
        let blob = other.blobs.get_mut(&name).unwrap();
        *blob = blob.iter().map(|byte| byte ^ u8::from(byte.is_ascii_digit())).collect();
        blob[0] = layout.blobs[&name][0];
        let last = blob.len() - 1;
        blob[last] ^= 1;
        sandbox.refuses(&sandbox.input("image.tar", other.archive()), "sha256:");
        let mut longer = layout.clone();
        longer.blobs.get_mut(&name).unwrap().push(b'\n');
        sandbox.refuses(&sandbox.input("image.tar", longer.archive()), "sha256:");
        let mut shorter = layout.clone();
        shorter.blobs.get_mut(&name).unwrap().pop();
        sandbox.refuses(&sandbox.input("image.tar", shorter.archive()), "sha256:");
        let mut missing = layout;
        missing.blobs.remove(&name);
        sandbox.refuses(&sandbox.input("image.tar", missing.archive()), &name);
    }
}

#[test]
fn a_wrong_size_is_refused() {
    let sandbox = sandbox();
    for (field, size) in
        [("layers", 1_u64), ("layers", 1 << 40), ("config", 1), ("config", 1 << 40)]
    {
        let built = small().build().unwrap();
        let mut manifest: Value = serde_json::from_slice(&built.manifest).unwrap();
        if field == "layers" {
            manifest["layers"][0]["size"] = size.into();
        } else {
            manifest["config"]["size"] = size.into();
        }
        let layout = with_manifest(&built, manifest.to_string().as_bytes());
        sandbox.refuses(&sandbox.input("image.tar", layout.archive()), "sha256:");
    }
}

#[test]
fn a_wrong_diff_id_of_a_docker_archive_is_refused() {
    let archive = docker_archive(&[("app:1", &small())]).unwrap();
    let layer = small().build().unwrap().layers[0].diff_id.replace("sha256:", "");
    let at = archive.windows(20).position(|window| window == b"node_modules/lodash/").unwrap();
    // The name in the layer's own header, which its checksum covers, and so a digit of the content.
    let digit = at + archive[at..].windows(6).position(|w| w == b"4.17.2").unwrap();
    let mut changed = archive.clone();
    changed[digit] = b'5';
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.input("docker.tar", &changed), &layer);
    let run = sandbox.haechi_reading(["scan", "-"], &changed).exits(2).tells(&layer);
    assert!(run.stdout.is_empty());
    sandbox.left_nothing();
}

#[test]
fn digests_that_are_none_are_refused() {
    let built = small().build().unwrap();
    let sandbox = sandbox();
    for bad in [
        "",
        "sha256:",
        "sha256:../../../../etc/passwd",
        "md5:d41d8cd98f00b204e9800998ecf8427e",
        "sha256:zz",
        &format!("sha256:{}", "A".repeat(64)),
        &"a".repeat(100_000),
    ] {
        let mut manifest: Value = serde_json::from_slice(&built.manifest).unwrap();
        manifest["layers"][0]["digest"] = bad.into();
        let layout = with_manifest(&built, manifest.to_string().as_bytes());
        let run = sandbox.haechi(["scan", &sandbox.input("image.tar", layout.archive())]).exits(2);
        assert!(run.stderr.len() < 4_096, "{} bytes", run.stderr.len());
    }
    sandbox.left_nothing();
}

#[test]
fn deep_and_broken_documents_are_refused() {
    let deep = |open: &str, close: &str| {
        format!("{{\"x\":{}{}}}", open.repeat(200_000), close.repeat(200_000)).into_bytes()
    };
    let texts = [
        deep("[", "]"),
        deep("{\"a\":", "}"),
        b"{".to_vec(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        b"\xff\xfe{}".to_vec(),
        b"{\"schemaVersion\": 1, \"fsLayers\": []}".to_vec(),
    ];
    let built = small().build().unwrap();
    let sandbox = sandbox();
    for text in &texts {
        let manifest = with_manifest(&built, text);
        sandbox.refuses(&sandbox.input("image.tar", manifest.archive()), "image.tar: ");
        let index = tar_of(&[
            ("oci-layout".to_owned(), b"{}".to_vec()),
            ("index.json".to_owned(), text.clone()),
        ]);
        sandbox.refuses(&sandbox.input("image.tar", index), "image.tar: ");
        let docker = tar_of(&[("manifest.json".to_owned(), text.clone())]);
        sandbox.refuses(&sandbox.input("image.tar", docker), "image.tar: ");
        let config = with_config(text);
        let run =
            sandbox.haechi(["scan", &sandbox.input("image.tar", config.archive()), "--no-cache"]);
        // A configuration that says nothing, or only what nobody knows, is no fault.
        let shown = String::from_utf8_lossy(text).chars().take(80).collect::<String>();
        assert!(matches!(run.code, 0..=2), "{shown}");
    }
    sandbox.left_nothing();
}

#[test]
fn documents_beyond_their_bound_are_refused() {
    let built = small().build().unwrap();
    let padding = " ".repeat(9 << 20);
    let sandbox = sandbox();
    let mut manifest = built.manifest.clone();
    manifest.extend(padding.as_bytes());
    let layout = with_manifest(&built, &manifest);
    sandbox.refuses(&sandbox.input("image.tar", layout.archive()), "is larger than");
    let mut config = built.config;
    config.extend(padding.as_bytes());
    sandbox.refuses(&sandbox.input("image.tar", with_config(&config).archive()), "is larger than");
}

#[test]
fn an_index_of_itself_or_of_many_ends() {
    let sandbox = sandbox();
    let mut layout = Layout::of(&small()).unwrap();
    for _ in 0..10 {
        let index = json!({ "schemaVersion": 2, "manifests": layout.index["manifests"] });
        let index = index.to_string().into_bytes();
        let entry =
            descriptor("application/vnd.oci.image.index.v1+json", &digest(&index), index.len());
        layout.blobs.insert(digest(&index), index);
        layout.index["manifests"] = json!([entry]);
    }
    sandbox.refuses(&sandbox.input("image.tar", layout.archive()), "nested too deeply");

    let mut wide = Layout::of(&small()).unwrap();
    let mut entry = wide.index["manifests"][0].clone();
    entry["platform"] = json!({ "os": "linux", "architecture": "none" });
    wide.index["manifests"] = vec![entry; 30_000].into();
    let run = sandbox.haechi(["scan", &sandbox.input("image.tar", wide.archive())]).exits(2);
    assert!(run.stderr.len() < 10_000, "{} bytes of fault", run.stderr.len());
    sandbox.left_nothing();
}

#[test]
fn another_number_of_layers_than_the_configuration_says_is_refused() {
    let mut config: Value = serde_json::from_slice(&small().build().unwrap().config).unwrap();
    config["rootfs"]["diff_ids"] = json!([digest(b"a"), digest(b"b")]);
    let sandbox = sandbox();
    let archive = with_config(config.to_string().as_bytes()).archive();
    sandbox.refuses(&sandbox.input("image.tar", archive), "another number of layers");
}

#[test]
fn a_history_of_another_length_misleads_nobody() {
    let mut config: Value = serde_json::from_slice(&small().build().unwrap().config).unwrap();
    let sandbox = sandbox();
    for history in [json!([]), json!(null), json!([{}, {}, {}]), json!([{ "created_by": 5 }])] {
        config["history"] = history;
        let archive = with_config(config.to_string().as_bytes()).archive();
        let run = sandbox.haechi(["scan", &sandbox.input("image.tar", archive), "--no-cache"]);
        assert!(matches!(run.code, 1 | 2), "{run:?}");
    }
}

#[test]
fn members_of_a_docker_archive_are_taken_from_the_archive_only() {
    let sandbox = sandbox();
    let secret = sandbox.input("secret.json", "{\"rootfs\":{\"diff_ids\":[]}}");
    for config in [secret.as_str(), "../secret.json", "", "/", ".", "manifest.json"] {
        let manifest =
            json!([{ "Config": config, "RepoTags": ["a:1"], "Layers": ["../x", "/etc/passwd"] }]);
        let tar = tar_of(&[("manifest.json".to_owned(), manifest.to_string().into_bytes())]);
        sandbox.refuses(&sandbox.input("image.tar", &tar), "image.tar: ");
        sandbox.haechi_reading(["scan", "-"], &tar).exits(2);
    }
    sandbox.left_nothing();
}

#[test]
fn a_name_or_instruction_cannot_steer_a_terminal() {
    let escape = "\u{1b}]0;owned\u{7}\u{1b}[2J\u{202e}x";
    let mut config: Value = serde_json::from_slice(&small().build().unwrap().config).unwrap();
    config["history"] = json!([{ "created_by": escape }]);
    let sandbox = sandbox();
    let archive = sandbox.input("image.tar", with_config(config.to_string().as_bytes()).archive());
    let named = sandbox.input("docker.tar", docker_archive(&[(escape, &shop())]).unwrap());
    let report = sandbox.path("input/report.json");
    let report = report.to_str().unwrap();
    sandbox.haechi(["scan", &archive, "--no-cache", "-f", "json", "-o", report]).exits(1);
    for run in [
        sandbox.haechi(["scan", &archive, "--no-cache"]),
        sandbox.haechi(["scan", &named, "--no-cache"]),
        sandbox.haechi(["explain", "CVE-2099-2001", "--in", report]),
        sandbox.haechi(["scan", &format!("./absent{escape}")]),
        sandbox.haechi(["scan", escape, "--offline"]),
        sandbox.haechi(["explain", escape, "--in", report]),
        sandbox.haechi(["db", "query", escape]),
    ] {
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(!shown.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{shown:?}");
    }
}
