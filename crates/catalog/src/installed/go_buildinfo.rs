//! What a Go program was built from (package `debug/buildinfo` of Go's standard library).

use std::borrow::Cow;

use memchr::memmem;
use object::{Object as _, ObjectSection as _};

use crate::language::{Language, package};
use crate::{Found, Problem};

const MAGIC: &[u8] = b"\xff Go buildinf:";

/// The header: magic, pointer size, flags, and for older toolchains two pointers.
const HEADER: usize = 32;

/// Go aligns the header to this.
const ALIGN: usize = 16;

/// The two texts of the build information.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Info<'a> {
    /// `go1.22.3`, perhaps with experiments behind a blank.
    pub version: Cow<'a, str>,
    /// The module list, between its sentinels.
    pub modules: Cow<'a, str>,
}

/// Reads the form that Go 1.18 and later write: both texts follow the header.
pub(super) fn inline(data: &[u8]) -> Option<Info<'_>> {
    let at = memmem::find(data, MAGIC)?;
    let blob = data.get(at..)?;
    let flags = *blob.get(15)?;
    if flags & 2 == 0 {
        return None;
    }
    let (version, rest) = text(blob.get(HEADER..)?)?;
    let (modules, _) = text(rest)?;
    Some(Info { version: String::from_utf8_lossy(version), modules: unframed(modules) })
}

/// A length as a variable-length number, then the bytes.
fn text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut length: u64 = 0;
    for (at, byte) in bytes.iter().take(10).enumerate() {
        length |= u64::from(byte & 0x7f).checked_shl(u32::try_from(at * 7).ok()?)?;
        if byte & 0x80 == 0 {
            return bytes.get(at + 1..)?.split_at_checked(usize::try_from(length).ok()?);
        }
    }
    None
}

/// The module list stands between two sentinels of 16 bytes.
fn unframed(modules: &[u8]) -> Cow<'_, str> {
    let inner = modules
        .len()
        .checked_sub(16)
        .and_then(|end| modules.get(16..end))
        .filter(|_| modules.len() >= 33);
    String::from_utf8_lossy(inner.unwrap_or_default())
}

/// Reads the form that Go 1.12 to 1.17 wrote: pointers to two string headers, each a pointer and a length.
pub(super) fn pointed<'a>(file: &object::File<'a>, data: &'a [u8]) -> Option<Info<'a>> {
    let blob = data.get(memmem::find(data, MAGIC)?..)?;
    let size = usize::from(*blob.get(14)?);
    let big = blob.get(15)? & 1 != 0;
    let number = |bytes: &[u8]| -> Option<u64> {
        let bytes = bytes.get(..size)?;
        let fold = |number: u64, byte: &u8| number << 8 | u64::from(*byte);
        (size == 4 || size == 8).then(|| {
            if big { bytes.iter().fold(0, fold) } else { bytes.iter().rev().fold(0, fold) }
        })
    };
    let at_address = |address: u64, length: u64| -> Option<&'a [u8]> {
        file.sections().find_map(|section| section.data_range(address, length).ok().flatten())
    };
    let string = |pointer: u64| -> Option<&'a [u8]> {
        let header = at_address(pointer, 2 * size as u64)?;
        at_address(number(header)?, number(header.get(size..)?)?)
    };
    let version = string(number(blob.get(16..)?)?)?;
    let modules = string(number(blob.get(16 + size..)?)?)?;
    Some(Info { version: String::from_utf8_lossy(version), modules: unframed(modules) })
}

/// Searches the whole file, for programs whose section table was stripped.
pub(super) fn find(content: &[u8]) -> Option<Info<'_>> {
    memmem::find_iter(content, MAGIC)
        .filter(|at| at % ALIGN == 0)
        .find_map(|at| content.get(at..).and_then(inline))
}

/// The standard library and every module that was linked in.
pub(super) fn read(info: Info<'_>, path: &str) -> Found {
    let mut found = Found::default();
    let mut add = |name: &str, version: &str| match package(Language::Go, name, version, path, None)
    {
        Ok(package) => found.packages.push(package),
        Err(problem) => found.problems.push(problem),
    };
    let mut unread = 0;
    match release(&info.version) {
        Some(version) => add("stdlib", &version),
        None => unread += 1,
    }
    let mut pending: Option<(&str, &str)> = None;
    for line in info.modules.lines() {
        let mut columns = line.split('\t');
        let kind = columns.next().unwrap_or_default();
        let (name, version) =
            (columns.next().unwrap_or_default(), columns.next().unwrap_or_default());
        match kind {
            // `=>` replaces the module of the line before.
            "=>" => {
                pending = Some((name, version));
                continue;
            }
            "mod" | "dep" => {}
            _ => continue,
        }
        if let Some((name, version)) = pending.replace((name, version)) {
            module(name, version, &mut add);
        }
    }
    if let Some((name, version)) = pending {
        module(name, version, &mut add);
    }
    if !lists_modules(&info.modules) {
        let reason = "Go program without a list of modules, its dependencies are not judged";
        found.problems.push(Problem::new(path, reason));
    }
    if unread > 0 {
        let reason = format!(
            "Go toolchain {:?} is no release, its standard library is not judged",
            info.version
        );
        found.problems.push(Problem::new(path, reason));
    }
    found
}

/// A program built without modules (GOPATH mode) does not say what was linked in. Go's own commands have
/// nothing but the standard library in them.
fn lists_modules(modules: &str) -> bool {
    modules.lines().any(|line| ["mod\t", "dep\t", "path\tcmd/"].iter().any(|s| line.starts_with(s)))
}

/// A module built from a working copy (`(devel)`) or replaced by a folder has no version to judge.
fn module(name: &str, version: &str, add: &mut impl FnMut(&str, &str)) {
    if version.starts_with('v') {
        add(name, version);
    }
}

/// `go1.22.3 X:exp` is `1.22.3`; `go1.22rc1` is `1.22.0-rc1`, as the advisories write it. `go1.21` of
/// Go up to 1.20 means its first patch level.
pub(crate) fn release(text: &str) -> Option<String> {
    let text = text.split([' ', '-']).next()?.strip_prefix("go")?;
    let letters = text.find(|c: char| c.is_ascii_alphabetic());
    let (numbers, prerelease) = letters.map_or((text, ""), |at| text.split_at(at));
    let mut parts: Vec<&str> = numbers.split('.').collect();
    if parts.iter().any(|part| part.is_empty() || !part.bytes().all(|byte| byte.is_ascii_digit())) {
        return None;
    }
    parts.resize(parts.len().max(3), "0");
    let numbers = parts.join(".");
    Some(if prerelease.is_empty() { numbers } else { format!("{numbers}-{prerelease}") })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blob(version: &str, modules: &str) -> Vec<u8> {
        let mut blob = MAGIC.to_vec();
        blob.extend([8, 2]);
        blob.resize(HEADER, 0);
        let framed = format!("{}{modules}{}", "s".repeat(16), "e".repeat(16));
        for text in [version, framed.as_str()] {
            let mut length = text.len();
            while length >= 0x80 {
                blob.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
                length >>= 7;
            }
            blob.push(u8::try_from(length).unwrap());
            blob.extend_from_slice(text.as_bytes());
        }
        blob
    }

    const MODULES: &str = "path\texample.com/app\nmod\texample.com/app\t(devel)\t\n\
        dep\tgolang.org/x/net\tv0.1.0\th1:x=\ndep\texample.com/old\tv1.0.0\n=>\texample.com/new\tv1.2.0\th1:y=\n\
        dep\texample.com/local\tv1.0.0\n=>\t./local\t(devel)\t\nbuild\t-compiler=gc\n";

    #[test]
    fn modules_replacements_and_the_standard_library_are_found() {
        let bytes = blob("go1.21.3", MODULES);
        let found = read(inline(&bytes).unwrap(), "app");
        let all: Vec<(&str, &str)> = found
            .packages
            .iter()
            .map(|package| (package.name.as_str(), package.version.as_str()))
            .collect();
        assert_eq!(
            all,
            [("stdlib", "1.21.3"), ("golang.org/x/net", "v0.1.0"), ("example.com/new", "v1.2.0")]
        );
        assert!(found.problems.is_empty());
    }

    #[test]
    fn a_program_without_modules_is_told() {
        let problems = |modules| {
            let bytes = blob("go1.21.3", modules);
            read(inline(&bytes).unwrap(), "app").problems.len()
        };
        assert_eq!(problems("path\texample.com/app\nbuild\t-compiler=gc\n"), 1);
        assert_eq!(problems("path\tcmd/gofmt\nbuild\t-compiler=gc\n"), 0);
    }

    #[test]
    fn toolchains_are_read_as_the_advisories_write_them() {
        for (text, wanted) in [
            ("go1.22.3 X:boringcrypto", Some("1.22.3")),
            ("go1.22rc1", Some("1.22.0-rc1")),
            ("go1.20", Some("1.20.0")),
            ("devel +abc", None),
            ("go", None),
        ] {
            assert_eq!(release(text).as_deref(), wanted, "{text}");
        }
    }

    #[test]
    fn every_cut_and_flip_is_survived() {
        let bytes = blob("go1.21.3", MODULES);
        for at in 0..bytes.len() {
            drop(inline(&bytes[..at]));
            let mut flipped = bytes.clone();
            flipped[at] ^= 0xff;
            if let Some(info) = inline(&flipped) {
                drop(read(info, "app"));
            }
        }
    }
}
