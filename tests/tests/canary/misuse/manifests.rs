//! Manifests that are none, with secrets in fields that are for something else.

use std::fs;

use crate::{
    ordinary::{HEAD, bearer},
    site::Site,
};

/// Each is given to the API as YAML, and where it is JSON as that, and to the command.
pub(super) async fn with_secrets_in_wrong_fields(site: &Site) {
    let sent = site.within("misplaced: in a manifest", "%/", "");
    let admin = fs::read_to_string(site.token_file("admin")).unwrap();
    for (number, manifest) in manifests(&sent).iter().enumerate() {
        let kind = match manifest.starts_with(['{', '[']) {
            true => "application/json",
            false => "application/yaml",
        };
        let headers = [
            bearer(admin.trim()),
            ("content-type".to_owned(), kind.to_owned()),
        ];
        for (method, path) in [
            ("POST", "/api/v1/apply"),
            ("PUT", "/api/v1/credentials/misplaced"),
        ] {
            let answer = site.asks(site.api, method, path, &headers, manifest.as_bytes());
            let answer = answer.await.unwrap();
            assert!(
                (400..500).contains(&answer.status),
                "{number}: {}",
                answer.body
            );
        }
        for words in [["apply", "-f", "-"], ["diff", "-f", "-"]] {
            let ran = site.through_api("admin", &words).run_on(manifest).await;
            assert_ne!(site.says("sluice", ran).code, Some(0), "{number}");
        }
    }
    let direct = site.directly(&["apply", "-f", "-"]);
    for manifest in manifests(&sent) {
        let ran = direct.run_on(&manifest).await;
        assert_ne!(site.says("sluice apply --direct", ran).code, Some(0));
    }
}

fn manifests(sent: &str) -> Vec<String> {
    let of = |kind: &str, spec: &str| {
        let spec = spec.replace("{}", sent);
        format!("{HEAD}kind: {kind}\nmetadata: {{name: misplaced}}\nspec: {spec}\n")
    };
    let credential = |spec: &str| {
        let spec = spec.replace("{}", sent);
        format!(
            r#"{{"apiVersion": "sluice.dev/v1", "kind": "Credential", "metadata": {{"name": "misplaced"}}, "spec": {spec}}}"#
        )
    };
    vec![
        sent.to_owned(),
        format!("[{sent}"),
        format!("{HEAD}kind: {sent}\n"),
        format!("{HEAD}kind: Host\nmetadata: {{name: '{sent}'}}\nspec: {{}}\n"),
        of("Credential", "{host: github, token: '{}'}"),
        of("Credential", "{host: github, token: {value: ['{}']}}"),
        of(
            "Credential",
            "{host: github, token: {value: '{}', env: '{}'}}",
        ),
        of("Credential", "{host: github, token: {value: !{} x}}"),
        of(
            "Credential",
            "{host: github, token: {value: '{}'}, expiresAt: '{}'}",
        ),
        of("Credential", "{host: '{}', token: {value: '{}'}}"),
        of("Credential", "{host: github, password: {value: '{}'}}"),
        of("Credential", "{host: github, sshKey: {value: '{}'}}"),
        of(
            "Repository",
            "{host: github, fullName: acme/web, url: 'https://user:{}@github.com/acme/web.git'}",
        ),
        of(
            "Repository",
            "{host: github, fullName: acme/web, url: 'https://github.com/acme/web.git?token={}'}",
        ),
        of(
            "Repository",
            "{host: github, fullName: acme/web, url: '{}'}",
        ),
        of(
            "Repository",
            "{host: github, fullName: acme/web, credential: '{}'}",
        ),
        of(
            "Repository",
            "{host: github, fullName: acme/web, mirror: '{}'}",
        ),
        of("Host", "{provider: gitea, url: 'https://user:{}@git.test'}"),
        of(
            "Host",
            "{provider: gitea, url: 'https://git.test', apiUrl: 'https://{}@git.test/api'}",
        ),
        of(
            "Host",
            "{provider: gitea, url: 'https://git.test', ca: '{}'}",
        ),
        of(
            "Host",
            "{provider: gitea, url: 'https://git.test', sshHostKeys: ['ssh-ed25519 {}']}",
        ),
        of(
            "Endpoint",
            "{host: github, scope: {owner: acme}, secrets: ['{}']}",
        ),
        of(
            "Endpoint",
            "{host: github, scope: {owner: acme}, secrets: [{kind: '{}'}]}",
        ),
        of(
            "Endpoint",
            "{host: gitlab, scope: {owner: acme}, secrets: [{kind: hmac, value: '{}'}]}",
        ),
        of(
            "Endpoint",
            "{host: github, scope: {owner: acme}, secrets: [{kind: hmac, value: '{}', acceptUntil: '{}'}]}",
        ),
        of("Endpoint", "{id: '{}', host: github, scope: {owner: acme}}"),
        credential(r#"{"host": "github", "token": {"value": "{}"}, "token": {"value": "{}"}}"#),
        credential(r#"{"host": "github", "token": {"value": "{}", "value": "{}"}}"#),
        credential(r#"{"host": "github", "token": "{}"}"#),
        credential(r#"{"host": "github", "token": {"value": "{}""#),
        credential(r#"{"host": "github", "{}": "{}"}"#),
    ]
}
