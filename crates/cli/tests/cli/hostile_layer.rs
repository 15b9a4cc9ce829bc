//! Layers made to exhaust, mislead or escape.

use std::io::Write as _;

use testkit::image::header::{BLOCK, EntryKind, Header, entry, filled, pax};
use testkit::image::{Image, Layer, Layout, Packing, zstd_with_window};

use super::content::{module, single};
use super::sandbox::{Sandbox, list, packages};

const LODASH: &str = "srv/node_modules/lodash/package.json";

fn sandbox() -> Sandbox {
    Sandbox::new().bounded()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    zstd_with_window(&[bytes], 20).unwrap()
}

/// A file of so many pieces of 64 MiB of zeros, packed piece by piece.
fn bomb(name: &str, pieces: usize, pack: fn(&[u8]) -> Vec<u8>) -> Layer {
    let size = pieces as u64 * (64 << 20);
    let mut blob = pack(&Header::new(EntryKind::File, name.as_bytes(), size).finish());
    let piece = pack(&vec![0; 64 << 20]);
    (0..pieces).for_each(|_| blob.extend(&piece));
    Layer::new("bomb").stored(blob)
}

#[test]
fn gzip_and_zstd_bombs_are_refused() {
    let sandbox = sandbox();
    for pack in [gzip, zstd] {
        for name in ["var/zeros", LODASH, "srv/app.jar"] {
            let image = sandbox.image(&single(bomb(name, 1_000, pack)));
            sandbox.refuses(&image, "times its size");
        }
    }
}

#[test]
fn a_bomb_split_over_layers_is_refused() {
    // Each layer alone stays below what is looked at.
    let piece = gzip(&vec![0; 64 << 20]);
    let image = (0..200).fold(Image::new(), |image, at| {
        let head = Header::new(EntryKind::File, format!("zeros{at}").as_bytes(), 256 << 20);
        let blob = [gzip(&head.finish()), piece.repeat(4)].concat();
        image.layer(Layer::new("bomb").stored(blob).file(&format!("unused{at}"), ""))
    });
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.image(&image), "times its size");
}

#[test]
fn a_large_file_that_somebody_wants_is_told_and_not_read() {
    let zeros = |name: &str| Layer::new("x").file(name, vec![0; 200 << 20]);
    let sandbox = sandbox();
    for name in [LODASH, "srv/app.jar", "var/lib/dpkg/status", "etc/os-release"] {
        let image = sandbox.image(&single(zeros(name).packed(Packing::Zstd)));
        sandbox.examines_but(&image, name);
    }
    let many = (0..6).fold(Image::new(), |image, at| {
        let jar = Layer::new("x").file(&format!("srv/{at}.jar"), vec![0; 100 << 20]);
        image.layer(jar.file("noise", noise(6 << 20)).packed(Packing::Plain))
    });
    let many = Layout::of(&many.repacked(Packing::Zstd)).unwrap();
    sandbox.examines_but(&sandbox.layout("many", &many), "srv/5.jar");
}

/// Bytes that no packer makes smaller.
fn noise(size: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()[0]
    };
    (0..size).map(|_| next()).collect()
}

#[test]
fn a_zstd_frame_with_a_huge_window_is_refused() {
    // RFC 8878, section 3.1.1: magic, no content size, window descriptor, one raw block.
    let frame = |exponent: u8| {
        let tar = Layer::new("x").file(LODASH, module("lodash", "4.17.20")).tar().unwrap();
        let mut frame = vec![0x28, 0xb5, 0x2f, 0xfd, 0, (exponent - 10) << 3];
        frame.extend(&u32::to_le_bytes(u32::try_from(tar.len()).unwrap() << 3 | 1)[..3]);
        frame.extend(tar);
        frame
    };
    let sandbox = sandbox();
    for exponent in [28, 31, 41] {
        let layer = Layer::new("x").stored(frame(exponent));
        sandbox.refuses(&sandbox.image(&single(layer)), "layer sha256:");
    }
    let layer = Layer::new("x").stored(frame(27));
    assert_eq!(packages(&sandbox.report(&sandbox.image(&single(layer)), &[])), ["lodash 4.17.20"]);
}

#[test]
fn large_zstd_windows_of_several_layers_stay_within_memory() {
    let blob = |at: u8| {
        let head = Header::new(EntryKind::File, &[b'a' + at], 140 << 20).finish();
        let content: [&[u8]; 4] = [&head, &noise(1 << 20), &vec![at; 139 << 20], &[0; 2 * BLOCK]];
        zstd_with_window(&content, 27).unwrap()
    };
    let image = (0..3).fold(Image::new(), |image, at| {
        image.layer(Layer::new("x").stored(blob(at)).file(&format!("unused{at}"), ""))
    });
    let sandbox = sandbox();
    sandbox.report(&sandbox.image(&image), &["--no-cache"]);
    sandbox.left_nothing();
}

#[test]
fn ten_million_entries_are_refused() {
    let entries: Vec<u8> = (0..50_000)
        .flat_map(|at| {
            Header::new(EntryKind::File, format!("d{}/f{at}", at % 99).as_bytes(), 0).finish()
        })
        .collect();
    let piece = gzip(&entries);
    let layer = Layer::new("x").stored(piece.repeat(200));
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.image(&single(layer)), "image has more than 3000000 entries");
}

#[test]
fn a_layer_of_nothing_but_packages_ends() {
    let manifest = |at: usize| {
        let path = format!("{at}/node_modules/a/package.json");
        let content = format!("{{\"name\":\"package-{at}\",\"version\":\"1.0.0\"}}");
        entry(EntryKind::File, path.as_bytes(), b"", 0o644, content.as_bytes())
    };
    let layer = Layer::new("x")
        .packed(Packing::Plain)
        .generated(move |out| (0..120_000).try_for_each(|at| out.write_all(&manifest(at))));
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.image(&single(layer)), "more");
}

#[test]
fn a_layer_of_nothing_but_faults_ends() {
    let broken = |at: usize| {
        let path = format!("{at}/node_modules/a/package.json");
        entry(EntryKind::File, path.as_bytes(), b"", 0o644, b"{")
    };
    let layer = Layer::new("x")
        .packed(Packing::Plain)
        .generated(move |out| (0..200_000).try_for_each(|at| out.write_all(&broken(at))));
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.image(&single(layer)), "more");
}

#[test]
fn names_that_are_no_paths_are_told() {
    let deep = "a/".repeat(3_000);
    let nested = "a/".repeat(150);
    let wide = "n".repeat(400);
    for (name, reason) in [
        ("../../etc/passwd", "name leads out of the root"),
        ("a/../../etc/passwd", "name leads out of the root"),
        (deep.as_str(), "name is longer than a path can be"),
        (&format!("{nested}x"), "name is nested deeper than 128 directories"),
        (&format!("{wide}/x"), "name is longer than a path can be"),
    ] {
        let layer = Layer::new("x").file(name, "x").file(LODASH, module("lodash", "4.17.20"));
        let sandbox = sandbox();
        let report = sandbox.examines_but(&sandbox.image(&single(layer)), reason);
        assert_eq!(packages(&report), ["lodash 4.17.20"]);
    }
}

#[test]
fn absolute_and_winding_names_mean_the_path_inside() {
    let layer = Layer::new("x")
        .file("/a//./b/../node_modules/lodash/package.json", module("lodash", "4.17.20"))
        .file("//b/node_modules/marked/package.json", module("marked", "4.0.0"))
        .whiteout("/b/node_modules/marked");
    let sandbox = sandbox();
    let report = sandbox.report(&sandbox.image(&single(layer)), &[]);
    let paths: Vec<&str> = list(&report, "packages")
        .iter()
        .map(|package| package["locations"][0]["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["a/node_modules/lodash/package.json", "b/node_modules/marked/package.json"]);
}

#[test]
fn link_loops_and_links_out_of_the_tree_lead_nowhere() {
    let sandbox = sandbox();
    // A file of this machine that must not be read through the image.
    let outside = sandbox.input("outside.json", module("lodash", "4.17.20"));
    let up = "../".repeat(30);
    let layer = Layer::new("x")
        .symlink("a/node_modules/x/package.json", "../y/package.json")
        .symlink("a/node_modules/y/package.json", "../x/package.json")
        .symlink("self", "self")
        .symlink("self/node_modules/z/package.json", "package.json")
        .symlink("etc/os-release", &format!("{up}etc/os-release"))
        .symlink("b/node_modules/lodash/package.json", &outside)
        .symlink("c/node_modules/lodash/package.json", &format!("{up}{outside}"))
        .hard_link("d/node_modules/lodash/package.json", &outside)
        .hard_link("e/node_modules/lodash/package.json", &format!("{up}{outside}"))
        .hard_link("f/node_modules/f/package.json", "f/node_modules/f/package.json");
    let report = sandbox.examines_but(&sandbox.image(&single(layer)), "link leads to no file");
    assert!(list(&report, "packages").is_empty());
    assert!(report["subject"]["os"].is_null());
}

#[test]
fn many_links_to_one_large_file_end() {
    let jar = super::advisories::zipped(
        &(0..2_000).map(|at| (format!("C{at}.class"), vec![0; 2_000])).collect::<Vec<_>>(),
    );
    let mut layer = Layer::new("x").file("store", [jar, noise(8 << 20)].concat());
    for at in 0..9_000 {
        layer = layer.hard_link(&format!("lib/{at}.jar"), "store");
    }
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.image(&single(layer)), "through links");
}

#[test]
fn links_by_the_hundred_thousand_end() {
    let mut layer = Layer::new("x");
    for at in 0..200_000 {
        layer = layer.symlink(&format!("l{at}"), &format!("l{}/x", at + 1));
    }
    layer = layer.file(LODASH, module("lodash", "4.17.20"));
    let top = Layer::new("y").file("l5/y", "").whiteout("l7/z");
    let sandbox = sandbox();
    let image = sandbox.image(&single(layer).layer(top));
    assert_eq!(packages(&sandbox.report(&image, &["--no-cache"])), ["lodash 4.17.20"]);
}

#[test]
fn truncated_layers_are_refused_whatever_their_packing() {
    let sandbox = sandbox();
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        let whole =
            Layer::new("x").file(LODASH, noise(100_000)).file("b", noise(3_000)).packed(packing);
        let blob = single(whole.clone()).build().unwrap().layers.remove(0).blob;
        for keep in [blob.len() - 4_000, blob.len() / 2, 600, 20, 1, 0] {
            let image = single(whole.clone().stored(&blob[..keep]));
            let run = sandbox.haechi(["scan", &sandbox.image(&image), "--no-cache"]);
            // An empty blob is a layer without entries, and so is one cut between two entries.
            let cut_is_visible = keep > 0;
            assert_eq!(
                run.code,
                if cut_is_visible { 2 } else { 0 },
                "{packing:?} {keep} {}",
                run.stderr
            );
        }
    }
    sandbox.left_nothing();
}

#[test]
fn a_flipped_bit_anywhere_in_a_layer_is_refused() {
    let sandbox = sandbox();
    for packing in [Packing::Plain, Packing::Gzip, Packing::Zstd] {
        let image =
            single(Layer::new("x").file(LODASH, module("lodash", "4.17.20")).packed(packing));
        let layout = Layout::of(&image).unwrap();
        let name = image.build().unwrap().layers[0].digest.clone();
        let size = layout.blobs[&name].len();
        for at in [0, 1, size / 4, size / 2, size - 9, size - 1] {
            let mut broken = layout.clone();
            broken.blobs.get_mut(&name).unwrap()[at] ^= 0x04;
            let path = sandbox.input("image.tar", broken.archive());
            sandbox.refuses(&path, "sha256:");
        }
    }
}

#[test]
fn sizes_that_lie_are_refused() {
    let raw = |header: Header| {
        let mut bytes = header.finish().to_vec();
        bytes.extend(filled(b"content"));
        Layer::new("x").raw(bytes).file(LODASH, module("lodash", "4.17.20"))
    };
    let header = || Header::new(EntryKind::File, b"a", 7);
    let sandbox = sandbox();
    for (name, header) in [
        ("huge", header().size(1 << 60)),
        ("huge and wanted", Header::new(EntryKind::File, LODASH.as_bytes(), 7).size(u64::MAX)),
        ("negative", header().raw(124, &[0xff; 12])),
        ("no number", header().raw(124, b"not a number")),
        ("negative digits", header().raw(124, b"-0000000007\0")),
        ("half a terabyte", header().size(1 << 39)),
    ] {
        let image = sandbox.image(&single(raw(header)));
        let run = sandbox.haechi(["scan", &image]).exits(2);
        assert!(run.stderr.starts_with("haechi: "), "{name}: {}", run.stderr);
        sandbox.left_nothing();
    }
    let mut sized = pax(&[("size", b"99999999999999999999")]);
    sized.extend(entry(EntryKind::File, b"a", b"", 0o644, b"x"));
    let run =
        sandbox.haechi(["scan", &sandbox.image(&single(Layer::new("x").raw(sized))), "--no-cache"]);
    assert!(matches!(run.code, 0 | 2), "{run:?}");
    sandbox.left_nothing();
}

#[test]
fn long_names_and_records_are_bounded() {
    let sandbox = sandbox();
    for kind in [EntryKind::LongName, EntryKind::LongLink, EntryKind::Pax, EntryKind::PaxGlobal] {
        let zeros = vec![b'x'; 40 << 20];
        let layer = Layer::new("x").entry(kind, "long", "", 0o644, &zeros).file("b", "");
        let image = sandbox.image(&single(layer));
        let run = sandbox.haechi(["scan", &image, "--no-cache"]);
        // A global record set may be passed over, everything else is part of a header.
        assert!(run.code == 2 || kind == EntryKind::PaxGlobal, "{kind:?} {run:?}");
    }
    let mut lone = Layer::new("x");
    for _ in 0..20 {
        lone = lone.entry(EntryKind::LongName, "long", "", 0o644, b"name\0");
    }
    let run = sandbox.haechi(["scan", &sandbox.image(&single(lone)), "--no-cache"]);
    assert!(matches!(run.code, 0 | 2), "{run:?}");
    sandbox.left_nothing();
}

#[test]
fn names_in_pax_and_gnu_records_are_read() {
    let long = format!("{}/node_modules/lodash/package.json", "d/".repeat(60));
    let mut record = pax(&[("path", long.as_bytes()), ("comment", b"a=b\n=c")]);
    record.extend(entry(
        EntryKind::File,
        b"short",
        b"",
        0o644,
        module("lodash", "4.17.20").as_bytes(),
    ));
    let sandbox = sandbox();
    for layer in
        [Layer::new("x").raw(record), Layer::new("x").file(&long, module("lodash", "4.17.20"))]
    {
        assert_eq!(
            packages(&sandbox.report(&sandbox.image(&single(layer)), &[])),
            ["lodash 4.17.20"]
        );
    }
}

#[test]
fn sparse_files_are_told_where_they_are_wanted() {
    // GNU: one piece at 0 and an end at a tebibyte.
    let end = [0x80, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0];
    let map = [&b"00000000000\x0000000001000\0"[..], &end, b"00000000000\0"].concat();
    let header = Header::new(EntryKind::Sparse, LODASH.as_bytes(), 512)
        .raw(257, b"ustar  \0")
        .raw(386, &map)
        .raw(483, &end);
    let mut bytes = header.finish().to_vec();
    bytes.extend([b' '; 512]);
    let sandbox = sandbox();
    sandbox.examines_but(&sandbox.image(&single(Layer::new("x").raw(bytes))), "sparse file");
}

#[test]
fn layers_by_the_hundred_are_refused() {
    let image = (0..600)
        .fold(Image::new(), |image, at| image.layer(Layer::new("x").file(&format!("f{at}"), "")));
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.image(&image), "600 layers, 512 are read");
}

#[test]
fn noise_in_place_of_a_layer_is_refused() {
    let sandbox = sandbox();
    for head in
        [&b""[..], b"\x1f\x8b\x08\0", b"\x28\xb5\x2f\xfd", b"\x50\x2a\x4d\x18\xff\xff\xff\xff"]
    {
        let blob = [head, &noise(100_000)].concat();
        let image = sandbox.image(&single(Layer::new("x").stored(blob)));
        sandbox.refuses(&image, "layer sha256:");
    }
}
