//! What is left of layers when they lie on each other.

use serde_json::Value;
use testkit::image::header::EntryKind;
use testkit::image::{Image, Layer, docker_archive};

use super::content::{SITE, layers, metadata, module, single};
use super::sandbox::{Sandbox, findings, list, not_examined, packages, text};

fn lodash(folder: &str, version: &str) -> Layer {
    Layer::new("COPY")
        .file(&format!("{folder}/node_modules/lodash/package.json"), module("lodash", version))
}

fn packages_of(layers: impl IntoIterator<Item = Layer>) -> Vec<String> {
    packages(&report_of(layers))
}

fn report_of(layers: impl IntoIterator<Item = Layer>) -> Value {
    let sandbox = Sandbox::new();
    let image = layers.into_iter().fold(Image::new(), Image::layer);
    sandbox.report(&sandbox.image(&image), &[])
}

#[test]
fn a_package_removed_later_is_not_reported() {
    let [base, python, node, removal] = layers();
    let with = report_of([base.clone(), python.clone(), node.clone()]);
    assert!(findings(&with).contains(&"CVE-2099-2002 marked".to_owned()));
    let without = report_of([base, python, node, removal]);
    assert!(!without["packages"].to_string().contains("marked"));
    assert!(!without["findings"].to_string().contains("marked"));
}

#[test]
fn every_package_names_the_layer_and_instruction_that_brought_it() {
    let sandbox = Sandbox::new();
    let image = super::content::shop();
    let built = image.build().unwrap();
    let report = sandbox.report(&sandbox.image(&image), &[]);
    let of = |name: &str| {
        let all = list(&report, "packages");
        let package = all.iter().find(|package| text(package, "name") == name).unwrap();
        let layer = &package["locations"][0]["layer"];
        (text(layer, "digest").to_owned(), text(layer, "createdBy").to_owned())
    };
    // The instruction without a layer in between shifts nothing.
    assert_eq!(of("libssl3"), (built.layers[0].digest.clone(), "ADD rootfs.tar /".to_owned()));
    assert_eq!(of("jinja2"), (built.layers[1].digest.clone(), "RUN pip install jinja2".to_owned()));
    let node = (built.layers[2].digest.clone(), "COPY node_modules /srv/node_modules".to_owned());
    assert_eq!(of("lodash"), node);
    let finding = &list(&report, "findings")[0];
    assert_eq!(text(&finding["location"]["layer"], "createdBy"), node.1);
}

#[test]
fn a_file_written_again_counts_once_and_as_last_written() {
    assert_eq!(packages_of([lodash("a", "1.0.0"), lodash("a", "2.0.0")]), ["lodash 2.0.0"]);
    let twice =
        lodash("a", "1.0.0").file("a/node_modules/lodash/package.json", module("lodash", "3.0.0"));
    assert_eq!(packages_of([twice]), ["lodash 3.0.0"]);
}

#[test]
fn a_whiteout_hides_lower_layers_only() {
    let again = lodash("a", "2.0.0").whiteout("a/node_modules/lodash");
    assert_eq!(packages_of([lodash("a", "1.0.0"), again]), ["lodash 2.0.0"]);
    let gone = Layer::new("rm").whiteout("a");
    assert!(packages_of([lodash("a", "1.0.0"), gone.clone()]).is_empty());
    assert_eq!(packages_of([gone, lodash("a", "1.0.0")]), ["lodash 1.0.0"]);
}

#[test]
fn an_opaque_directory_hides_what_lower_layers_have_in_it() {
    let fresh = Layer::new("x").opaque("a").file("a/other", "");
    assert_eq!(packages_of([lodash("a", "1.0.0"), lodash("b", "1.0.1"), fresh]), ["lodash 1.0.1"]);
    // The mark may stand behind what it keeps.
    let kept = lodash("a", "2.0.0").opaque("a");
    assert_eq!(packages_of([lodash("a", "1.0.0"), kept]), ["lodash 2.0.0"]);
}

#[test]
fn a_file_or_link_in_place_of_a_directory_hides_what_was_below() {
    let file = Layer::new("x").file("a", "now a file");
    assert!(packages_of([lodash("a", "1.0.0"), file]).is_empty());
    let link = Layer::new("x").symlink("a", "b");
    assert!(packages_of([lodash("a", "1.0.0"), link]).is_empty());
}

#[test]
fn a_removal_through_a_symbolic_link_counts() {
    // As with `/lib`, which is a link to `/usr/lib` on merged systems.
    let base = lodash("usr/lib", "1.0.0").symlink("lib", "usr/lib");
    let removal = Layer::new("rm").whiteout("lib/node_modules/lodash");
    assert!(packages_of([base, removal]).is_empty());
}

#[test]
fn a_file_written_through_a_link_can_be_removed_by_its_real_path() {
    let base = Layer::new("x").directory("usr/lib").symlink("lib", "usr/lib");
    let written = lodash("lib", "1.0.0");
    let removal = Layer::new("rm").whiteout("usr/lib/node_modules/lodash");
    assert_eq!(packages_of([base.clone(), written.clone()]), ["lodash 1.0.0"]);
    assert!(packages_of([base.clone(), written.clone(), removal]).is_empty());
    let replaced = packages_of([base.clone(), written.clone(), lodash("usr/lib", "2.0.0")]);
    assert_eq!(replaced, ["lodash 2.0.0"]);
    let other = Layer::new("x").symlink("lib64", "lib").file("lib64/other", "");
    assert_eq!(packages_of([base, written, other]), ["lodash 1.0.0"]);
}

#[test]
fn a_link_to_a_directory_does_not_hide_what_is_in_it() {
    let base = lodash("usr/lib", "1.0.0");
    let link = Layer::new("ln").symlink("lib", "usr/lib");
    let through = Layer::new("x").file("lib/other", "");
    assert_eq!(packages_of([base.clone(), link, through]), ["lodash 1.0.0"]);
    // What stood in a directory before a link took its place is not written through the link.
    let before = lodash("lib", "2.0.0");
    let instead = Layer::new("x").symlink("lib", "usr/lib").file("lib/other", "");
    assert_eq!(packages_of([base, before, instead]), ["lodash 1.0.0"]);
}

#[test]
fn linked_files_are_read_where_they_are_wanted() {
    let path = format!("{SITE}/jinja2-3.1.2.dist-info/METADATA");
    let hard = Layer::new("x")
        .file("store/blob", metadata("Jinja2", "3.1.2"))
        .hard_link(&path, "store/blob");
    assert_eq!(packages_of([hard]), ["jinja2 3.1.2"]);
    let soft = Layer::new("x")
        .file("store/blob", metadata("Jinja2", "3.1.2"))
        .symlink(&path, "/store/blob");
    assert_eq!(packages_of([soft]), ["jinja2 3.1.2"]);
    let across = [
        Layer::new("x").file("store/blob", metadata("Jinja2", "3.1.2")),
        Layer::new("y").symlink(&path, "/store/blob"),
    ];
    assert_eq!(packages_of(across.clone()), ["jinja2 3.1.2"]);
    let [blob, link] = across;
    let gone = Layer::new("z").whiteout("store/blob");
    assert!(packages_of([blob, link, gone]).is_empty());
}

#[test]
fn a_database_behind_a_link_is_found_in_a_stream_too() {
    let sandbox = Sandbox::new();
    let [base, ..] = layers();
    let image = single(base);
    let bytes = docker_archive(&[("app:1", &image)]).unwrap();
    let run = sandbox.haechi_reading(["scan", "-", "-f", "json"], &bytes);
    assert_eq!(packages(&run.json()), ["bash 5.2.15-2+b2", "libssl3 3.0.9-1"]);
    assert_eq!(text(&run.json()["subject"]["os"], "version"), "12");
    assert!(not_examined(&run.json()).is_empty(), "{:?}", not_examined(&run.json()));
}

#[test]
fn devices_pipes_and_unknown_entries_are_passed_over() {
    let layer = lodash("a", "1.0.0")
        .device("dev/null")
        .entry(EntryKind::BlockDevice, "dev/sda", "", 0o600, b"")
        .entry(EntryKind::Fifo, "run/pipe", "", 0o600, b"")
        .entry(EntryKind::Flag(b'Z'), "odd", "", 0o600, b"what is this");
    assert_eq!(packages_of([layer]), ["lodash 1.0.0"]);
    // A device where a package's file is wanted is no file and gives nothing.
    let device = Layer::new("x").device("a/node_modules/lodash/package.json");
    assert!(packages_of([lodash("a", "1.0.0"), device]).is_empty());
}

#[test]
fn files_of_distribution_packages_are_not_reported_again() {
    let path = "usr/lib/python3/dist-packages/jinja2-3.1.2.dist-info/METADATA";
    let [base, ..] = layers();
    let owned = base
        .file(path, metadata("Jinja2", "3.1.2"))
        .file("var/lib/dpkg/info/bash.list", format!("/.\n/usr\n/{path}\n"));
    assert_eq!(packages_of([owned]), ["bash 5.2.15-2+b2", "libssl3 3.0.9-1"]);
}

#[test]
fn a_distribution_without_packages_is_a_problem() {
    let layer = Layer::new("x").file("etc/os-release", super::content::DEBIAN);
    let problems = not_examined(&report_of([layer]));
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].to_lowercase().contains("debian"), "{problems:?}");
}

#[test]
fn a_distribution_without_packages_is_no_pass() {
    let layer = Layer::new("x").file("etc/os-release", super::content::DEBIAN);
    let sandbox = Sandbox::new();
    sandbox.haechi(["scan", &sandbox.image(&single(layer))]).exits(3);
}
