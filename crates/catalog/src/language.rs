//! Language packages: how each ecosystem's names become package URLs.

use model::{Ecosystem, Location, Package, Problem, Purl};

/// The ecosystems of language packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    Python,
    Node,
    Go,
    Rust,
    Java,
    Php,
    Ruby,
    DotNet,
}

impl Language {
    fn ecosystem(self) -> &'static str {
        match self {
            Self::Python => "PyPI",
            Self::Node => "npm",
            Self::Go => "Go",
            Self::Rust => "crates.io",
            Self::Java => "Maven",
            Self::Php => "Packagist",
            Self::Ruby => "RubyGems",
            Self::DotNet => "NuGet",
        }
    }

    fn kind(self) -> &'static str {
        match self {
            Self::Python => "pypi",
            Self::Node => "npm",
            Self::Go => "golang",
            Self::Rust => "cargo",
            Self::Java => "maven",
            Self::Php => "composer",
            Self::Ruby => "gem",
            Self::DotNet => "nuget",
        }
    }
}

/// Names and versions are this long at the most; longer ones are no packages.
const MAX_TEXT: usize = 1_024;

/// A package found at `path`, on `line` where the evidence is a line. Names are in the ecosystem's own
/// form: `@scope/name`, `group:artifact`, a module path.
///
/// # Errors
/// A name or version that makes no package URL, as a problem of the file.
pub(crate) fn package(
    language: Language,
    name: &str,
    version: &str,
    path: &str,
    line: Option<u32>,
) -> Result<Package, Problem> {
    let name = match language {
        Language::Python => normalised(name),
        Language::Php => name.to_lowercase(),
        _ => name.to_owned(),
    };
    let fault = |why: &str| {
        let shown: String = name.chars().take(80).collect();
        Problem::new(path, format!("package {shown:?}: {why}"))
    };
    let fits = |text: &str| !text.is_empty() && text.len() <= MAX_TEXT;
    if !fits(&name) || !fits(version) {
        return Err(fault("name or version is empty or too long"));
    }
    let (namespace, last) = match language {
        Language::Java => name.split_once(':').unwrap_or(("", &name)),
        Language::Node | Language::Go | Language::Php => {
            name.rsplit_once('/').unwrap_or(("", &name))
        }
        _ => ("", name.as_str()),
    };
    let purl = Purl::new(language.kind(), namespace, last, version, &[])
        .map_err(|why| fault(&why.to_string()))?;
    Ok(Package {
        purl,
        version: version.to_owned(),
        ecosystem: Ecosystem::new(language.ecosystem()),
        source_name: None,
        source_version: None,
        licenses: Vec::new(),
        locations: vec![Location { path: path.to_owned(), line, layer: None }],
        name,
    })
}

/// PEP 503: lower case, runs of `-`, `_` and `.` become one hyphen.
fn normalised(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for character in name.chars() {
        if matches!(character, '-' | '_' | '.') {
            if !out.ends_with('-') {
                out.push('-');
            }
        } else {
            out.extend(character.to_lowercase());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_package_urls() {
        for (language, name, purl) in [
            (Language::Python, "Zope.Interface", "pkg:pypi/zope-interface@1"),
            (Language::Node, "@babel/core", "pkg:npm/%40babel/core@1"),
            (Language::Go, "github.com/a/b", "pkg:golang/github.com/a/b@1"),
            (Language::Java, "org.x:y", "pkg:maven/org.x/y@1"),
            (Language::Rust, "serde", "pkg:cargo/serde@1"),
        ] {
            assert_eq!(package(language, name, "1", "f", None).unwrap().purl.as_str(), purl);
        }
        assert!(package(Language::Node, "", "1", "f", None).is_err());
        assert!(package(Language::Node, "a", "", "f", None).is_err());
        assert!(package(Language::Node, &"x".repeat(5_000), "1", "f", None).is_err());
    }
}
