//! Hosts with their credentials: one that serves Git, one by SSH, and those that repeat what they are shown.

use std::{
    io::Write,
    net::{SocketAddr, TcpListener},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use sluice_test_support::{GitServer, canary::Canary, eventually};

use super::HEAD;
use crate::{
    hostile::{Hostile, WAYS},
    site::Site,
};

/// A repository with a webhook of its own at each of them.
pub(super) async fn declares_hostile(site: &Site) -> Vec<Hostile> {
    let (mut hosts, mut manifest) = (Vec::new(), String::new());
    for ((name, way), provider) in WAYS
        .iter()
        .zip(["gitea", "github", "gitlab", "forgejo"].iter().cycle())
    {
        let token = site.secret(&format!("token: of a host that answers by `{name}`"));
        let host = Hostile::start(*way, &token);
        manifest += &format!(
            "{HEAD}kind: Host\nmetadata: {{name: {name}}}\nspec: {{provider: {provider}, url: \"{}\"}}\n\
             {HEAD}kind: Credential\nmetadata: {{name: {name}}}\nspec: {{host: {name}, token: {{value: {token}}}}}\n\
             {HEAD}kind: Repository\nmetadata: {{name: {name}}}\nspec: {{host: {name}, fullName: acme/web, credential: {name}, webhook: managed}}\n",
            host.url()
        );
        hosts.push(host);
    }
    site.applies(&manifest).await;
    hosts
}

/// A repository that is fetched with user and password, whose name and branch are planted.
pub(super) async fn declares_depot(site: &Site, planted: &str) -> GitServer {
    let server = GitServer::start();
    let repository = server.repository(&format!("acme/{planted}"));
    repository.commit("main", "the first", &[("file.txt", "1\n")]);
    repository.commit(planted, "the second", &[("file.txt", "2\n")]);
    let password = site.within("password", "pass word/", "+\\\"@:é");
    server.require("bot", &password);
    let quoted = serde_json::to_string(&password).unwrap();
    site.applies(&format!(
        "{HEAD}kind: Host\nmetadata: {{name: depot}}\nspec: {{provider: gitea, url: \"{}\"}}\n\
         {HEAD}kind: Credential\nmetadata: {{name: depot}}\nspec: {{host: depot, userPassword: {{user: bot, value: {quoted}}}}}\n\
         {HEAD}kind: Repository\nmetadata: {{name: depot}}\nspec: {{host: depot, fullName: acme/{planted}, credential: depot, webhook: none}}\n",
        server.origin()
    ))
    .await;
    eventually("its commits are recorded", async || {
        let list = ["commits", "list", "-r", "depot"];
        let ran = site.by_nats(&list).run().await;
        site.says("sluice commits list", ran)
            .stdout
            .contains("the second")
            .then_some(())
    })
    .await;
    server
}

/// A repository by SSH, at a host that does not answer as one.
pub(super) async fn declares_ssh(site: &Site) {
    let key = site.looks_for(Canary::in_text("SSH key", ssh_key));
    let file = site.hands_over("ssh-key", &key);
    let address = nobody_who_speaks_ssh();
    let host_key =
        BASE64_STANDARD.encode([b"\0\0\0\x0bssh-ed25519\0\0\0\x20".as_slice(), &[7; 32]].concat());
    site.applies(&format!(
        "{HEAD}kind: Host\nmetadata: {{name: vault}}\nspec: {{provider: gitea, url: \"http://{address}\", sshUrl: \"ssh://git@{address}\", sshHostKeys: [\"ssh-ed25519 {host_key}\"]}}\n\
         {HEAD}kind: Credential\nmetadata: {{name: vault}}\nspec: {{host: vault, sshKey: {{file: {}}}}}\n\
         {HEAD}kind: Repository\nmetadata: {{name: vault}}\nspec: {{host: vault, fullName: acme/web, url: \"ssh://git@{address}/acme/web.git\", credential: vault}}\n",
        file.display()
    ))
    .await;
}

/// What looks like a private key. Its secret is long enough that a line holds all of what is looked for.
fn ssh_key(secret: &str) -> String {
    let mut key = b"openssh-key-v1\0\0\0\0\x04none".to_vec();
    key.extend(secret.repeat(8).into_bytes());
    let encoded = BASE64_STANDARD.encode(key);
    let lines = encoded.as_bytes().chunks(64);
    let lines: String = lines
        .map(|line| format!("{}\n", String::from_utf8_lossy(line)))
        .collect();
    format!("-----BEGIN OPENSSH PRIVATE KEY-----\n{lines}-----END OPENSSH PRIVATE KEY-----\n")
}

fn nobody_who_speaks_ssh() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            // Whoever called may leave at any time.
            let _ = connection.write_all(b"SSH-2.0-OpenSSH_9.6\r\nand nothing more\r\n");
        }
    });
    address
}
