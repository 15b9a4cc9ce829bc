//! Who built a distribution package: the distribution, whose advisories then speak of everything in it, or
//! somebody else, who may have put any language package into it.

use model::Distribution;

use crate::{Manager, SystemPackage};

/// `ID` of `os-release` and what rpm's `Vendor` of the distribution's own packages contains.
const VENDORS: &[(&str, &[&str])] = &[
    ("rhel", &["Red Hat"]),
    ("centos", &["CentOS"]),
    ("almalinux", &["AlmaLinux"]),
    ("rocky", &["Rocky"]),
    ("fedora", &["Fedora"]),
    ("ol", &["Oracle"]),
    ("amzn", &["Amazon"]),
    ("sles", &["SUSE"]),
    ("sles_sap", &["SUSE"]),
    ("opensuse-leap", &["SUSE"]),
    ("opensuse-tumbleweed", &["SUSE"]),
    ("azurelinux", &["Microsoft"]),
    ("mariner", &["Microsoft"]),
    ("photon", &["VMware"]),
    ("mageia", &["Mageia"]),
];

/// What the `Maintainer` of well-known third-party repositories contains, in lower case. Debian's own
/// maintainers write from everywhere, so only strangers can be listed.
const STRANGERS: &[&str] = &[
    "cloudflare",
    "datadog",
    "docker.com",
    "elastic",
    "github",
    "gitlab",
    "google",
    "grafana",
    "hashicorp",
    "influxdata",
    "jenkins",
    "kubernetes",
    "microsoft",
    "mongodb",
    "nginx packaging",
    "nodesource",
    "opensearch",
    "percona",
    "sury.org",
    "tailscale",
    "zabbix",
];

/// Whether somebody else than the distribution built the package. Where that is not said, nobody else did.
pub(super) fn foreign(package: &SystemPackage, distribution: Option<&Distribution>) -> bool {
    let Some(vendor) = &package.vendor else { return false };
    match package.manager {
        Manager::Rpm => {
            let known = VENDORS.iter().find(|(id, _)| distribution.is_some_and(|d| d.id == *id));
            known.is_some_and(|(_, own)| !own.iter().any(|own| vendor.contains(own)))
        }
        Manager::Dpkg => {
            let vendor = vendor.to_lowercase();
            STRANGERS.iter().any(|stranger| vendor.contains(stranger))
        }
        Manager::Apk => false,
    }
}
