//! Archives around images: cut, endless, full of members, linked in circles.

use testkit::image::header::{EntryKind, Header, entry};
use testkit::image::{Layout, docker_archive, tar_of};

use super::content::shop;
use super::sandbox::Sandbox;

fn sandbox() -> Sandbox {
    Sandbox::new().bounded()
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let sandbox = sandbox();
    let oci = Layout::of(&shop()).unwrap().archive();
    let docker = docker_archive(&[("shop:1", &shop())]).unwrap();
    for whole in [oci, docker] {
        let path = sandbox.input("whole.tar", &whole);
        let expected = sandbox.haechi(["scan", &path, "--no-cache"]).exits(1).stdout;
        let end = whole.len() - 1_024;
        for keep in (0..end).step_by(end / 13).chain([end - 513]) {
            let path = sandbox.input("whole.tar", &whole[..keep]);
            let from_stream = sandbox.haechi_reading(["scan", "-", "--no-cache"], &whole[..keep]);
            // What fills up the last block and closes the archive holds nothing.
            for run in [sandbox.haechi(["scan", &path, "--no-cache"]), from_stream] {
                let same = |text: &str| text.lines().skip(1).eq(expected.lines().skip(1));
                assert!(
                    run.code == 2 || same(&run.stdout),
                    "{keep} of {}: {}",
                    whole.len(),
                    run.stdout
                );
            }
        }
    }
    sandbox.left_nothing();
}

#[test]
fn a_flipped_byte_anywhere_in_an_archive_is_survived() {
    let sandbox = sandbox();
    let whole = docker_archive(&[("shop:1", &shop())]).unwrap();
    let expected = sandbox.haechi_reading(["scan", "-", "--no-cache"], &whole).exits(1).stdout;
    for at in (0..whole.len()).step_by(whole.len() / 97) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        let run = sandbox.haechi_reading(["scan", "-", "--no-cache"], &bytes);
        // Padding and unused header fields mean nothing; everything else must not pass unseen.
        assert!(run.code == 2 || run.stdout == expected, "byte {at}: {} {}", run.code, run.stdout);
    }
    sandbox.left_nothing();
}

#[test]
fn members_by_the_hundred_thousand_are_refused() {
    let members: Vec<u8> = (0..150_000)
        .flat_map(|at| Header::new(EntryKind::File, format!("m{at}").as_bytes(), 0).finish())
        .collect();
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.input("image.tar", &members), "members");
    sandbox.haechi_reading(["scan", "-"], &members).exits(2).tells("members");
    sandbox.left_nothing();
}

#[test]
fn documents_in_a_stream_are_kept_within_bounds() {
    let document = [b"{\"a\":\"".to_vec(), vec![b'x'; 7 << 20], b"\"}".to_vec()].concat();
    let members: Vec<(String, Vec<u8>)> =
        (0..30).map(|at| (format!("blobs/sha256/{at}"), document.clone())).collect();
    let sandbox = sandbox();
    sandbox.haechi_reading(["scan", "-"], &tar_of(&members)).exits(2).tells("is larger than");
    sandbox.left_nothing();
}

#[test]
fn members_linked_in_a_circle_are_missing() {
    let mut tar = Vec::new();
    let manifest = br#"[{"Config":"a.json","RepoTags":null,"Layers":["l1/layer.tar"]}]"#;
    tar.extend(entry(EntryKind::File, b"manifest.json", b"", 0o644, manifest));
    tar.extend(entry(EntryKind::Symlink, b"a.json", b"b.json", 0o777, b""));
    tar.extend(entry(EntryKind::Symlink, b"b.json", b"a.json", 0o777, b""));
    tar.resize(tar.len() + 1_024, 0);
    let sandbox = sandbox();
    sandbox.refuses(&sandbox.input("image.tar", &tar), "a.json is missing");
    sandbox.haechi_reading(["scan", "-"], &tar).exits(2).tells("a.json is missing");
}

#[test]
fn a_shared_layer_behind_a_link_is_found() {
    // As Docker before version 25 writes a layer that several images share.
    let whole = docker_archive(&[("shop:1", &shop())]).unwrap();
    let mut archive = Vec::new();
    let mut at = 0;
    let mut moved = None;
    while whole[at] != 0 {
        let name = whole[at..at + 100].split(|byte| *byte == 0).next().unwrap().to_vec();
        let digits = std::str::from_utf8(&whole[at + 124..at + 135]).unwrap();
        let size = usize::from_str_radix(digits, 8).unwrap();
        let content = &whole[at + 512..at + 512 + size];
        at += 512 + size.next_multiple_of(512);
        if name.ends_with(b"/layer.tar") && moved.is_none() {
            archive.extend(entry(EntryKind::File, b"elsewhere/layer.tar", b"", 0o644, content));
            moved = Some(name);
        } else {
            archive.extend(entry(EntryKind::File, &name, b"", 0o644, content));
        }
    }
    let link = entry(EntryKind::Symlink, &moved.unwrap(), b"../elsewhere/layer.tar", 0o777, b"");
    let mut archive = [link, archive].concat();
    archive.resize(archive.len() + 1_024, 0);
    let sandbox = sandbox();
    let report = sandbox.report(&sandbox.input("image.tar", &archive), &["--no-cache"]);
    assert_eq!(super::sandbox::findings(&report), super::content::SHOP_FINDINGS);
    let run = sandbox.haechi_reading(["scan", "-", "-f", "json", "--no-cache"], &archive).exits(1);
    assert_eq!(super::sandbox::findings(&run.json()), super::content::SHOP_FINDINGS);
}
