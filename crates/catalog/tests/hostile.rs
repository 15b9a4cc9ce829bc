//! Parsers of what is installed, over files that somebody damaged on purpose.

use catalog::{Input, Router, Scope};
use proptest::prelude::*;

/// Files of every kind that the parsers read, with the path that leads to their parser.
fn seeds() -> Vec<(&'static str, Vec<u8>)> {
    let fixture = |name: &str| {
        let path = format!("{}/../../testdata/rpm/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).unwrap_or_default()
    };
    let mut go = b"\x7fELF\x02\x01\x01".to_vec();
    go.resize(64, 0);
    go.extend(b"\xff Go buildinf:\x08\x02");
    go.resize(96, 0);
    go.extend(b"\x08go1.21.3\x2e");
    go.extend(b"0123456789abcdefdep\tx.y/z\tv1\t\n0123456789abcdef");
    vec![
        ("var/lib/rpm/rpmdb.sqlite", fixture("rpmdb.sqlite")),
        ("var/lib/rpm/Packages", fixture("Packages")),
        (
            "var/lib/dpkg/status",
            b"Package: a\nStatus: install ok installed\nVersion: 1:2-3\nSource: b (1)\n\n".to_vec(),
        ),
        ("var/lib/dpkg/info/a.list", b"/.\n/usr/bin/a\n".to_vec()),
        ("lib/apk/db/installed", b"P:a\nV:1-r0\no:b\nF:usr\nR:c\n\n".to_vec()),
        ("etc/os-release", b"ID=debian\nVERSION_ID=\"12\"\n".to_vec()),
        ("x.dist-info/METADATA", b"Name: a\nVersion: 1\nLicense: MIT\n\n".to_vec()),
        (
            "x/node_modules/a/package.json",
            br#"{"name":"a","version":"1","license":"MIT"}"#.to_vec(),
        ),
        ("usr/bin/app", go),
        ("a-1.0.jar", b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec()),
    ]
}

/// What is done to a file: bytes overwritten, a part cut out or doubled.
#[derive(Clone, Debug)]
enum Damage {
    Write(prop::sample::Index, Vec<u8>),
    Cut(prop::sample::Index, prop::sample::Index),
    Double(prop::sample::Index, prop::sample::Index),
}

fn damage() -> impl Strategy<Value = Damage> {
    let at = any::<prop::sample::Index>;
    prop_oneof![
        4 => (at(), prop::collection::vec(any::<u8>(), 1..9)).prop_map(|(a, b)| Damage::Write(a, b)),
        1 => (at(), at()).prop_map(|(a, b)| Damage::Cut(a, b)),
        1 => (at(), at()).prop_map(|(a, b)| Damage::Double(a, b)),
    ]
}

fn apply(content: &mut Vec<u8>, damage: &Damage) {
    let range = |a: &prop::sample::Index, b: &prop::sample::Index, length: usize| {
        let (a, b) = (a.index(length + 1), b.index(length + 1));
        a.min(b)..a.max(b)
    };
    match damage {
        Damage::Write(at, bytes) if !content.is_empty() => {
            let at = at.index(content.len());
            for (old, new) in content.iter_mut().skip(at).zip(bytes) {
                *old = *new;
            }
        }
        Damage::Write(..) => {}
        Damage::Cut(a, b) => drop(content.drain(range(a, b, content.len()))),
        Damage::Double(a, b) => {
            let part = range(a, b, content.len());
            content.extend_from_within(part);
        }
    }
}

#[test]
fn undamaged_files_are_understood() {
    for (path, content) in seeds().into_iter().filter(|(path, _)| *path != "a-1.0.jar") {
        let parsers = Router::parsers().filter(|parser| parser.scope != Scope::Locked);
        let gave = parsers.map(|parser| (parser.parse)(&Input { path, content: &content }));
        let any = |found: &catalog::Found| {
            !found.system.is_empty()
                || !found.packages.is_empty()
                || !found.owned.is_empty()
                || found.distribution.is_some()
        };
        assert!(gave.into_iter().any(|found| any(&found)), "{path}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_damage_makes_a_parser_panic_or_invent_much(seed in 0usize..10, all in prop::collection::vec(damage(), 1..6)) {
        let (path, mut content) = seeds().swap_remove(seed);
        for damage in &all {
            apply(&mut content, damage);
        }
        for parser in Router::parsers().filter(|parser| parser.scope != Scope::Locked) {
            let found = (parser.parse)(&Input { path, content: &content });
            let entries = found.system.len() + found.packages.len() + found.problems.len();
            prop_assert!(entries <= 64 + content.len(), "{} {}", parser.id, entries);
        }
    }
}
