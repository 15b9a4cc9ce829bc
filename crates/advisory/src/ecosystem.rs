//! The ecosystems whose packages can be judged, one file each: how names are compared, how versions are
//! ordered, which package name advisories use.

mod almalinux;
mod alpaquita;
mod alpine;
mod azure_linux;
mod bellsoft;
mod bitnami;
mod chainguard;
mod conan;
mod cran;
mod crates_io;
mod debian;
mod github_actions;
mod go;
mod hackage;
mod hex;
mod julia;
mod mageia;
mod maven;
mod minimos;
mod npm;
mod nuget;
mod openeuler;
mod opensuse;
mod packagist;
mod pub_dev;
mod pypi;
mod red_hat;
mod rocky;
mod ruby_gems;
mod suse;
mod swift;
mod ubuntu;
mod wolfi;

use std::borrow::Cow;
use std::cmp::Ordering;

pub use crate::order::VersionError;

/// Which name of a package an ecosystem's advisories use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// The installed package's own.
    Binary,
    /// The source package's, from which several installed packages may be built.
    Source,
}

/// What is particular to one ecosystem.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Name in the OSV schema, without release suffix.
    pub name: &'static str,
    /// Orders two versions.
    pub order: fn(&str, &str) -> Result<Ordering, VersionError>,
    /// Brings a package name into the form in which names are compared.
    pub normalise: fn(&str) -> Cow<'_, str>,
    /// Which name advisories use.
    pub names: Names,
    /// The package URL types of its packages.
    pub purl_kinds: &'static [&'static str],
}

/// The list.
pub static ECOSYSTEMS: &[&Rules] = &[
    &almalinux::RULES,
    &alpaquita::RULES,
    &alpine::RULES,
    &azure_linux::RULES,
    &bellsoft::RULES,
    &bitnami::RULES,
    &chainguard::RULES,
    &conan::RULES,
    &cran::RULES,
    &crates_io::RULES,
    &debian::RULES,
    &github_actions::RULES,
    &go::RULES,
    &hackage::RULES,
    &hex::RULES,
    &julia::RULES,
    &mageia::RULES,
    &maven::RULES,
    &minimos::RULES,
    &npm::RULES,
    &nuget::RULES,
    &openeuler::RULES,
    &opensuse::RULES,
    &packagist::RULES,
    &pub_dev::RULES,
    &pypi::RULES,
    &red_hat::RULES,
    &rocky::RULES,
    &ruby_gems::RULES,
    &suse::RULES,
    &swift::RULES,
    &ubuntu::RULES,
    &wolfi::RULES,
];

/// The rules of an ecosystem, by its name in the OSV schema without release suffix.
pub fn rules(name: &str) -> Option<&'static Rules> {
    ECOSYSTEMS.iter().find(|rules| rules.name == name).copied()
}

/// Orders two versions as an ecosystem does.
///
/// # Errors
/// An ecosystem that is not known, or a text that is no version of it.
pub fn compare(ecosystem: &str, a: &str, b: &str) -> Result<Ordering, VersionError> {
    let name = ecosystem.split_once(':').map_or(ecosystem, |(name, _)| name);
    match rules(name) {
        Some(rules) => (rules.order)(a, b),
        None => Err(VersionError::new("known", ecosystem)),
    }
}

fn same(name: &str) -> Cow<'_, str> {
    Cow::Borrowed(name)
}

fn lower(name: &str) -> Cow<'_, str> {
    if name.chars().any(char::is_uppercase) {
        Cow::Owned(name.to_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Texts made of the pieces that versions are made of, so that many of them are versions.
    fn version() -> impl Strategy<Value = String> {
        let piece = prop::sample::select(vec![
            "0", "1", "2", "10", "007", ".", ".", "-", "_", "~", "+", ":", "^", "a", "b", "rc",
            "alpha", "beta", "_p", "_rc", "-r", "-r1", "dev", "post", "v", "final", "sp", "x",
            "git",
        ]);
        prop::collection::vec(piece, 0..8).prop_map(|pieces| format!("1{}", pieces.concat()))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_order_is_total(a in version(), b in version(), c in version()) {
            for rules in ECOSYSTEMS {
                let order = |x: &str, y: &str| (rules.order)(x, y);
                if let (Ok(ab), Ok(bc), Ok(ac)) = (order(&a, &b), order(&b, &c), order(&a, &c)) {
                    prop_assert_eq!(order(&b, &a), Ok(ab.reverse()), "{} {} {}", rules.name, &a, &b);
                    prop_assert_eq!(order(&a, &a), Ok(Ordering::Equal));
                    if ab == bc || ab == Ordering::Equal {
                        prop_assert_eq!(ac, bc, "{} {} {} {}", rules.name, &a, &b, &c);
                    }
                }
            }
        }

        #[test]
        fn no_text_makes_an_order_panic(a in "\\PC*", b in "\\PC*") {
            for rules in ECOSYSTEMS {
                drop((rules.order)(&a, &b));
                drop((rules.normalise)(&a));
            }
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for rules_of in ECOSYSTEMS {
            assert_eq!(rules(rules_of.name).map(|found| found.name), Some(rules_of.name));
        }
        assert_eq!(compare("Debian:12", "1.0-1", "1.0-2"), Ok(Ordering::Less));
        assert!(compare("Nowhere", "1", "2").is_err());
    }

    /// Work that grows with the square of the length would take minutes here.
    #[test]
    fn a_very_long_version_is_compared_in_linear_time() {
        for name in [
            "Alpine",
            "Packagist",
            "Debian",
            "CRAN",
            "RubyGems",
            "Maven",
            "NuGet",
            "PyPI",
            "Red Hat",
            "npm",
        ] {
            for piece in ["1.", "1-", "1a", "0.", "1~", "1_p1", "-rc.", "1:"] {
                let long = format!("1{}1", piece.repeat(300_000 / piece.len()));
                let order = |a: &str, b: &str| (rules(name).unwrap().order)(a, b);
                if order(&long, &long).is_ok() {
                    assert_eq!(order(&long, &long), Ok(Ordering::Equal), "{name} {piece}");
                    drop(order(&long, &format!("{long}2")));
                }
            }
        }
    }
}
