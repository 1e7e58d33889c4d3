//! Commands through the API: what is compared, applied and pruned, and who may.

use serde_json::{Value, json};
use sluice_test_support::folder_holds;

use crate::{api::Api, site::Site};

const TOKEN: &str = "ghp_canary7Kq2mX9vB4tR8wZ1";

const WEB: &str = "apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: bot}
spec: {host: github, token: {file: token}}
---
apiVersion: sluice.dev/v1
kind: Repository
metadata: {name: web}
spec: {host: github, fullName: acme/web, credential: bot}
---
apiVersion: sluice.dev/v1
kind: Endpoint
metadata: {name: acme}
spec: {id: acme-0123456789abcdef, host: github, scope: {owner: acme}, secrets: [{kind: hmac, value: not-a-secret-of-anybody}]}
";

#[tokio::test]
async fn what_apply_would_change_is_said_before_and_done_after() {
    let site = Site::start().await;
    site.file("handed-over/token", TOKEN);
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let manifest = site.file("handed-over/web.yaml", WEB);
    let (diff, apply) = (
        ["diff", "-f", manifest.to_str().unwrap()],
        ["apply", "-f", manifest.to_str().unwrap()],
    );
    let new = admin.run(&diff).await;
    assert_eq!(new.code, Some(1), "{}", new.stderr);
    for line in [
        "Credential default/bot created",
        "  spec.token.value: a new value",
        "  spec.fullName: acme/web (was not there)",
    ] {
        assert!(
            new.stdout.lines().any(|said| said == line),
            "{line}: {}",
            new.stdout
        );
    }
    assert!(!new.stdout.contains(TOKEN));
    let dry = admin.does(&[&apply[..], &["--dry-run"]].concat()).await;
    assert_eq!(
        dry.lines().next(),
        Some("Credential default/bot created (dry run)")
    );
    assert_eq!(admin.does(&["get"]).await, "");

    let said = admin.does(&apply).await;
    let expected = "Credential default/bot created\nRepository default/web created\nEndpoint default/acme created\n  default/acme: https://hooks.test/hooks/acme-0123456789abcdef\n";
    assert_eq!(said, expected);
    assert!(!folder_holds(&site.folder().join("nats"), TOKEN));
    let names = admin.does(&["get", "-o", "name"]).await;
    assert_eq!(
        names,
        "Credential default/bot\nRepository default/web\nEndpoint default/acme\n"
    );

    let shown = admin.does(&["get", "-o", "yaml"]).await;
    let none = admin.does_on(&["diff", "-f", "-"], &shown).await;
    assert_eq!(none, "", "nothing would change");
    let changed = shown.replace("fullName: acme/web", "fullName: acme/web\n  branch: next");
    let diff = admin.run_on(&["diff", "-f", "-"], &changed).await;
    let said = "Repository default/web configured\n  spec.branch: next (was not there)\n";
    assert_eq!((diff.code, diff.stdout.as_str()), (Some(1), said));
    let json = admin
        .run_on(&["diff", "-f", "-", "-o", "json"], &changed)
        .await;
    let json: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(json["outcomes"][0]["changes"][0]["field"], "spec.branch");
}

#[tokio::test]
async fn what_a_set_has_left_out_is_pruned() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let project = |name: &str| {
        format!(
            "apiVersion: sluice.dev/v1\nkind: Project\nmetadata: {{name: {name}}}\nspec: {{}}\n---\n"
        )
    };
    let both = project("a") + &project("b");
    let set = ["apply", "-f", "-", "--set", "mine"];
    admin.does_on(&set, &both).await;
    let prune = [&set[..], &["--prune"]].concat();
    let diff = admin
        .run_on(
            &["diff", "-f", "-", "--set", "mine", "--prune"],
            &project("b"),
        )
        .await;
    assert_eq!(
        (diff.code, diff.stdout.as_str()),
        (Some(1), "Project a deleted\n")
    );
    let said = admin.does_on(&prune, &project("b")).await;
    assert_eq!(said, "Project b unchanged\nProject a deleted\n");
    assert_eq!(
        admin.does(&["get", "projects", "-o", "name"]).await,
        "Project b\n"
    );
    let without = admin.run_on(&["apply", "-f", "-", "--prune"], &both).await;
    assert_eq!(without.code, Some(64), "{}", without.stderr);
}

#[tokio::test]
async fn s1_a_viewer_reads_and_changes_nothing() {
    let site = Site::start().await;
    site.file("handed-over/token", TOKEN);
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let web = WEB.replace("file: token", "file: handed-over/token");
    let all = admin.apply(&web).await;
    assert_eq!(all.code, Some(0), "{}", all.stderr);
    let viewer = api.holder(&site, "viewer", "default").await;
    let refused = viewer.apply(&web).await;
    assert_eq!((refused.code, refused.stdout.as_str()), (Some(2), ""));
    assert!(refused.stderr.starts_with("error: "), "{}", refused.stderr);
    assert!(
        refused
            .stderr
            .contains("\nhint: ask somebody whose access token has the role for it\n"),
        "{}",
        refused.stderr
    );
    for words in [
        &["delete", "endpoint", "acme"][..],
        &["access-tokens", "new", "more"],
        &["repositories", "sync", "web"],
        &["repositories", "hook", "web", "--new-secret"],
        &["audit", "list"],
    ] {
        let refused = viewer.run(words).await;
        assert_eq!(refused.code, Some(2), "{words:?}: {}", refused.stderr);
        assert!(
            refused.stderr.contains("hint: ask somebody"),
            "{}",
            refused.stderr
        );
    }
    let table = viewer.does(&["repositories", "list"]).await;
    assert!(
        table.contains("default/web") && table.contains("never synced"),
        "{table}"
    );
    assert!(
        viewer
            .does(&["repositories", "show", "web"])
            .await
            .contains("acme/web")
    );
    let shown = viewer.does(&["get"]).await;
    assert!(
        shown.contains("address for editors") && !shown.contains("acme-0123456789abcdef"),
        "{shown}"
    );
}

#[tokio::test]
async fn s25_a_wrong_token_opens_nothing_and_none_is_asked_for() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let stranger = admin.with("slc_0000000000000000000000000000000000000000000");
    for words in [&["get"][..], &["apply", "-f", "-"]] {
        let manifest = "apiVersion: sluice.dev/v1\nkind: Project\nmetadata: {name: p}\nspec: {}\n";
        let refused = stranger.run_on(words, manifest).await;
        assert_eq!(refused.code, Some(2));
        let said = "error: the access token is unknown\nhint: name a valid access token by --api-token-file";
        assert!(refused.stderr.starts_with(said), "{}", refused.stderr);
    }
    site.file("bad", "not a\ntoken");
    for (words, why) in [
        (
            &["--api-token-file", "bad"][..],
            "bad holds no access token",
        ),
        (
            &["--api-token-file", "absent"],
            "cannot read the access token from absent",
        ),
        (
            &[
                "--nats",
                "nats://127.0.0.1:1",
                "--api",
                "http://127.0.0.1:1",
            ],
            "cannot be used with",
        ),
    ] {
        let wrong = admin.run(&[&["get"], words].concat()).await;
        assert_ne!(wrong.code, Some(0));
        assert!(wrong.stderr.contains(why), "{words:?}: {}", wrong.stderr);
    }
}

#[tokio::test]
async fn access_tokens_are_made_and_taken_away() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let made = admin
        .does(&[
            "access-tokens",
            "new",
            "ci",
            "--project",
            "default",
            "--expires",
            "1h",
            "--out",
            "ci-token",
        ])
        .await;
    assert_eq!(made, "");
    let list = admin.tells(&["access-tokens", "list", "-o", "json"]).await;
    let ci = &list[1];
    assert_eq!(
        (&ci["name"], &ci["project"], &ci["role"]),
        (&json!("ci"), &json!("default"), &json!("viewer"))
    );
    let table = admin.does(&["access-tokens", "list"]).await;
    assert!(table.lines().nth(1).unwrap().contains("(all)"), "{table}");
    let get = ["get", "projects", "--api-token-file", "ci-token"];
    assert_eq!(admin.does(&get).await, "");
    let twice = admin
        .run(&["access-tokens", "new", "ci", "--out", "other"])
        .await;
    assert_eq!(twice.code, Some(2));
    assert!(twice.stderr.contains("already"), "{}", twice.stderr);
    assert!(
        !site.folder().join("other").exists(),
        "nothing of it is left"
    );
    let deleted = admin.does(&["access-tokens", "delete", "ci"]).await;
    assert_eq!(deleted, "access token ci deleted\n");
    assert_eq!(admin.run(&get).await.code, Some(2));
}

#[tokio::test]
async fn a_secret_that_is_made_is_shown_though_nobody_knows_the_address() {
    let site = Site::start().await;
    let api = Api::told(&site, None).await;
    let editor = api.holder(&site, "editor", "default").await;
    let manifest = "apiVersion: sluice.dev/v1\nkind: Repository\nmetadata: {name: web}\nspec: {host: github, fullName: acme/web, webhook: manual, mirror: none}\n";
    assert_eq!(editor.apply(manifest).await.code, Some(0));
    let shown = editor.does(&["repositories", "hook", "web"]).await;
    let line = |begin: &str| {
        let mut lines = shown.lines().map(str::trim_start);
        lines
            .find(|line| line.starts_with(begin))
            .unwrap()
            .to_owned()
    };
    assert!(line("address").starts_with("address  /hooks/"), "{shown}");
    let secret = line("secret");
    assert_eq!(secret.split_whitespace().last().unwrap().len(), 64);
}

#[tokio::test]
async fn the_secret_of_a_manual_webhook_is_made_here_and_shown_once() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let editor = api.holder(&site, "editor", "default").await;
    let manifest = "apiVersion: sluice.dev/v1\nkind: Repository\nmetadata: {name: web}\nspec: {host: github, fullName: acme/web, webhook: manual, mirror: none}\n";
    assert_eq!(editor.apply(manifest).await.code, Some(0));
    let hook = ["repositories", "hook", "web"];
    let shown = editor.does(&hook).await;
    let field = |page: &str, name: &str| {
        let line = page
            .lines()
            .find(|line| line.trim_start().starts_with(name))
            .unwrap()
            .to_owned();
        line.split_whitespace().last().unwrap().to_owned()
    };
    let (address, secret) = (field(&shown, "address"), field(&shown, "secret"));
    assert!(address.starts_with("https://hooks.test/hooks/"), "{shown}");
    assert_eq!(secret.len(), 64);
    assert_eq!(
        editor.does(&hook).await,
        format!("{address}\n"),
        "the secret is not shown again"
    );
    let anew = editor.does(&[&hook[..], &["--new-secret"]].concat()).await;
    assert_eq!(field(&anew, "address"), address);
    assert_ne!(field(&anew, "secret"), secret);
    let endpoint = editor
        .tells(&["get", "endpoint", "web", "-o", "json"])
        .await;
    let secrets = endpoint[0]["spec"]["secrets"].as_array().unwrap();
    assert_eq!(secrets.len(), 2);
    assert!(
        secrets[0].get("acceptUntil").is_none() && secrets[1]["acceptUntil"].is_string(),
        "{endpoint}"
    );
}

#[tokio::test]
async fn k1_a_key_that_is_made_shows_what_to_add_at_the_host_and_nothing_else() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let host = "apiVersion: sluice.dev/v1\nkind: Host\nmetadata: {name: corp}\nspec: {provider: gitea, url: 'https://git.corp.test', sshHostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH']}\n";
    assert_eq!(admin.apply(host).await.code, Some(0));
    let url = "ssh://git@git.corp.test/acme/web.git";
    let add = ["repositories", "add", url, "--new-ssh-key", "--wait", "1s"];
    // Without a connector nobody finds out whether it opens.
    let added = admin.run(&add).await;
    let shown = added.stdout.lines().next().unwrap();
    assert!(shown.starts_with("ssh-ed25519 AAAA"), "{added:?}");
    assert!(
        added
            .stderr
            .contains("add this key to the repository at its host"),
        "{added:?}"
    );
    assert!(!format!("{added:?}").contains("PRIVATE"));
    let declared = admin
        .tells(&["get", "credential", "web", "-o", "json"])
        .await;
    assert!(declared[0]["spec"]["sshKey"].is_object(), "{declared}");
    assert!(!declared.to_string().contains("PRIVATE"));

    // A credential that is there may open others: it gets no other value by the way.
    let shared = format!(
        "apiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {{name: site}}\nspec: {{host: corp, token: {{value: {TOKEN}}}, repositories: [acme/*]}}\n"
    );
    assert_eq!(admin.apply(&shared).await.code, Some(0));
    let before = admin
        .does(&["get", "credential", "site", "-o", "json"])
        .await;
    let url = "ssh://git@git.corp.test/acme/site.git";
    let refused = admin
        .run(&["repositories", "add", url, "--new-ssh-key"])
        .await;
    assert_eq!(refused.code, Some(2), "{refused:?}");
    assert!(
        refused
            .stderr
            .contains("there is a credential default/site already"),
        "{refused:?}"
    );
    assert!(refused.stderr.contains("--credential site"), "{refused:?}");
    let after = admin
        .does(&["get", "credential", "site", "-o", "json"])
        .await;
    assert_eq!(after, before);
}
