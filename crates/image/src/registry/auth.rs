//! The registry's challenge and the token that answers it.

use base64::Engine as _;
use serde::Deserialize;

use super::address::{Origin, same_owner};
use super::credential::{Credential, Secret};
use super::repository::{Http, bounded, transport};
use super::{Plain, RegistryError};

const LARGEST_TOKEN_BODY: u64 = 1 << 20;

/// One challenge of `WWW-Authenticate` (RFC 9110 section 11.6.1), as far as registries use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Challenge {
    Basic,
    /// RFC 6750 with the distribution project's `realm` and `service`. Its `scope` is not used: we ask
    /// for pulling the one repository and for nothing that the registry might suggest.
    Bearer {
        realm: String,
        service: Option<String>,
    },
}

/// Picks the challenge to answer from all `WWW-Authenticate` values: bearer before basic.
pub(crate) fn choose<'a>(headers: impl Iterator<Item = &'a str>) -> Option<Challenge> {
    let mut found: Vec<Challenge> = headers.flat_map(challenges).collect();
    let bearer = found.iter().position(|c| matches!(c, Challenge::Bearer { .. }));
    match bearer {
        Some(at) => Some(found.swap_remove(at)),
        None => found.pop(),
    }
}

fn challenges(header: &str) -> Vec<Challenge> {
    let mut found = Vec::new();
    let mut scheme = String::new();
    let (mut realm, mut service) = (None, None);
    let mut close = |scheme: &str, realm: &mut Option<String>, service: &mut Option<String>| {
        let (realm, service) = (realm.take(), service.take());
        if scheme.eq_ignore_ascii_case("basic") {
            found.push(Challenge::Basic);
        } else if scheme.eq_ignore_ascii_case("bearer")
            && let Some(realm) = realm
        {
            found.push(Challenge::Bearer { realm, service });
        }
    };
    for part in split_quoted(header) {
        let part = part.trim();
        let name_end = part.find(['=', ' ', '"']).unwrap_or(part.len());
        let (head, tail) = part.split_at_checked(name_end).unwrap_or((part, ""));
        // `Scheme name=value` or a lone `Scheme` opens a challenge, `name=value` continues it.
        let parameter = if tail.starts_with('=') {
            part
        } else {
            close(&scheme, &mut realm, &mut service);
            head.clone_into(&mut scheme);
            tail.trim_start()
        };
        if let Some((name, value)) = parameter.split_once('=') {
            let value = unquote(value.trim());
            match name.trim().to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value),
                "service" => service = Some(value),
                _ => {}
            }
        }
    }
    close(&scheme, &mut realm, &mut service);
    found
}

/// Splits at commas outside quoted strings.
fn split_quoted(header: &str) -> Vec<&str> {
    let (mut quoted, mut escaped) = (false, false);
    header
        .split(|c: char| {
            let separates = c == ',' && !quoted;
            match c {
                _ if escaped => escaped = false,
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => {}
            }
            separates
        })
        .collect()
}

fn unquote(value: &str) -> String {
    let Some(inner) = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) else {
        return value.to_owned();
    };
    let mut escaped = false;
    inner
        .chars()
        .filter(|c| {
            escaped = *c == '\\' && !escaped;
            !escaped
        })
        .collect()
}

/// The value of an `Authorization` header with basic authentication (RFC 7617).
pub(crate) fn basic(username: &str, password: &Secret) -> Secret {
    let pair = format!("{username}:{}", password.reveal());
    Secret::new(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}

/// Asks the token service for leave to pull `repository` and returns the `Authorization` value.
pub(crate) fn token(
    http: &Http,
    realm: &str,
    service: Option<&str>,
    repository: &str,
    credential: Option<&Credential>,
) -> Result<Secret, RegistryError> {
    let origin = Origin::of(realm).ok_or(RegistryError::RealmMalformed)?;
    let known = same_owner(&http.origin.host, &origin.host)
        || http.access.token_hosts.iter().any(|host| host.eq_ignore_ascii_case(&origin.host));
    if !known {
        return Err(RegistryError::RealmStranger { host: origin.host });
    }
    let plain_allowed =
        !http.origin.tls && (origin.is_loopback() || http.access.plain_http == Plain::Everywhere);
    if !origin.tls && !plain_allowed {
        return Err(RegistryError::RealmPlain { host: origin.host });
    }
    let scope = format!("repository:{repository}:pull");
    let mut query = vec![("scope", scope.as_str())];
    query.extend(service.map(|service| ("service", service)));
    let request = if let Some(Credential::IdentityToken(token)) = credential {
        query.extend([
            ("grant_type", "refresh_token"),
            ("client_id", "haechi"),
            ("refresh_token", token.reveal()),
        ]);
        let form = form(&query);
        http.agent
            .post(realm)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .send(form.as_str())
    } else {
        let separator = if realm.contains('?') { '&' } else { '?' };
        let mut request = http.agent.get(format!("{realm}{separator}{}", form(&query)));
        if let Some(Credential::Password { username, password }) = credential {
            request = request.header("Authorization", basic(username, password).reveal());
        }
        request.call()
    };
    let mut response = request.map_err(|fault| transport(&origin.host, fault))?;
    match response.status().as_u16() {
        200 => {}
        401 | 403 => return Err(RegistryError::Unauthorized),
        status => return Err(RegistryError::TokenStatus { status }),
    }
    let body = bounded(response.body_mut(), LARGEST_TOKEN_BODY, "token")?;
    // The parser's words could quote the token.
    let answer: Answer =
        serde_json::from_slice(&body).map_err(|_secret| RegistryError::TokenMalformed)?;
    let token = answer.token.or(answer.access_token).ok_or(RegistryError::TokenMalformed)?;
    bearer(&token)
}

#[derive(Deserialize)]
struct Answer {
    token: Option<Secret>,
    access_token: Option<Secret>,
}

/// A bearer token is visible ASCII (RFC 6750 section 2.1); anything else would forge headers.
pub(crate) fn bearer(token: &Secret) -> Result<Secret, RegistryError> {
    let text = token.reveal();
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(RegistryError::TokenMalformed);
    }
    Ok(Secret::new(format!("Bearer {text}")))
}

/// `application/x-www-form-urlencoded`.
fn form(pairs: &[(&str, &str)]) -> String {
    let encoded: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{name}={}", percent(value))).collect();
    encoded.join("&")
}

/// Percent-encodes all but the unreserved characters of RFC 3986.
pub(crate) fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::with_capacity(text.len()), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _infallible = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bearer_of(realm: &str, service: Option<&str>) -> Challenge {
        Challenge::Bearer { realm: realm.to_owned(), service: service.map(str::to_owned) }
    }

    #[test]
    fn challenges_are_told_apart() {
        let choose = |headers: &[&str]| super::choose(headers.iter().copied());
        assert_eq!(
            choose(&[
                r#"Bearer realm="https://a.example/token",service="r",scope="repository:x:pull,push""#
            ]),
            Some(bearer_of("https://a.example/token", Some("r")))
        );
        assert_eq!(
            choose(&[r#"Basic realm="a, b", Bearer realm="https://a",error="invalid_token""#]),
            Some(bearer_of("https://a", None))
        );
        assert_eq!(choose(&["basic"]), Some(Challenge::Basic));
        assert_eq!(choose(&["Negotiate", r#"BASIC realm="q\"uote""#]), Some(Challenge::Basic));
        assert_eq!(choose(&["Bearer scope=x", "", ",,", "=\"", "Bearer realm=\"x"]), {
            Some(bearer_of("\"x", None))
        });
        assert_eq!(choose(&["Negotiate abc=="]), None);
    }

    #[test]
    fn scopes_are_encoded() {
        assert_eq!(percent("repository:a/b:pull é"), "repository%3Aa%2Fb%3Apull%20%C3%A9");
    }

    #[test]
    fn tokens_that_forge_headers_are_refused() {
        assert!(bearer(&Secret::new("a\r\nX: y")).is_err());
        assert!(bearer(&Secret::new("")).is_err());
    }
}
