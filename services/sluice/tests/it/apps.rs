//! Registering an App with a browser that a test plays, at the fake host.

use std::{fs, process::Output};

use sluice_fake_hosts::{AppKeys, FakeHost, Kind};
use sluice_test_support::{
    eventually, folder_holds,
    http::{Answer, Wire},
};
use url::Url;

use crate::{
    api::{Api, Holder},
    site::Site,
};

const NEW: [&str; 8] = [
    "apps",
    "new",
    "--host",
    "forge",
    "--owner",
    "acme",
    "--name",
    "sluice-acme",
];

/// A host of GitHub, an API that knows it, and its administrator.
async fn set_up(site: &Site) -> (FakeHost, Holder) {
    let host = FakeHost::start(Kind::GitHub).await;
    host.organization("acme");
    let admin = Api::start(site).await.holder(site, "admin", "").await;
    let forge = format!(
        "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {{name: forge}}\nspec: {{provider: github, url: {:?}, apiUrl: {:?}}}\n",
        host.url(),
        host.api_url()
    );
    let applied = admin.apply(&forge).await;
    assert_eq!(applied.code, Some(0), "{}", applied.stderr);
    (host, admin)
}

/// One request as a browser sends it.
async fn browse(method: &str, url: &Url, body: &str) -> Answer {
    let host = format!("{}:{}", url.host_str().unwrap(), url.port().unwrap());
    let target = &url[url::Position::BeforePath..];
    let mut wire = Wire::connect(host.parse().unwrap()).await.unwrap();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\nuser-agent: a browser\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    wire.send(head.as_bytes()).await.unwrap();
    wire.send(body.as_bytes()).await.unwrap();
    wire.answer().await.unwrap()
}

/// What stands in an attribute of the page.
fn attribute(page: &str, name: &str) -> String {
    let begin = format!("{name}=\"");
    let text = page
        .split_once(&begin)
        .unwrap()
        .1
        .split('"')
        .next()
        .unwrap();
    text.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

/// Presses the button of the page, and returns where the host leads to.
async fn press(site: &Site, host: &FakeHost) -> (Url, serde_json::Value) {
    let path = site.folder().join("sluice-acme-app.html");
    let page = eventually("there is a page", || async {
        let page = fs::read_to_string(&path).ok()?;
        page.contains("</html>").then_some(page)
    })
    .await;
    let action = Url::parse(&attribute(&page, "action")).unwrap();
    assert_eq!(action.path(), "/organizations/acme/settings/apps/new");
    let manifest = attribute(&page, "value");
    let keys = AppKeys::of_test(0);
    host.next_app_keys(&keys.private_key, &keys.public_key);
    let form = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("manifest", &manifest)
        .finish();
    let led = browse("POST", &action, &form).await;
    assert_eq!(led.status, 302, "{}", led.body);
    let to = Url::parse(led.header("location")).unwrap();
    (to, serde_json::from_str(&manifest).unwrap())
}

fn said(output: &Output) -> String {
    let out = String::from_utf8_lossy(&output.stdout);
    format!("{out}{}", String::from_utf8_lossy(&output.stderr))
}

/// What is declared in the end.
async fn is_declared(site: &Site, admin: &Holder, manifest: &serde_json::Value) {
    let yaml = admin.does(&["get", "-o", "yaml"]).await;
    for line in ["name: sluice-acme", "- acme/*", "owner: acme", "kind: hmac"] {
        assert!(yaml.contains(line), "{line}: {yaml}");
    }
    let address = manifest["hook_attributes"]["url"].as_str().unwrap();
    let id = address.strip_prefix("https://hooks.test/hooks/").unwrap();
    assert!(
        yaml.contains(id),
        "the address of the App is that of the endpoint"
    );
    let pem = &AppKeys::of_test(0).private_key;
    let lines = pem.lines().filter(|line| line.len() == 64);
    for line in lines {
        assert!(
            !folder_holds(site.folder(), line),
            "the private key stands somewhere"
        );
    }
    assert!(
        folder_holds(site.folder(), "sluice-acme"),
        "the search finds what is there"
    );
}

#[tokio::test]
async fn k1_an_app_is_registered_in_a_browser_and_declared_and_its_secrets_are_seen_nowhere() {
    let site = Site::start().await;
    let (host, admin) = set_up(&site).await;
    let child = admin.command(&NEW).spawn().unwrap();
    let (to, manifest) = press(&site, &host).await;
    assert_eq!(manifest["public"], false);
    assert_eq!(manifest["default_permissions"]["contents"], "read");
    let events = manifest["default_events"].as_array().unwrap();
    assert!(events.contains(&"push".into()) && events.contains(&"pull_request".into()));
    // Somebody else's App is not taken.
    let mut other = to.clone();
    other.set_query(Some("code=another&state=another"));
    assert_eq!(browse("GET", &other, "").await.status, 400);
    let done = browse("GET", &to, "").await;
    assert_eq!(done.status, 200, "{}", done.body);
    let output = child.wait_with_output().await.unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    let install = format!(
        "now install the App: {}/apps/sluice-acme/installations/new",
        host.url()
    );
    assert!(said.contains(&install), "{said}");
    assert!(!said.contains("PRIVATE KEY") && !said.contains(&to[url::Position::BeforeQuery..]));
    assert!(!site.folder().join("sluice-acme-app.html").exists());
    is_declared(&site, &admin, &manifest).await;

    let again = admin.command(&NEW).output().await.unwrap();
    let said = self::said(&again);
    assert_eq!(again.status.code(), Some(2), "{said}");
    assert!(
        said.contains("credential default/sluice-acme already"),
        "{said}"
    );
}

#[tokio::test]
async fn k1_without_a_browser_on_this_machine_the_code_is_given() {
    let site = Site::start().await;
    let (host, admin) = set_up(&site).await;
    let mut first = admin.command(&NEW).spawn().unwrap();
    let (to, manifest) = press(&site, &host).await;
    first.kill().await.unwrap();
    let code = to
        .query_pairs()
        .find(|(name, _)| name == "code")
        .unwrap()
        .1
        .into_owned();
    let with_code = [&NEW[..], &["--code", &code]].concat();
    let output = admin.command(&with_code).output().await.unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    is_declared(&site, &admin, &manifest).await;
}

#[tokio::test]
async fn what_stands_against_an_app_is_said_before_it_is_registered() {
    let site = Site::start().await;
    let (_host, admin) = set_up(&site).await;
    let with = |words: &[&str]| {
        let words: Vec<_> = ["apps", "new"]
            .iter()
            .chain(words)
            .map(ToString::to_string)
            .collect();
        let admin = &admin;
        async move {
            let words: Vec<_> = words.iter().map(String::as_str).collect();
            let output = admin.command(&words).output().await.unwrap();
            (output.status.code(), said(&output))
        }
    };
    for (words, code, says) in [
        (
            ["--host", "none", "--owner", "acme", "--name", "x"],
            2,
            "there is no host none",
        ),
        (
            ["--host", "gitlab", "--owner", "acme", "--name", "x"],
            2,
            "has no Apps",
        ),
        (
            ["--host", "forge", "--owner", "acme", "--name", "X Y"],
            2,
            "metadata.name",
        ),
    ] {
        let (status, said) = with(&words).await;
        assert_eq!(status, Some(code), "{said}");
        assert!(said.contains(says), "{said}");
    }
    let (status, said) = with(&[
        "--host", "forge", "--owner", "acme", "--name", "x", "--code", "used-up",
    ])
    .await;
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("used already") && !said.contains("used-up"),
        "{said}"
    );
    let (status, said) = with(&[
        "--host", "forge", "--owner", "acme", "--name", "y", "--wait", "100ms",
    ])
    .await;
    assert_eq!(status, Some(1), "{said}");
    assert!(
        said.contains("nobody came back from the host in time"),
        "{said}"
    );
}
