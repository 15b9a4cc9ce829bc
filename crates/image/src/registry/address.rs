//! Where requests may go: origins, redirect targets and the addresses behind host names.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::OnceLock;

use ureq::config::Config;
use ureq::http::Uri;
use ureq::unversioned::resolver::{DefaultResolver, ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::NextTimeout;

/// Scheme, host and port of a URL: what a secret may be sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) tls: bool,
    /// Lower case, without the brackets of an IPv6 address.
    pub(crate) host: String,
    port: u16,
}

impl Origin {
    /// `None` for anything but `http` and `https` with a host and without user information.
    pub(crate) fn of(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let tls = match uri.scheme_str()? {
            "https" => true,
            "http" => false,
            _ => return None,
        };
        let authority = uri.authority()?;
        if authority.as_str().contains('@') || authority.host().is_empty() {
            return None;
        }
        let port = authority.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Some(Self { tls, host: bare(authority.host()), port })
    }

    /// `localhost` and the loopback addresses as written; what a name resolves to does not count.
    pub(crate) fn is_loopback(&self) -> bool {
        self.host == "localhost" || self.host.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
    }
}

fn bare(host: &str) -> String {
    host.trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase()
}

/// Resolves a `Location` header against the URL that sent it. `None` if it makes no URL.
pub(crate) fn resolve_location(base: &str, location: &str) -> Option<String> {
    if !location.bytes().all(|b| b.is_ascii_graphic()) {
        return None;
    }
    let location = location.split('#').next()?;
    let (scheme, rest) = base.split_once("://")?;
    let has_scheme = location
        .split_once(':')
        .is_some_and(|(scheme, _)| !scheme.is_empty() && !scheme.contains(['/', '?']));
    Some(if has_scheme {
        location.to_owned()
    } else if location.starts_with("//") {
        format!("{scheme}:{location}")
    } else {
        let path_start = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at_checked(path_start)?;
        if location.starts_with('/') {
            format!("{scheme}://{authority}{location}")
        } else {
            let path = path.split('?').next()?;
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            format!("{scheme}://{authority}{folder}/{location}")
        }
    })
}

/// Whether a token service at `realm` may be asked, and shown credentials, on behalf of `registry`.
///
/// Without the public suffix list two names count as one owner's when one is below the other, or when
/// they share a parent that is not a place where strangers get names.
pub(crate) fn same_owner(registry: &str, realm: &str) -> bool {
    const PAIRS: [(&str, &str); 2] =
        [("registry-1.docker.io", "auth.docker.io"), ("nvcr.io", "authn.nvidia.com")];
    if registry == realm || PAIRS.contains(&(registry, realm)) {
        return true;
    }
    if registry.parse::<IpAddr>().is_ok() || realm.parse::<IpAddr>().is_ok() {
        return false;
    }
    let shared: Vec<&str> = registry
        .rsplit('.')
        .zip(realm.rsplit('.'))
        .take_while(|(a, b)| a == b)
        .map(|(label, _)| label)
        .collect();
    let second_level = ["com", "org", "net", "gov", "edu", "ac", "co", "or", "ne", "go", "re"];
    let country = matches!(shared.as_slice(), [top, second, ..]
        if top.len() == 2 && second_level.contains(second));
    let needed = if country { 3 } else { 2 };
    let parent: Vec<&str> = shared.iter().rev().copied().collect();
    let parent = parent.join(".");
    // Suffixes under which one provider hands names to strangers.
    let public = [
        "amazonaws.com",
        "azurecr.io",
        "azurewebsites.net",
        "windows.net",
        "cloudfront.net",
        "github.io",
        "gitlab.io",
        "googleapis.com",
        "pkg.dev",
        "run.app",
        "appspot.com",
        "web.app",
        "pages.dev",
        "workers.dev",
        "r2.dev",
        "herokuapp.com",
        "vercel.app",
        "netlify.app",
        "ngrok.io",
        "ngrok.app",
        "ngrok-free.app",
        "duckdns.org",
        "nip.io",
        "sslip.io",
        "fly.dev",
        "onrender.com",
        "digitaloceanspaces.com",
        "ondigitalocean.app",
    ];
    shared.len() >= needed
        && !public.iter().any(|suffix| {
            parent == *suffix || parent.strip_suffix(suffix).is_some_and(|rest| rest.ends_with('.'))
        })
}

/// Looks names up, and refuses inner addresses to every host but the registry itself.
///
/// A public registry that redirects to a cloud's metadata service or to something on this machine is
/// refused after the name is resolved, so that a name pointing inside does not help it. A registry that
/// is itself inside may redirect inside, though never to link-local addresses.
#[derive(Debug)]
pub(crate) struct Guard {
    registry: String,
    registry_is_inside: OnceLock<bool>,
    inner: DefaultResolver,
}

impl Guard {
    pub(crate) fn new(registry: &Origin) -> Self {
        Self {
            registry: registry.host.clone(),
            registry_is_inside: OnceLock::new(),
            inner: DefaultResolver::default(),
        }
    }
}

impl Resolver for Guard {
    fn resolve(
        &self,
        uri: &Uri,
        config: &Config,
        timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        let addresses = self.inner.resolve(uri, config, timeout)?;
        let host = uri.host().map(bare).unwrap_or_default();
        let inside = |address: &SocketAddr| is_inside(address.ip());
        if host == self.registry {
            // A name with one public address is a public registry.
            let _already_known = self.registry_is_inside.set(addresses.iter().all(inside));
            return Ok(addresses);
        }
        let may_go_inside = self.registry_is_inside.get().copied().unwrap_or(false);
        let refused = addresses
            .iter()
            .any(|address| is_link_local(address.ip()) || inside(address) && !may_go_inside);
        if refused { Err(ureq::Error::Other(Box::new(InsideRefused))) } else { Ok(addresses) }
    }
}

/// The marker inside [`ureq::Error::Other`] by which the client recognises a refusal.
#[derive(Debug, thiserror::Error)]
#[error("host resolves to a private, loopback or link-local address")]
pub(crate) struct InsideRefused;

fn is_link_local(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_link_local(),
        IpAddr::V6(ip) => ip.is_unicast_link_local(),
    }
}

/// Whether the address is not one of the public internet (RFC 6890 and its successors).
fn is_inside(ip: IpAddr) -> bool {
    let inside_v4 = |ip: Ipv4Addr| {
        let [a, b, ..] = ip.octets();
        ip.is_private()
            || ip.is_loopback()
            || ip.is_link_local()
            || ip.is_broadcast()
            || ip.is_multicast()
            || a == 0
            || a == 100 && (64..128).contains(&b)
            || a == 198 && (b == 18 || b == 19)
            || a >= 240
    };
    match ip.to_canonical() {
        IpAddr::V4(ip) => inside_v4(ip),
        IpAddr::V6(ip) => {
            let [first, second, third, _, _, _, seventh, eighth] = ip.segments();
            // NAT64 (RFC 6052) and 6to4 (RFC 3056) carry an IPv4 address.
            let quad = |high: u16, low: u16| Ipv4Addr::from(u32::from(high) << 16 | u32::from(low));
            ip.is_loopback()
                || ip.is_unspecified()
                || ip.is_unique_local()
                || ip.is_unicast_link_local()
                || ip.is_multicast()
                || first == 0x64 && second == 0xff9b && inside_v4(quad(seventh, eighth))
                || first == 0x2002 && inside_v4(quad(second, third))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_resolve_as_browsers_do() {
        let at = |location: &str| resolve_location("https://r.example/v2/a/blobs/x?y", location);
        assert_eq!(at("https://cdn.example/b"), Some("https://cdn.example/b".into()));
        assert_eq!(at("//cdn.example/b"), Some("https://cdn.example/b".into()));
        assert_eq!(at("/b?c#d"), Some("https://r.example/b?c".into()));
        assert_eq!(at("z"), Some("https://r.example/v2/a/blobs/z".into()));
        assert_eq!(at("a b"), None);
        assert_eq!(Origin::of(&at("file:///etc/passwd").unwrap()), None);
        assert_eq!(Origin::of("https://user:pw@r.example/"), None);
        assert_eq!(Origin::of("https://r.example"), Origin::of("https://R.example:443/x"));
        assert_ne!(Origin::of("https://r.example"), Origin::of("https://r.example:444"));
    }

    #[test]
    fn token_services_belong_to_the_registry_or_are_strangers() {
        for (registry, realm) in [
            ("ghcr.io", "ghcr.io"),
            ("registry-1.docker.io", "auth.docker.io"),
            ("registry.gitlab.com", "gitlab.com"),
            ("registry.corp.example", "sso.corp.example"),
            ("registry.shop.co.kr", "auth.shop.co.kr"),
        ] {
            assert!(same_owner(registry, realm), "{registry} {realm}");
        }
        for (registry, realm) in [
            ("ghcr.io", "evil.io"),
            ("a.co.kr", "b.co.kr"),
            ("mine.azurecr.io", "evil.azurecr.io"),
            ("1.eu.amazonaws.com", "2.eu.amazonaws.com"),
            ("10.0.0.1", "11.0.0.1"),
            ("registry-1.docker.io", "auth.docker.io.evil.example"),
            ("localhost", "evil"),
        ] {
            assert!(!same_owner(registry, realm), "{registry} {realm}");
        }
    }

    #[test]
    fn inner_addresses_are_recognised_in_every_disguise() {
        for inner in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.0.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "64:ff9b::a9fe:a9fe",
            "2002:7f00:1::",
            "255.255.255.255",
        ] {
            assert!(is_inside(inner.parse().unwrap()), "{inner}");
        }
        for outer in ["1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111"] {
            assert!(!is_inside(outer.parse().unwrap()), "{outer}");
        }
    }

    #[test]
    fn public_registry_leads_nowhere_inside() {
        use ureq::unversioned::transport::time;
        let asked = |registry: &str, other: &str| {
            let registry = format!("https://{registry}/");
            let guard = Guard::new(&Origin::of(&registry).unwrap());
            let config = Config::default();
            let timeout =
                NextTimeout { after: time::Duration::NotHappening, ..NextTimeout::default() };
            guard.resolve(&registry.parse().unwrap(), &config, timeout).unwrap();
            let other = format!("https://{other}/").parse().unwrap();
            guard.resolve(&other, &config, timeout).is_ok()
        };
        assert!(!asked("1.1.1.1", "127.0.0.1"));
        assert!(!asked("1.1.1.1", "[::ffff:10.0.0.1]"));
        assert!(!asked("1.1.1.1", "169.254.169.254"));
        assert!(asked("1.1.1.1", "8.8.8.8"));
        assert!(asked("10.0.0.1", "10.0.0.2"));
        assert!(!asked("10.0.0.1", "169.254.169.254"));
    }
}
