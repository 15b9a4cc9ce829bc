//! Fetches sources over HTTP: only what changed, resumed where a transfer broke off.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::StatusCode;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use super::import::Job;
use super::{Outcome, State, Summary, UpdateError};

/// No source is larger.
const MAX_SOURCE: u64 = 4 << 30;

/// A server that sends nothing for so long is given up.
const SILENCE: Duration = Duration::from_mins(1);

/// A transfer that takes longer is given up; the next goes on from there.
const WHOLE: Duration = Duration::from_hours(6);

/// Where the sources are: addresses, or paths of directories and files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// Base of a bucket in OSV's layout.
    pub osv: String,
    /// CISA's catalogue.
    pub kev: String,
    /// FIRST's scores.
    pub epss: String,
}

/// Speaks HTTP for updates.
#[derive(Clone, Debug)]
pub struct Agent(ureq::Agent);

impl Agent {
    /// An agent that trusts the certificate authorities of this machine.
    pub fn new() -> Self {
        Self::patient(SILENCE)
    }

    /// An agent that waits so long for anything to come.
    fn patient(silence: Duration) -> Self {
        let roots: Vec<Certificate<'static>> = rustls_native_certs::load_native_certs()
            .certs
            .iter()
            .map(|der| Certificate::from_der(der).to_owned())
            .collect();
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(
                rustls::crypto::aws_lc_rs::default_provider(),
            ))
            .root_certs(RootCerts::Specific(Arc::new(roots)))
            .build();
        let config = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_recv_response(Some(silence))
            .timeout_recv_body(Some(WHOLE))
            .timeout_per_read(Some(silence))
            .user_agent(concat!("haechi/", env!("CARGO_PKG_VERSION")))
            .build();
        Self(config.into())
    }
}

impl Default for Agent {
    fn default() -> Self {
        Self::new()
    }
}

/// What an update tells while it goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// This source is asked for next.
    Source(&'a str),
    /// Its transfer has this many bytes.
    Length(u64),
    /// So many more of them have come.
    Bytes(u64),
}

/// Updates ecosystems and both signals. `now` is in Unix seconds; `told` hears of every step.
///
/// # Errors
/// An address that is neither a path, https, nor this machine; a database folder that cannot be written.
/// A source that cannot be had is an outcome and leaves what was there.
pub fn update(
    agent: &Agent,
    addresses: &Addresses,
    ecosystems: &[String],
    folder: &Path,
    now: i64,
    told: &dyn Fn(Step<'_>),
) -> Result<Summary, UpdateError> {
    let at = |fault| UpdateError::Folder { path: folder.display().to_string(), fault };
    for address in [&addresses.osv, &addresses.kev, &addresses.epss] {
        allowed(address)?;
    }
    std::fs::create_dir_all(folder).map_err(at)?;
    let mut job = Job { folder, now, state: State::read(folder), summary: Summary::default() };
    for ecosystem in ecosystems {
        told(Step::Source(ecosystem));
        let location = format!(
            "{}/{}/all.zip",
            addresses.osv.trim_end_matches('/'),
            escaped(ecosystem, &addresses.osv)
        );
        one(agent, &mut job, ecosystem, &location, told);
        job.state.write(folder).map_err(at)?;
    }
    for (name, location) in [("kev", &addresses.kev), ("epss", &addresses.epss)] {
        if !location.is_empty() {
            told(Step::Source(name));
            one(agent, &mut job, name, location, told);
        }
    }
    job.state.write(folder).map_err(at)?;
    Ok(job.summary)
}

fn one(agent: &Agent, job: &mut Job<'_>, name: &str, location: &str, told: &dyn Fn(Step<'_>)) {
    let taken = if remote(location) {
        fetch(agent, job, name, location, told)
    } else {
        Ok(Some((location.into(), None)))
    };
    match taken {
        Ok(None) => {
            if let Some(source) = job.state.sources.get_mut(name) {
                source.time = job.now;
            }
            job.summary.sources.push((name.to_owned(), Outcome::Unchanged));
        }
        Err(fault) => job.summary.sources.push((name.to_owned(), Outcome::Failed(fault))),
        Ok(Some((path, etag))) => {
            let path: PathBuf = path;
            match name {
                "kev" | "epss" => job.signal(name, &path, location, etag),
                ecosystem => job.archive(ecosystem, &path, location, etag),
            }
            if remote(location) {
                // A source that was fetched whole is used up, whether or not it could be built.
                drop(std::fs::remove_file(&path));
                drop(std::fs::remove_file(path.with_extension("etag")));
            }
        }
    }
}

fn remote(location: &str) -> bool {
    location.contains("://")
}

fn escaped(ecosystem: &str, base: &str) -> String {
    if remote(base) { ecosystem.replace(' ', "%20") } else { ecosystem.to_owned() }
}

/// Advisory data decides verdicts, so it travels over https; plain HTTP is for a mirror on this machine.
fn allowed(address: &str) -> Result<(), UpdateError> {
    let host = |rest: &str| {
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        match authority.strip_prefix('[') {
            Some(six) => six.split(']').next().unwrap_or_default().to_owned(),
            None => authority.split(':').next().unwrap_or_default().to_owned(),
        }
    };
    match address.split_once("://") {
        None | Some(("https", _)) => Ok(()),
        Some(("http", rest))
            if matches!(host(rest).as_str(), "localhost" | "127.0.0.1" | "::1") =>
        {
            Ok(())
        }
        Some(_) => Err(UpdateError::Address(format!(
            "{address}: advisories are fetched over https, or over http from this machine"
        ))),
    }
}

/// A file in the database folder and the server's validator, or nothing when the server has nothing new.
type Fetched = Option<(PathBuf, Option<String>)>;

fn fetch(
    agent: &Agent,
    job: &Job<'_>,
    name: &str,
    location: &str,
    told: &dyn Fn(Step<'_>),
) -> Result<Fetched, String> {
    let known = job.state.sources.get(name).filter(|source| source.location == location);
    let known = known.and_then(|source| source.etag.clone()).filter(|_| job.built(name));
    let path = job.folder.join(format!(".{}.partial", name.replace([' ', '/'], "-")));
    let mark = path.with_extension("etag");
    let mut half = std::fs::metadata(&path).map_or(0, |meta| meta.len());
    let mut half_etag = std::fs::read_to_string(&mark).ok().filter(|_| half > 0);
    let mut address = location.to_owned();
    for _ in 0..5 {
        let mut request = agent.0.get(&address);
        if let Some(etag) = &half_etag {
            request = request.header("Range", format!("bytes={half}-")).header("If-Range", etag);
        } else if let Some(etag) = &known {
            request = request.header("If-None-Match", etag);
        }
        let response = request.call().map_err(|fault| fault.to_string())?;
        let header = |name: &str| {
            response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
        };
        let etag = header("etag").filter(|etag| !etag.starts_with("W/"));
        match response.status() {
            StatusCode::NOT_MODIFIED => return Ok(None),
            StatusCode::OK | StatusCode::PARTIAL_CONTENT => {
                let goes_on = response.status() == StatusCode::PARTIAL_CONTENT;
                let begins = format!("bytes {half}-");
                if goes_on
                    && !header("content-range").is_some_and(|range| range.starts_with(&begins))
                {
                    return Err("server sends another part than was asked for".to_owned());
                }
                if let Some(etag) = &etag {
                    std::fs::write(&mark, etag).map_err(|fault| fault.to_string())?;
                }
                let length = header("content-length").and_then(|length| length.parse::<u64>().ok());
                if let Some(length) = length {
                    told(Step::Length(length));
                }
                let body = Counted { inner: response.into_body().into_reader(), told };
                store(body, &path, goes_on, length).map_err(|fault| fault.to_string())?;
                return Ok(Some((path, etag)));
            }
            StatusCode::RANGE_NOT_SATISFIABLE if half_etag.is_some() => {
                // The half that was fetched earlier is the whole, or fits no longer: from the beginning.
                drop(std::fs::remove_file(&path));
                drop(std::fs::remove_file(&mark));
                (half, half_etag) = (0, None);
            }
            status if status.is_redirection() => {
                let target = header("location").ok_or("server redirects to nowhere")?;
                if !target.starts_with("https://") {
                    return Err("server redirects to another place than https".to_owned());
                }
                address = target;
            }
            status => return Err(format!("server answers with status {}", status.as_u16())),
        }
    }
    Err("server redirects without end".to_owned())
}

/// Tells of bytes as they pass.
struct Counted<'a, R> {
    inner: R,
    told: &'a dyn Fn(Step<'_>),
}

impl<R: Read> Read for Counted<'_, R> {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        let count = self.inner.read(out)?;
        (self.told)(Step::Bytes(count as u64));
        Ok(count)
    }
}

/// Stores a body, going on behind what is there already, and checks that it came whole.
fn store(body: impl Read, path: &Path, goes_on: bool, length: Option<u64>) -> std::io::Result<()> {
    let mut file =
        if goes_on { OpenOptions::new().append(true).open(path)? } else { File::create(path)? };
    let count = std::io::copy(&mut body.take(MAX_SOURCE), &mut file)?;
    file.flush()?;
    if length.is_some_and(|length| length != count) {
        return Err(std::io::Error::new(
            std::io::ErrorKind::UnexpectedEof,
            "transfer broke off; the next update goes on from here",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader};

    use super::*;

    #[test]
    fn a_server_that_falls_silent_in_the_middle_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let server = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().unwrap();
            let mut request = BufReader::new(connection.try_clone().unwrap());
            let mut line = String::new();
            while line != "\r\n" {
                line.clear();
                request.read_line(&mut line).unwrap();
            }
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\nsome";
            connection.write_all(head.as_bytes()).unwrap();
            // Until the other side hangs up.
            drop(request.read_line(&mut line));
        });
        let folder = tempfile::tempdir().unwrap();
        let addresses = Addresses { osv: base, kev: String::new(), epss: String::new() };
        let agent = Agent::patient(Duration::from_millis(300));
        let names = ["npm".to_owned()];
        let summary = update(&agent, &addresses, &names, folder.path(), 0, &|_| {}).unwrap();
        drop(agent);
        server.join().unwrap();
        assert!(matches!(summary.sources[..], [(_, Outcome::Failed(_))]), "{summary:?}");
    }

    #[test]
    fn advisories_travel_over_https_or_stay_on_this_machine() {
        for good in [
            "https://example.com/osv",
            "/var/mirror",
            "http://127.0.0.1:8080/x",
            "http://[::1]:1/",
            "http://localhost/",
        ] {
            assert!(allowed(good).is_ok(), "{good}");
        }
        for bad in [
            "http://example.com/osv",
            "ftp://example.com",
            "http://localhost@example.com/",
            "http://127.0.0.1.example.com/",
        ] {
            assert!(allowed(bad).is_err(), "{bad}");
        }
    }
}
