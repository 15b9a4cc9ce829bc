//! Whether an advisory for one release of a distribution speaks of the release that a package is of.

/// `release` is the advisory's, `own` the package's, both as the OSV schema writes them behind the
/// ecosystem's name. Where one of them is empty, it stands for all.
pub(crate) fn covers(ecosystem: &str, release: &str, own: &str) -> bool {
    if release.is_empty() || own.is_empty() || release == own {
        return true;
    }
    match ecosystem {
        // `22.04:LTS`; Pro and other variants are repositories of their own.
        "Ubuntu" => without_lts(release) == without_lts(own),
        "Red Hat" => enterprise_linux(release)
            .is_some_and(|major| Some(major) == enterprise_linux(own).or_else(|| first(own))),
        "SUSE" => suse(release, own),
        // A package URL may lack the service pack: `22.03` instead of `22.03-LTS-SP3`.
        "openEuler" => release.strip_prefix(own).is_some_and(|rest| rest.starts_with("-LTS")),
        _ => false,
    }
}

fn without_lts(release: &str) -> &str {
    release.strip_suffix(":LTS").unwrap_or(release)
}

fn first(version: &str) -> Option<&str> {
    version.split('.').next()
}

/// Red Hat writes the product's CPE: `enterprise_linux:9::appstream`. Other products, such as the streams
/// with extended support (`rhel_eus:9.2::baseos`), get versions of their own.
fn enterprise_linux(release: &str) -> Option<&str> {
    first(release.strip_prefix("enterprise_linux:")?.split(':').next()?)
}

/// SUSE files a server's packages under the module that ships them: gzip of `Linux Enterprise Server 15
/// SP5` stands under `Linux Enterprise Module for Basesystem 15 SP5`. Modules of version 12 have no service
/// packs. Long-term support (`15 SP5-LTSS`) is a product of its own.
fn suse(release: &str, own: &str) -> bool {
    let Some(version) = own.strip_prefix("Linux Enterprise Server ") else { return false };
    let Some(module) = release.strip_prefix("Linux Enterprise Module for ") else { return false };
    let major = version.split(' ').next().unwrap_or_default();
    let of = |version: &str| module.strip_suffix(version).is_some_and(|name| name.ends_with(' '));
    of(version) || of(major)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_are_compared_as_each_distribution_writes_them() {
        for (ecosystem, release, own, wanted) in [
            ("Debian", "12", "12", true),
            ("Debian", "11", "12", false),
            ("Debian", "", "12", true),
            ("Debian", "12", "", true),
            ("Alpine", "v3.20", "v3.20", true),
            ("Alpine", "v3.2", "v3.20", false),
            ("Ubuntu", "22.04:LTS", "22.04", true),
            ("Ubuntu", "22.04", "22.04:LTS", true),
            ("Ubuntu", "Pro:18.04:LTS", "18.04", false),
            ("Ubuntu", "24.10", "24.10", true),
            ("Red Hat", "enterprise_linux:9::appstream", "9", true),
            ("Red Hat", "enterprise_linux:9::baseos", "9.4", true),
            ("Red Hat", "enterprise_linux:10.0", "10", true),
            ("Red Hat", "enterprise_linux:8::appstream", "9", false),
            ("Red Hat", "rhel_eus:9.2::baseos", "9", false),
            ("Red Hat", "rhel_e4s:9.0::appstream", "9", false),
            ("Rocky Linux", "9", "9", true),
            ("openSUSE", "Leap 15.6", "Leap 15.6", true),
            ("openEuler", "22.03-LTS-SP3", "22.03", true),
            ("openEuler", "22.03-LTS-SP3", "22.03-LTS-SP2", false),
            ("openSUSE", "Leap 15.5", "Leap 15.6", false),
            (
                "SUSE",
                "Linux Enterprise Module for Basesystem 15 SP5",
                "Linux Enterprise Server 15 SP5",
                true,
            ),
            (
                "SUSE",
                "Linux Enterprise Module for Web Scripting 12",
                "Linux Enterprise Server 12 SP5",
                true,
            ),
            (
                "SUSE",
                "Linux Enterprise Module for Basesystem 15 SP4",
                "Linux Enterprise Server 15 SP5",
                false,
            ),
            (
                "SUSE",
                "Linux Enterprise Server 15 SP5-LTSS",
                "Linux Enterprise Server 15 SP5",
                false,
            ),
        ] {
            assert_eq!(covers(ecosystem, release, own), wanted, "{ecosystem}: {release} and {own}");
        }
    }
}
