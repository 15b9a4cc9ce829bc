//! All three containers, over the same two packages. `testdata/rpm` holds a database that rpm itself wrote
//! (SQLite) and one that Berkeley DB's own loader wrote from its headers; ndb is written here.

use std::path::Path;

use super::*;

fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../testdata/rpm").join(name))
        .unwrap()
}

fn read(content: &[u8]) -> Found {
    parse(&Input { path: "var/lib/rpm/Packages", content })
}

/// The header blobs of the Berkeley DB fixture, in the order in which they lie.
fn blobs() -> Vec<Vec<u8>> {
    let database = rusqlite_blobs(&fixture("rpmdb.sqlite"));
    assert_eq!(database.len(), 2);
    database
}

fn rusqlite_blobs(content: &[u8]) -> Vec<Vec<u8>> {
    let mut bytes = content.to_vec();
    bytes[18] = 1;
    bytes[19] = 1;
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let size = bytes.len();
    connection
        .deserialize_read_exact(rusqlite::MAIN_DB, std::io::Cursor::new(bytes), size, true)
        .unwrap();
    let mut statement = connection.prepare("SELECT blob FROM Packages ORDER BY hnum").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

fn ndb(blobs: &[Vec<u8>]) -> Vec<u8> {
    let mut pages = b"RpmP".to_vec();
    for number in [0u32, 1, 1, 9, 0, 0, 0] {
        pages.extend(number.to_le_bytes());
    }
    let mut blocks = Vec::new();
    for (index, blob) in (1u32..).zip(blobs) {
        let block = u32::try_from((4096 + blocks.len()) / 16).unwrap();
        pages.extend(b"Slot");
        pages.extend(index.to_le_bytes());
        pages.extend(block.to_le_bytes());
        pages.extend(0u32.to_le_bytes());
        blocks.extend(b"BlbS");
        blocks.extend(index.to_le_bytes());
        blocks.extend(1u32.to_le_bytes());
        blocks.extend(u32::try_from(blob.len()).unwrap().to_le_bytes());
        blocks.extend(blob);
        blocks.resize(blocks.len().next_multiple_of(16), 0);
    }
    while pages.len() < 4096 {
        pages.extend(b"Slot");
        pages.extend([0; 12]);
    }
    pages.extend(blocks);
    pages
}

#[test]
fn all_three_containers_hold_the_same_packages() {
    for content in [fixture("rpmdb.sqlite"), fixture("Packages"), ndb(&blobs())] {
        let mut found = read(&content);
        found.system.sort_by(|a, b| a.name.cmp(&b.name));
        found.owned.sort_by(|a, b| a.package.cmp(&b.package));
        assert_eq!(found.problems, []);
        let all: Vec<(&str, &str)> =
            found.system.iter().map(|p| (p.name.as_str(), p.version.as_str())).collect();
        assert_eq!(all, [("haechi-hello", "1:2.4-3.el9"), ("haechi-world", "1.0-3.el9")]);
        assert_eq!(
            found.system[0].source,
            Some(("haechi-hello".to_owned(), "1:2.4-3.el9".to_owned()))
        );
        assert_eq!(found.system[0].vendor.as_deref(), Some("Haechi"));
        assert_eq!(found.owned[0].paths, ["usr/bin/haechi-hello", "usr/share/haechi/hello.txt"]);
    }
}

#[test]
fn a_damaged_database_never_panics_or_hangs_and_is_told() {
    for content in [fixture("Packages"), ndb(&blobs())] {
        for at in 0..content.len() {
            let mut flipped = content.clone();
            flipped[at] ^= 0xff;
            let found = read(&flipped);
            assert!(found.system.len() <= 4);
        }
        for cut in [0, 1, 100, 4096, content.len() / 2] {
            let found = read(&content[..cut]);
            assert!(found.system.len() == 2 || !found.problems.is_empty(), "cut at {cut}");
        }
    }
    let content = fixture("rpmdb.sqlite");
    for at in (0..content.len()).step_by(61) {
        let mut flipped = content.clone();
        flipped[at] ^= 0xff;
        read(&flipped);
    }
}

#[test]
fn a_chain_that_loops_ends() {
    let mut content = fixture("Packages");
    let page = 4096;
    let overflow: Vec<usize> =
        (0..content.len() / page).filter(|at| content[at * page + 25] == 7).collect();
    assert!(!overflow.is_empty());
    for at in overflow {
        let own = u32::try_from(at).unwrap().to_le_bytes();
        content[at * page + 16..at * page + 20].copy_from_slice(&own);
    }
    read(&content);
}

#[test]
fn sources_are_split_from_the_right() {
    assert_eq!(
        source("java-17-openjdk-17.0.9.0.9-2.el9.src.rpm", ""),
        Some(("java-17-openjdk".to_owned(), "17.0.9.0.9-2.el9".to_owned()))
    );
    assert_eq!(source("junk", ""), None);
}
