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

/// Thousands of entries that name one long chain, whose last page is none.
#[test]
fn a_long_damaged_chain_that_many_entries_share_costs_little() {
    let (page, pages) = (65_536, 900);
    let mut content = vec![0; page * pages];
    let mut put = |at: usize, number: usize, bytes: usize| {
        content[at..at + bytes].copy_from_slice(&number.to_le_bytes()[..bytes]);
    };
    for (at, number) in [(12, 0x0006_1561), (20, page), (32, pages - 1)] {
        put(at, number, 4);
    }
    put(page + 25, 13, 1);
    put(page + 20, 16_000, 2);
    for entry in 0..16_000 {
        put(page + 26 + entry * 2, 65_000, 2);
    }
    put(page + 65_000, 3, 1);
    put(page + 65_004, 2, 4);
    put(page + 65_008, page * pages, 4);
    for at in 2..pages {
        put(at * page + 25, 7, 1);
        put(at * page + 16, (at + 1) % pages, 4);
        put(at * page + 22, page - 26, 2);
    }
    let found = read(&content);
    assert!(found.problems.iter().any(|problem| problem.reason.contains("512 MiB")));
    // A chain that breaks off at once costs next to nothing, and there are only so many of them.
    content[2 * page + 25] = 0;
    let found = read(&content);
    assert!(found.problems.iter().any(|problem| problem.reason.contains("100 overflow chains")));
}

#[test]
fn sources_are_split_from_the_right() {
    assert_eq!(
        source("java-17-openjdk-17.0.9.0.9-2.el9.src.rpm", ""),
        Some(("java-17-openjdk".to_owned(), "17.0.9.0.9-2.el9".to_owned()))
    );
    assert_eq!(source("junk", ""), None);
}

/// A header with the tags that a package needs, and files that all lie in one folder.
fn header_with_files(folder: &str, files: usize) -> Vec<u8> {
    let small = |number: usize| u32::try_from(number).unwrap();
    let mut store = Vec::new();
    let mut index = Vec::new();
    let mut tag = |tag: u32, kind: u32, count: usize, values: &[u8]| {
        for number in [tag, kind, small(store.len()), small(count)] {
            index.extend(number.to_be_bytes());
        }
        store.extend_from_slice(values);
    };
    tag(1000, 6, 1, b"a\0");
    tag(1001, 6, 1, b"1\0");
    tag(1002, 6, 1, b"1\0");
    tag(1118, 8, 1, format!("{folder}\0").as_bytes());
    tag(1117, 8, files, "y\0".repeat(files).as_bytes());
    tag(1116, 4, files, &vec![0; files * 4]);
    let counts = [small(index.len() / 16), small(store.len())];
    [counts.map(u32::to_be_bytes).concat(), index, store].concat()
}

#[test]
fn many_files_in_a_long_folder_take_bounded_memory() {
    for length in [4_000, 1 << 20] {
        let found = read(&ndb(&[header_with_files(&"x".repeat(length), 200_000)]));
        let kept: usize = found.owned[0].paths.iter().map(String::len).sum();
        assert!(kept <= MAX_PATHS, "{kept}");
        assert_eq!(found.problems.len(), usize::from(length == 4_000));
    }
}

#[test]
fn slots_that_share_one_large_blob_are_bounded() {
    let blob = header_with_files("/usr/", 1_000_000);
    let mut content = ndb(&[blob]);
    let slot: [u8; 16] = content[32..48].try_into().unwrap();
    for at in (48..4096).step_by(16) {
        content[at..at + 16].copy_from_slice(&slot);
    }
    let found = read(&content);
    let kept: usize = found.owned.iter().flat_map(|files| &files.paths).map(String::len).sum();
    assert!(kept <= MAX_PATHS && !found.problems.is_empty());
}

/// The bytes of a database that these statements make.
fn sqlite_database(statements: &str) -> Vec<u8> {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    connection.execute_batch(statements).unwrap();
    connection.serialize(rusqlite::MAIN_DB).unwrap().to_vec()
}

#[test]
fn a_schema_that_computes_is_refused() {
    for statements in [
        "CREATE VIEW Packages AS WITH RECURSIVE c(hnum, blob) AS (SELECT 1, x'00' UNION ALL \
         SELECT hnum + 1, blob FROM c) SELECT hnum, blob FROM c WHERE hnum < 0",
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB AS (zeroblob(900000000))); \
         INSERT INTO Packages (hnum) VALUES (1), (2), (3)",
        "CREATE TABLE Other (x)",
    ] {
        let found = read(&sqlite_database(statements));
        assert_eq!((found.system.len(), found.problems.len()), (0, 1), "{statements}");
    }
}

/// Every pointer of an interior page is turned to the same next page, thirteen levels deep.
#[test]
fn a_tree_whose_pages_share_their_children_ends() {
    let mut content = sqlite_database(
        "PRAGMA page_size = 512; CREATE TABLE Packages (hnum, blob); \
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 12000) \
         INSERT INTO Packages SELECT x, zeroblob(100) FROM c",
    );
    let short = |content: &[u8], at: usize| u16::from_be_bytes([content[at], content[at + 1]]);
    let kind = |content: &[u8], page: usize| content[(page - 1) * 512];
    let pages = content.len() / 512;
    let interior: Vec<usize> = (2..=pages).filter(|page| kind(&content, *page) == 5).collect();
    let leaf = (2..=pages).find(|page| kind(&content, *page) == 13).unwrap();
    assert!(interior.len() > 13 && interior[0] == 2);
    let next = interior.iter().skip(1).take(12).chain([&leaf]);
    for (page, next) in interior.iter().zip(next) {
        let start = (page - 1) * 512;
        let cells = usize::from(short(&content, start + 3));
        let cell = |at: usize| start + usize::from(short(&content, start + 12 + at * 2));
        let pointers: Vec<usize> = (0..cells).map(cell).chain([start + 8]).collect();
        for at in pointers {
            content[at..at + 4].copy_from_slice(&u32::try_from(*next).unwrap().to_be_bytes());
        }
    }
    let found = read(&content);
    assert!(found.system.is_empty() && !found.problems.is_empty());
}

#[test]
fn rows_that_are_no_blobs_are_counted_and_bounded() {
    let found = read(&sqlite_database(
        "CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB); \
         WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c WHERE x < 120000) \
         INSERT INTO Packages SELECT x, x FROM c",
    ));
    assert_eq!(found.problems.len(), 2);
}
