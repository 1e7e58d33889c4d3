//! A disk that is full (N11): nothing is said to be stored that is not, and after space is made and the server restarted, it goes on.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use sluice_bus::{
    Bus, Outgoing,
    server::{Server, Setup},
    topology::{Topology, apply},
};
use sluice_test_support::{eventually, nats_program};

use crate::publish::message;

/// Small, but a server starts on it.
const DISK_MIB: usize = 24;
const BALLAST_MIB: usize = 8;
const MESSAGE: usize = 200_000;

/// A disk of its own, in a mount namespace that this process keeps.
struct Disk {
    keeper: Child,
    folder: PathBuf,
}

impl Disk {
    /// `None` where the system allows no namespaces.
    async fn mount(folder: &Path) -> Option<Self> {
        fs::create_dir_all(folder).unwrap();
        let script = format!(
            "mount -t tmpfs -o size={DISK_MIB}m tmpfs {0} && touch {0}/ready && exec sleep 600",
            folder.display()
        );
        let keeper = Command::new("unshare")
            .args(["-Urm", "sh", "-c", &script])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut disk = Self {
            keeper: keeper.ok()?,
            folder: folder.to_owned(),
        };
        let mounted = async {
            loop {
                if disk.inside("ready").exists() {
                    return true;
                }
                if disk.keeper.try_wait().unwrap().is_some() {
                    return false;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        let mounted = tokio::time::timeout(Duration::from_secs(5), mounted).await;
        mounted.unwrap_or(false).then_some(disk)
    }

    /// A file on it, as it is seen from outside.
    fn inside(&self, name: &str) -> PathBuf {
        let root = PathBuf::from(format!("/proc/{}/root", self.keeper.id()));
        root.join(self.folder.strip_prefix("/").unwrap()).join(name)
    }

    /// A program that runs nats-server where the disk is.
    fn program(&self, folder: &Path) -> PathBuf {
        let path = folder.join("nats-server-on-the-disk");
        let nats = nats_program();
        let script = format!(
            "#!/bin/sh\nPATH=/usr/sbin:/usr/bin:/sbin:/bin\nexec nsenter --preserve-credentials -U -m -t {} {} \"$@\"\n",
            self.keeper.id(),
            nats.display()
        );
        fs::write(&path, script).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).unwrap();
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = self.keeper.kill();
        let _ = self.keeper.wait();
    }
}

fn large(id: &str) -> Outgoing {
    let mut large = message(id);
    large.payload = vec![b'x'; MESSAGE].into();
    large
}

#[tokio::test]
async fn a_full_disk_is_never_an_acknowledgement_and_heals() {
    let folder = tempfile::tempdir().unwrap();
    let site = folder.path().join("nats");
    let Some(disk) = Disk::mount(&site.join("store")).await else {
        // Past the capture of the test harness: a skipped test is seen.
        let _ = writeln!(
            std::io::stderr(),
            "skipped: a full disk needs unshare and user namespaces"
        );
        return;
    };
    let setup = Setup {
        program: disk.program(folder.path()),
        folder: site,
        port: 0,
        sync_always: true,
        max_store: 16 << 30,
        topology: Topology::current(),
    };
    let mut server = Server::start(setup).await.unwrap();
    let bootstrap = Bus::connect(&server.connection("bootstrap")).await.unwrap();
    bootstrap.connected().await;
    apply(&bootstrap, &Topology::current()).await.unwrap();
    fs::write(disk.inside("ballast"), vec![0; BALLAST_MIB << 20]).unwrap();

    let bus = Bus::connect(&server.connection("gateway")).await.unwrap();
    bus.connected().await;
    let mut acknowledged = Vec::new();
    let mut refused = 0;
    for number in 0.. {
        let id = format!("m{number}");
        match bus.publish(large(&id), Duration::from_millis(500)).await {
            Ok(stored) => acknowledged.push((id, stored.sequence)),
            Err(_) => refused += 1,
        }
        if refused == 3 {
            break;
        }
    }
    assert!(
        acknowledged.len() * MESSAGE > 4 << 20,
        "{}",
        acknowledged.len()
    );
    assert!(acknowledged.len() * MESSAGE < DISK_MIB << 20);

    fs::remove_file(disk.inside("ballast")).unwrap();
    // Space alone does not bring nats-server 2.15.1 back; a restart does.
    server.restart().await.unwrap();
    bus.connected().await;
    let stored = eventually("it stores again", || async {
        bus.publish(large("after"), Duration::from_secs(1))
            .await
            .ok()
    })
    .await;
    acknowledged.push(("after".into(), stored.sequence));
    for (id, sequence) in acknowledged {
        let message = bus.message_at("SLUICE_GIT", sequence).await.unwrap();
        let message = message.unwrap_or_else(|| panic!("{id} is lost"));
        assert_eq!(message.header("ce-id"), Some(id.as_str()));
        assert_eq!(message.payload.len(), MESSAGE);
    }
    server.stop().await;
}
