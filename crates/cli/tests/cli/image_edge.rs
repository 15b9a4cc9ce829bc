//! Images that are odd but not broken: nothing in them may be passed over silently.

use serde_json::Value;
use testkit::image::header::{EntryKind, Header, entry, filled, pax};
use testkit::image::{Image, Layer, Layout, docker_archive};
use testkit::registry::Server;

use super::content::{module, shop};
use super::hostile_registry::{honest, name};
use super::sandbox::{Sandbox, list, not_examined, packages};

/// What Go puts into a program (`debug/buildinfo`), behind the magic of an executable without sections.
fn go_program() -> Vec<u8> {
    let modules = "path\texample.com/app\ndep\tgithub.com/gorilla/mux\tv1.8.0\th1:x=\n";
    let framed = format!("{}{modules}{}", "s".repeat(16), "e".repeat(16));
    let mut content = [&b"\x7fELF"[..], &[0; 60], b"\xff Go buildinf:\x08\x02", &[0; 16]].concat();
    for text in ["go1.22.3", &framed] {
        content.push(u8::try_from(text.len()).unwrap());
        content.extend(text.as_bytes());
    }
    content
}

const PROGRAM: [&str; 2] = ["github.com/gorilla/mux v1.8.0", "stdlib 1.22.3"];

/// The report of an image read where it lies and of the same image read from a stream.
fn reports(image: &Image) -> [Value; 2] {
    let sandbox = Sandbox::new();
    let read = sandbox.report(&sandbox.image(image), &["--no-cache"]);
    let bytes = docker_archive(&[("app:1", image)]).unwrap();
    let streamed = sandbox.haechi_reading(["scan", "-", "-f", "json", "--no-cache"], &bytes);
    [read, streamed.json()]
}

fn places(report: &Value) -> Vec<&str> {
    let all = list(report, "packages").iter().flat_map(|package| list(package, "locations"));
    let mut paths: Vec<&str> = all.map(|place| place["path"].as_str().unwrap()).collect();
    paths.dedup();
    paths
}

#[test]
fn sparse_files_are_told_by_their_own_names() {
    let program = go_program();
    let map = filled(format!("1\n0\n{}\n", program.len()).as_bytes());
    let stored = [map, program.clone()].concat();
    let size = program.len().to_string();
    // The three formats of GNU tar's PAX records: 0.0, 0.1 and 1.0.
    let old = [("GNU.sparse.size", size.as_str()), ("GNU.sparse.numblocks", "1")];
    let middle = [("GNU.sparse.map", "0,1"), ("GNU.sparse.name", "usr/bin/app")];
    let new = [("GNU.sparse.major", "1"), ("GNU.sparse.name", "usr/bin/app")];
    for (records, name, content) in [
        (old, "usr/bin/app", &program),
        (middle, "usr/bin/GNUSparseFile.7/app", &program),
        (new, "usr/bin/GNUSparseFile.7/app", &stored),
    ] {
        let records = records.map(|(key, value)| (key, value.as_bytes()));
        let file = entry(EntryKind::File, name.as_bytes(), b"", 0o755, content);
        let layer = Layer::new("x").raw([pax(&records), file].concat());
        for report in reports(&Image::new().layer(layer)) {
            assert_eq!(not_examined(&report), ["usr/bin/app: sparse file in a layer"]);
        }
    }
    let header = Header::new(EntryKind::Sparse, b"usr/bin/app", 0)
        .raw(257, b"ustar  \0")
        .raw(386, b"00000010000\x0000000000000\0")
        .raw(483, b"00000010000\0");
    for report in reports(&Image::new().layer(Layer::new("x").raw(header.finish()))) {
        assert_eq!(not_examined(&report), ["usr/bin/app: sparse file in a layer"]);
    }
}

#[test]
fn a_program_is_reported_under_the_hard_link_that_is_left_of_it() {
    let base = Layer::new("x")
        .program("usr/bin/app", go_program())
        .hard_link("opt/app", "usr/bin/app")
        .hard_link("opt/app2", "./opt/app");
    let gone = |path: &str| Layer::new("rm").whiteout(path);
    let image =
        |gone: &[Layer]| gone.iter().cloned().fold(Image::new().layer(base.clone()), Image::layer);
    for (image, place) in [
        (image(&[]), "usr/bin/app"),
        (image(&[gone("usr/bin/app")]), "opt/app"),
        (image(&[gone("usr/bin/app"), gone("opt/app")]), "opt/app2"),
    ] {
        for report in reports(&image) {
            assert_eq!(packages(&report), PROGRAM);
            assert_eq!(places(&report), [place]);
        }
    }
    for report in reports(&image(&[gone("usr/bin"), gone("opt")])) {
        assert!(packages(&report).is_empty());
    }
}

#[test]
fn an_image_of_another_platform_than_the_wanted_one_is_refused() {
    let sandbox = Sandbox::new();
    let image = shop().platform("linux/arm64");
    let bytes = docker_archive(&[("shop:1", &image)]).unwrap();
    let built = image.build().unwrap();
    let server = Server::start(move |request| honest(&built, request)).unwrap();
    let archive = sandbox.image(&image);
    let layout = sandbox.layout("layout", &Layout::of(&image).unwrap());
    let docker = sandbox.docker("shop:1", &image);
    let tagged = Layout::new().tag("1", &image).unwrap();
    let tagged = format!("oci:{}:1", sandbox.layout("tagged", &tagged));
    let registry = name(&server);
    for target in [archive, layout, docker, tagged, registry, "-".to_owned()] {
        let run = |platform: &str| {
            let arguments = ["scan", &target, "--no-cache", "--platform", platform];
            sandbox.haechi_reading(arguments, &bytes)
        };
        for platform in ["linux/amd64", "windows/arm64"] {
            let run = run(platform).exits(2);
            run.tells(&format!("no image for {platform}; there is linux/arm64"));
        }
        // The configuration does not name the variant.
        for platform in ["linux/arm64", "linux/arm64/v8"] {
            run(platform).exits(1);
        }
    }
}

#[test]
fn images_of_several_platforms_under_one_tag_are_told_apart() {
    let of = |platform: &str, version: &str| {
        let manifest = module("lodash", version);
        let layer = Layer::new("x").file("srv/node_modules/lodash/package.json", manifest);
        Image::new().layer(layer).platform(platform)
    };
    let layout = Layout::new()
        .tag("1", &of("linux/s390x", "4.17.19"))
        .unwrap()
        .tag("1", &of("linux/arm64", "4.17.20"))
        .unwrap()
        .tag("2", &of("linux/riscv64", "4.17.21"))
        .unwrap();
    let sandbox = Sandbox::new();
    let target = format!("oci:{}:1", sandbox.layout("layout", &layout));
    for (platform, version) in [("linux/s390x", "4.17.19"), ("linux/arm64", "4.17.20")] {
        let report = sandbox.report(&target, &["--platform", platform]);
        assert_eq!(packages(&report), [format!("lodash {version}")]);
    }
    let run = sandbox.haechi(["scan", &target, "--platform", "linux/riscv64"]).exits(2);
    run.tells("no image for linux/riscv64; there are linux/s390x, linux/arm64");
}

#[test]
fn what_an_index_says_of_the_platform_counts_more_than_the_configuration() {
    // Images built on one machine for another carry the builder's platform in their configuration.
    let mut layout = Layout::new();
    let mut entry = layout.add(&shop().build().unwrap());
    entry["platform"] = serde_json::json!({ "os": "linux", "architecture": "arm64" });
    layout.list(entry);
    let sandbox = Sandbox::new();
    let target = sandbox.layout("layout", &layout);
    sandbox.haechi(["scan", &target, "--platform", "linux/arm64"]).exits(1);
    sandbox.haechi(["scan", &target, "--platform", "linux/amd64"]).exits(2).tells("no image for");
}

#[test]
fn endless_headers_of_an_archive_are_refused() {
    let sandbox = Sandbox::new().bounded();
    for kind in [EntryKind::LongName, EntryKind::LongLink, EntryKind::Pax] {
        // A sparse file may say any size; what follows it is bounded all the same.
        let sparse = Header::new(EntryKind::Sparse, b"holes", 0)
            .raw(257, b"ustar  \0")
            .raw(386, b"77777777777\x0000000000000\0")
            .raw(483, b"77777777777\0");
        let header = Header::new(kind, b"././@LongLink", 1 << 30).finish();
        let bytes = [sparse.finish().to_vec(), header.to_vec(), vec![b'x'; 40 << 20]].concat();
        let archive = sandbox.input("image.tar", &bytes);
        // A hole in the file on disk, so that the header ends where it says.
        let file = std::fs::File::options().write(true).open(&archive).unwrap();
        file.set_len(1 << 31).unwrap();
        sandbox.refuses(&archive, "tar header is longer than 1 MiB");
        let run = sandbox.haechi_reading(["scan", "-"], &bytes).exits(2);
        run.tells("tar header is longer than 1 MiB");
    }
}

#[test]
fn names_of_members_are_bounded_together() {
    let tail = format!("{}/", "n".repeat(199)).repeat(20);
    let name = |at: usize| format!("{tail}m{at}");
    let links =
        (0..6_000).flat_map(|at| entry(EntryKind::Symlink, name(at).as_bytes(), b"t", 0o777, b""));
    let bytes: Vec<u8> = links.collect();
    let sandbox = Sandbox::new().bounded();
    sandbox.refuses(&sandbox.input("image.tar", &bytes), "names of members");
    sandbox.haechi_reading(["scan", "-"], &bytes).exits(2).tells("names of members");
}

#[test]
fn links_split_over_layers_are_bounded_together() {
    // Each layer alone stays within the bound.
    let target = format!("{}/", "y".repeat(199)).repeat(19);
    let image = (0..11).fold(Image::new(), |image, at| {
        let mut layer = Layer::new("x");
        for link in 0..2_000 {
            layer = layer.symlink(&format!("{at}/{link}"), &target);
        }
        image.layer(layer)
    });
    let sandbox = Sandbox::new().bounded();
    let bytes = docker_archive(&[("app:1", &image)]).unwrap();
    sandbox.haechi_reading(["scan", "-"], &bytes).exits(2);
    sandbox.refuses(&sandbox.image(&image), "image has too many links, whiteouts and directories");
}

#[test]
fn links_that_multiply_end() {
    // A chain of links, each of which winds through many directories, at the end of many links.
    let winding = |at: usize| format!("{}{}c{}", "x/".repeat(100), "../".repeat(100), at + 1);
    let many = 20_000;
    let chain =
        (0..39).fold(Layer::new("x"), |layer, at| layer.symlink(&format!("c{at}"), &winding(at)));
    let links = (0..many).fold(chain, |layer, at| layer.symlink(&format!("d{at}"), "c0"));
    // Links to one directory, and files below it that might be replaced through any of them.
    let through = (0..many).fold(Layer::new("y"), |layer, at| layer.file(&format!("d{at}/f"), ""));
    let targets =
        (0..many).fold(Layer::new("x"), |layer, at| layer.symlink(&format!("d{at}"), "t"));
    let files = (0..5_000).fold(targets, |layer, at| {
        layer.file(&format!("t/node_modules/p{at}/package.json"), module("lodash", "4.17.20"))
    });
    let sandbox = Sandbox::new().bounded();
    for base in [links.file("c39/f", ""), files] {
        let image = Image::new().layer(base).layer(through.clone());
        sandbox.refuses(&sandbox.image(&image), "links in the image take too long to follow");
    }
}
