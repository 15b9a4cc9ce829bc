//! Every place that a user has an image or a tree in, with the same answer.

use serde_json::Value;
use testkit::image::{Image, Layer, Layout, Packing, docker_archive};

use super::content::{
    DEBIAN, DPKG, SHOP_FINDINGS, SHOP_PACKAGES, SITE, metadata, module, shop, single,
};
use super::sandbox::{Sandbox, findings, list, packages, text};

/// Packages and findings without the digests of layers, which depend on the packing.
fn content(report: &Value) -> Value {
    let mut content = serde_json::json!([report["packages"], report["findings"]]);
    strip_layers(&mut content);
    content
}

fn strip_layers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if let Some(Value::Object(layer)) = object.get_mut("layer") {
                layer.remove("digest");
            }
            object.values_mut().for_each(strip_layers);
        }
        Value::Array(items) => items.iter_mut().for_each(strip_layers),
        _ => {}
    }
}

#[test]
fn every_form_of_an_image_gives_the_same_report() {
    let sandbox = Sandbox::new();
    let layout = Layout::new().tag("1.0", &shop()).unwrap();
    let folder = sandbox.layout("layout", &layout);
    let archive = sandbox.image(&shop());
    let docker = sandbox.docker("shop:1.0", &shop());
    let first = sandbox.report(&format!("oci:{folder}:1.0"), &["--no-cache"]);
    assert_eq!(findings(&first), SHOP_FINDINGS);
    assert_eq!(packages(&first), SHOP_PACKAGES);
    for target in [folder.as_str(), &format!("oci:{folder}"), &archive, &format!("oci:{archive}")] {
        let report = sandbox.report(target, &["--no-cache"]);
        assert_eq!(report["packages"], first["packages"], "{target}");
        assert_eq!(report["findings"], first["findings"], "{target}");
        assert_eq!(report["subject"]["digest"], first["subject"]["digest"], "{target}");
    }
    let docker_report = sandbox.report(&docker, &["--no-cache"]);
    assert_eq!(content(&docker_report), content(&first));
    assert_eq!(text(&docker_report["subject"], "name"), "shop:1.0");
    for path in [&archive, &docker] {
        let bytes = std::fs::read(path).unwrap();
        let run = sandbox.haechi_reading(["scan", "-", "-f", "json", "--no-cache"], &bytes);
        assert_eq!(content(&run.exits(1).json()), content(&first), "{path}");
    }
    sandbox.left_nothing();
}

#[test]
fn every_packing_of_the_layers_gives_the_same_report() {
    let sandbox = Sandbox::new();
    let reports: Vec<Value> = [Packing::Plain, Packing::Gzip, Packing::Zstd]
        .into_iter()
        .map(|packing| {
            let image = sandbox.image(&shop().repacked(packing));
            content(&sandbox.report(&image, &[]))
        })
        .collect();
    assert_eq!(reports[0], reports[1]);
    assert_eq!(reports[0], reports[2]);
}

#[test]
fn a_layer_of_several_gzip_members_is_read_to_its_end() {
    use std::io::Write as _;
    let layer =
        Layer::new("x").file("srv/node_modules/lodash/package.json", module("lodash", "4.17.20"));
    let tar = layer.tar().unwrap();
    let mut blob = Vec::new();
    for half in tar.chunks(tar.len() / 2 + 1) {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(half).unwrap();
        blob.extend(packer.finish().unwrap());
    }
    let sandbox = Sandbox::new();
    let image = sandbox.image(&single(layer.stored(blob)));
    assert_eq!(packages(&sandbox.report(&image, &[])), ["lodash 4.17.20"]);
}

#[test]
fn a_kept_inventory_gives_the_same_report_outside_meta() {
    let sandbox = Sandbox::new();
    let image = sandbox.image(&shop());
    let mut cold = sandbox.report(&image, &[]);
    let mut warm = sandbox.report(&image, &[]);
    assert_eq!(text(&warm["meta"], "inventoryFromCache"), "true");
    cold["meta"] = Value::Null;
    warm["meta"] = Value::Null;
    assert_eq!(cold.to_string(), warm.to_string());
}

#[test]
fn a_tag_must_be_chosen_where_there_are_several() {
    let sandbox = Sandbox::new();
    let other = single(Layer::new("x").file("etc/motd", "nothing here"));
    let layout = Layout::new().tag("1.0", &shop()).unwrap().tag("2.0", &other).unwrap();
    let folder = sandbox.layout("layout", &layout);
    sandbox.haechi(["scan", &folder]).exits(2).tells("1.0").tells("2.0");
    assert_eq!(findings(&sandbox.report(&format!("oci:{folder}:1.0"), &[])), SHOP_FINDINGS);
    assert!(findings(&sandbox.report(&format!("oci:{folder}:2.0"), &[])).is_empty());
    sandbox.haechi(["scan", &format!("oci:{folder}:3.0")]).exits(2).tells("no image is tagged 3.0");
    let both = docker_archive(&[("shop:1.0", &shop()), ("other:2.0", &other)]).unwrap();
    let archive = sandbox.input("both.tar", both);
    sandbox.haechi(["scan", &archive]).exits(2).tells("several images").tells("other:2.0");
    assert_eq!(findings(&sandbox.report(&format!("oci:{archive}:1.0"), &[])), SHOP_FINDINGS);
}

#[test]
fn the_platform_is_chosen_by_flag_or_machine() {
    let sandbox = Sandbox::new();
    let of = |platform: &str, version: &str| {
        let manifest = module("lodash", version);
        let layer = Layer::new("x").file("srv/node_modules/lodash/package.json", manifest);
        Image::new().layer(layer).platform(platform)
    };
    let images = [
        of("linux/amd64", "4.17.20"),
        of("linux/arm64/v8", "4.17.19"),
        of("linux/s390x", "4.17.21"),
    ];
    let folder = sandbox.layout("layout", &Layout::new().platforms("1", &images).unwrap());
    let versions = |platform: &str| {
        let report = sandbox.report(&folder, &["--platform", platform]);
        assert!(text(&report["subject"], "platform").starts_with(platform));
        packages(&report)
    };
    assert_eq!(versions("linux/amd64"), ["lodash 4.17.20"]);
    assert_eq!(versions("linux/arm64"), ["lodash 4.17.19"]);
    assert_eq!(versions("linux/arm64/v8"), ["lodash 4.17.19"]);
    assert_eq!(versions("linux/s390x"), ["lodash 4.17.21"]);
    sandbox
        .haechi(["scan", &folder, "--platform", "windows/amd64"])
        .exits(2)
        .tells("no image for windows/amd64")
        .tells("linux/s390x");
    if cfg!(target_arch = "x86_64") {
        assert_eq!(packages(&sandbox.report(&folder, &[])), ["lodash 4.17.20"]);
    }
}

#[test]
fn a_root_file_system_gives_what_its_image_gives() {
    let sandbox = Sandbox::new();
    let root = "root file system";
    for (name, content) in [
        ("etc/os-release", DEBIAN.to_owned()),
        ("var/lib/dpkg/status", DPKG.to_owned()),
        (&format!("{SITE}/jinja2-3.1.2.dist-info/METADATA"), metadata("Jinja2", "3.1.2")),
        ("srv/node_modules/lodash/package.json", module("lodash", "4.17.20")),
    ] {
        sandbox.input(&format!("{root}/{name}"), content);
    }
    let target = sandbox.path("input").join(root);
    let report = sandbox.report(target.to_str().unwrap(), &[]);
    assert_eq!(findings(&report), SHOP_FINDINGS);
    assert_eq!(packages(&report), SHOP_PACKAGES);
    assert_eq!(text(&report["subject"], "kind"), "directory");
    assert_eq!(text(&report["subject"]["os"], "id"), "debian");
    sandbox.left_nothing();
}

#[test]
fn a_single_file_is_a_target() {
    let sandbox = Sandbox::new();
    let jar = super::advisories::zipped(&[(
        "META-INF/maven/org.example/core/pom.properties".to_owned(),
        b"groupId=org.example\nartifactId=core\nversion=2.14.1\n".to_vec(),
    )]);
    let target = sandbox.input("core.jar", jar);
    let report = sandbox.report(&target, &[]);
    assert_eq!(text(&report["subject"], "kind"), "file");
    assert_eq!(findings(&report), ["CVE-2099-4001 org.example:core"]);
}

#[test]
fn what_is_not_there_or_no_image_is_said_so() {
    let sandbox = Sandbox::new();
    let empty = sandbox.input("empty.tar", "");
    let noise = sandbox.input("noise.tar", [7u8; 4096]);
    let tar = sandbox.input("tar.tar", Layer::new("x").file("a", "b").tar().unwrap());
    for (target, text) in [
        ("./absent", "no such file or directory"),
        ("absent.tar", "no such file or directory"),
        ("oci:absent", "no such image layout"),
        (&empty, "neither an OCI image nor a docker-archive"),
        (&tar, "neither an OCI image nor a docker-archive"),
        (&noise, "noise.tar"),
        ("docker:absent", "Docker Engine"),
        ("https://example.com/app", "no scheme"),
        ("team/UPPER", "lower case"),
    ] {
        let run = sandbox.haechi(["scan", target]).exits(2).tells(text);
        assert!(run.stdout.is_empty() && run.stderr.starts_with("haechi: "), "{run:?}");
    }
    sandbox.haechi(["scan", "--offline", "localhost:1/app"]).exits(2).tells("--offline");
    sandbox.left_nothing();
}

#[test]
fn an_image_without_layers_is_empty_and_passes() {
    let sandbox = Sandbox::new();
    let report = sandbox.report(&sandbox.image(&Image::new().instruction("CMD x")), &[]);
    assert!(list(&report, "packages").is_empty());
    assert_eq!(text(&report["verdict"], "outcome"), "pass");
}
