//! Real services of this machine, started in a folder of the test and ended with it.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::thread;

/// A process that ends when the test does, however the test ends.
struct Service {
    child: Child,
}

impl Service {
    /// Starts a program and waits for a line of its log that holds the mark. Gives that line.
    fn start(command: &mut Command, mark: &str) -> (Self, String) {
        let mut bounded = program("timeout");
        // Passes signals on, and ends what a killed test leaves behind.
        bounded
            .args(["--kill-after=20", "600"])
            .arg(command.get_program())
            .args(command.get_args());
        let folder = command.get_current_dir().unwrap_or(Path::new("/"));
        let mut child = bounded
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let service = Self { child };
        let mut seen = String::new();
        loop {
            let from = seen.len();
            assert!(log.read_line(&mut seen).unwrap() > 0, "the service ended:\n{seen}");
            if seen[from..].contains(mark) {
                let line = seen[from..].to_owned();
                // A full pipe would stop the service.
                thread::spawn(move || {
                    std::io::copy(&mut log, &mut std::io::sink()).unwrap_or_default()
                });
                return (service, line);
            }
        }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // Asked first, so that it unmounts and ends what it started itself; `timeout` kills what hangs.
        drop(program("kill").arg(self.child.id().to_string()).status());
        drop(self.child.wait());
    }
}

#[expect(clippy::disallowed_methods, reason = "the tests start the services that they need")]
pub(super) fn program(name: &str) -> Command {
    Command::new(name)
}

/// Whether a program is on this machine.
fn there(name: &str) -> bool {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .iter()
        .any(|folder| Path::new(folder).join(name).exists())
}

/// Why live tests with these programs cannot run here, where they cannot.
pub(super) fn lacking(programs: &[&str]) -> Option<String> {
    let missing: Vec<&str> = programs.iter().copied().filter(|name| !there(name)).collect();
    if !missing.is_empty() {
        return Some(format!("{} not installed", missing.join(", ")));
    }
    None
}

/// Whether this is root, which container engines need.
pub(super) fn root() -> bool {
    program("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n")
}

/// A registry of the distribution project.
pub(super) struct Registry {
    _service: Service,
    pub address: String,
}

impl Registry {
    /// Starts one that keeps everything in `folder`. With `passwords`, an htpasswd file, it asks for one.
    pub(super) fn start(folder: &Path, passwords: Option<&str>) -> Self {
        let folder = folder.join("registry");
        fs::create_dir_all(folder.join("data")).unwrap();
        let mut config = format!(
            "version: 0.1\nlog:\n  level: info\nstorage:\n  filesystem:\n    rootdirectory: {}\n\
             http:\n  addr: 127.0.0.1:0\n",
            folder.join("data").display()
        );
        if let Some(passwords) = passwords {
            let path = folder.join("htpasswd");
            fs::write(&path, passwords).unwrap();
            config.push_str("auth:\n  htpasswd:\n    realm: live\n    path: ");
            config.push_str(path.to_str().unwrap());
        }
        let path = folder.join("config.yml");
        fs::write(&path, config).unwrap();
        let mut command = program("docker-registry");
        command.arg("serve").arg(&path).current_dir(&folder);
        let (service, line) = Service::start(&mut command, "listening on ");
        let address = line.split("listening on ").nth(1).unwrap();
        let end = address.find(|c: char| !c.is_ascii_digit() && !".:".contains(c));
        let address = address[..end.unwrap_or(address.len())].to_owned();
        Self { _service: service, address }
    }
}

/// A Docker Engine.
pub(super) struct Engine {
    _service: Service,
    pub socket: String,
}

impl Engine {
    /// Starts one that keeps everything in `folder` and has no network of its own.
    pub(super) fn start(folder: &Path) -> Self {
        let folder = folder.join("engine");
        fs::create_dir_all(&folder).unwrap();
        let socket = format!("unix://{}", folder.join("docker.sock").display());
        fs::write(folder.join("daemon.json"), "{}").unwrap();
        // In a view of its own it may write an identity into /etc, and its mounts end with it.
        let private = "for place in etc opt; do mkdir -p $0/$place $0/$place.work; mount -t overlay overlay \
            -o lowerdir=/$place,upperdir=$0/$place,workdir=$0/$place.work /$place || exit 1; done; mount -t tmpfs tmpfs /run && exec dockerd \"$@\"";
        let mut command = program("unshare");
        command.args(["--mount", "sh", "-c", private]).arg(&folder);
        command
            .args(["--iptables=false", "--ip6tables=false", "--bridge=none", "--host", &socket])
            .arg("--data-root")
            .arg(folder.join("data"))
            .arg("--exec-root")
            .arg(folder.join("exec"))
            .arg("--pidfile")
            .arg(folder.join("docker.pid"))
            .arg("--config-file")
            .arg(folder.join("daemon.json"))
            .current_dir(&folder);
        let (service, _line) = Service::start(&mut command, "API listen on");
        Self { _service: service, socket }
    }

    /// Runs the client.
    pub(super) fn docker(&self, arguments: &[&str]) -> Output {
        let output =
            program("docker").args(["--host", &self.socket]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        output
    }
}

/// A minimal Debian as a tar file, made once and kept beside what the build makes.
pub(super) fn debian() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/live");
    let kept = folder.join("bookworm.tar");
    if kept.exists() {
        return Some(kept);
    }
    fs::create_dir_all(&folder).unwrap();
    let work = tempfile::tempdir_in(&folder).unwrap();
    let (root, tar) = (work.path().join("root"), work.path().join("root.tar"));
    let made = program("debootstrap").args(["--variant=minbase", "bookworm"]).arg(&root).output();
    if !made.is_ok_and(|output| output.status.success()) {
        return None;
    }
    let packed = program("tar").arg("-cf").arg(&tar).arg("-C").arg(&root).arg(".").status();
    assert!(packed.unwrap().success());
    fs::rename(tar, &kept).unwrap();
    Some(kept)
}
