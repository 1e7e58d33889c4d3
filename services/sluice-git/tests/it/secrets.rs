//! A token is shown to its remote and is seen nowhere else, whatever a remote does with it.

use std::{fmt::Write, path::Path};

use base64::{Engine, engine::general_purpose::STANDARD, engine::general_purpose::URL_SAFE};
use sluice_git::{GitError, GitProblem};
use sluice_test_support::{Folder, GitServer, eventually};

use crate::{
    fake::{Answer, Fake, answer, line, one_ref, refs},
    site::{Site, remote_with_token, update},
};

const CANARY: &str = "canary^@%/x+y=z'\"$&?#";

/// The forms in which it might turn up; each of these is long enough not to be found by chance.
fn forms() -> Vec<String> {
    let percent = |plain: fn(u8) -> bool, upper: bool| {
        let mut encoded = String::new();
        for byte in CANARY.bytes() {
            match (plain(byte), upper) {
                (true, _) => encoded.push(char::from(byte)),
                (_, true) => write!(encoded, "%{byte:02X}").unwrap(),
                (_, false) => write!(encoded, "%{byte:02x}").unwrap(),
            }
        }
        encoded
    };
    let alone = |byte: u8| byte.is_ascii_alphanumeric();
    let pair = format!("git:{CANARY}");
    vec![
        CANARY.to_owned(),
        percent(alone, true),
        percent(alone, false),
        STANDARD.encode(CANARY),
        URL_SAFE.encode(CANARY),
        STANDARD.encode(&pair),
        URL_SAFE.encode(&pair),
        hex::encode(CANARY),
        // Whatever was done to the rest of it.
        "canary".to_owned(),
    ]
}

/// That it is not in there, in any form.
fn clean(text: &str, wherein: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "`{form}` is in {wherein}: {text}");
    }
}

/// Fails with everything that an error shows.
fn clean_error(error: &GitError, wherein: &str) {
    clean(&error.message, wherein);
    clean(&format!("{error} {error:?}"), wherein);
}

/// Every file below a folder, as text.
fn clean_files(folder: &Path) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        clean(path.to_str().unwrap(), "a name of a file");
        match path.is_dir() {
            true => clean_files(&path),
            false => {
                let content = std::fs::read(&path).unwrap();
                clean(&String::from_utf8_lossy(&content), path.to_str().unwrap());
            }
        }
    }
}

#[tokio::test]
async fn what_goes_well_leaves_no_trace() {
    let server = GitServer::start();
    let web = server.repository("acme/web");
    web.commits("main", 20);
    server.require("git", CANARY);
    let mut site = Site::of(web.url());
    let without = site.try_sync(&[]).await.unwrap_err();
    assert_eq!(without.problem, GitProblem::Credential, "{without}");
    site.remote = remote_with_token(web.url(), CANARY);
    let all = site.sync().await;
    assert_eq!(all.shas().len(), 20);
    clean(
        &format!("{all:?} {:?} {:?}", site.remote, site.git),
        "what is told",
    );
    clean_files(site.folder.path());
    assert!(
        server.authorizations().len() > 1,
        "it was shown to the server"
    );
}

#[tokio::test]
async fn it_stands_in_one_header_alone() {
    let fake = Fake::saying(answer("500 No", "text/plain", ""));
    let remote = remote_with_token(&fake.url(), CANARY);
    crate::site::git().ls_remote(&remote).await.unwrap_err();
    for request in fake.seen() {
        clean(&request.line, "an address");
        clean(&String::from_utf8_lossy(&request.body), "a body");
        for (name, value) in request.headers {
            if name != "authorization" {
                clean(&value, &name);
            }
        }
    }
}

#[tokio::test]
async fn a_remote_that_says_it_back_is_not_passed_on() {
    let every = forms()[..8].join(" ");
    let said = |text: &str| line(format!("{text}\n"));
    let pack = |body: Vec<u8>| {
        let body = answer("200 OK", "application/x-git-upload-pack-result", body);
        move |request: &crate::fake::Request| match request.line.starts_with("GET") {
            true => Answer::Bytes(one_ref(&"1".repeat(40))),
            false => Answer::Bytes(body.clone()),
        }
    };
    let status = |status: &str| answer(status, "text/plain", &every);
    let redirect = |to: String| {
        format!("HTTP/1.1 302 Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    };
    let encoded = &forms()[1];
    let fakes = [
        Fake::saying(status("401 No")),
        Fake::saying(status("403 No")),
        Fake::saying(status("404 No")),
        Fake::saying(status("500 No")),
        Fake::saying(status(&format!("500 {encoded}"))),
        Fake::saying(answer("200 OK", encoded, "")),
        Fake::saying(redirect(format!(
            "https://git:{encoded}@elsewhere.test/{encoded}"
        ))),
        Fake::saying(redirect(format!("/{encoded}"))),
        Fake::saying(redirect(format!("https://{}.test/", &forms()[7]))),
        Fake::saying(refs(said(&format!("ERR {every}")))),
        Fake::saying(refs(said(&format!("ERR access denied for {every}")))),
        Fake::saying(refs(said(&every))),
        Fake::saying(every.as_bytes()),
        Fake::start(pack(said(&format!("ERR {every}")))),
        Fake::start(pack(line(format!("\x03{every}")))),
        Fake::start(pack(line(format!("\x02{every}")))),
        Fake::start(pack(said(&every))),
    ];
    for (number, fake) in fakes.iter().enumerate() {
        let folder = Folder::new();
        let mirror = folder.path().join("m");
        let remote = remote_with_token(&fake.url(), CANARY);
        let error = update(&crate::site::git(), &remote, &mirror, Default::default())
            .await
            .unwrap_err();
        clean_error(&error, &format!("answer {number}"));
        clean_files(folder.path());
        assert!(!fake.seen().is_empty());
    }
}

#[tokio::test]
async fn the_child_has_it_in_no_place_that_others_see() {
    let fake = Fake::start(|_| Answer::Stall(Vec::new()));
    let folder = Folder::new();
    let mirror = folder.path().join("m");
    let pid = folder.path().join("pid");
    let lines = format!("echo $$ >'{}'\nexec \"$child\"", pid.display());
    let git = sluice_git::Git::new(sluice_git::Settings {
        program: crate::program::script(folder.path(), &lines),
        ..crate::site::settings()
    });
    let remote = remote_with_token(&fake.url(), CANARY);
    let looking = async {
        let seen = async || (!fake.seen().is_empty()).then_some(());
        eventually("the remote is asked", seen).await;
        let pid = std::fs::read_to_string(&pid).unwrap();
        let process = Path::new("/proc").join(pid.trim());
        for name in ["cmdline", "environ", "comm", "status", "maps"] {
            // Its environment may be closed to us, which is as good.
            let content = std::fs::read(process.join(name)).unwrap_or_default();
            clean(&String::from_utf8_lossy(&content), name);
        }
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let environment = String::from_utf8_lossy(&environment);
        assert!(!environment.contains("HOME="), "{environment}");
    };
    tokio::select! {
        ended = update(&git, &remote, &mirror, Default::default()) => panic!("{ended:?}"),
        () = looking => {}
    }
}
