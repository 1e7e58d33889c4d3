//! What is declared can be shown, removed and declared again.

use serde_json::{Value, json};

use crate::{api::Api, site::Site};

/// Every kind, with everything that it can say.
fn everything() -> Value {
    let object = |kind: &str, name: &str, spec: Value| {
        let of_project = !["Project", "Host"].contains(&kind);
        let mut metadata = json!({"name": name, "set": "all"});
        if of_project {
            metadata["project"] = "payments".into();
        }
        json!({"apiVersion": "sluice.dev/v1", "kind": kind, "metadata": metadata, "spec": spec})
    };
    json!([
        object(
            "Project",
            "payments",
            json!({"description": "what it is: for # all"})
        ),
        object(
            "Host",
            "corp",
            json!({
                "provider": "gitlab", "url": "https://git.corp.test", "apiUrl": "https://api.corp.test/v4",
                "sshUrl": "ssh://git@ssh.corp.test:2222", "sshHostKeys": ["HOSTKEY"],
                "ca": "CERT", "privateAddresses": true, "callsPerHour": 100, "shares": {"connector": 50},
            })
        ),
        object(
            "Credential",
            "password",
            json!({"host": "corp", "userPassword": {"user": "ada", "value": "canary-password-1"}, "expiresAt": "2030-01-01T00:00:00Z"})
        ),
        object(
            "Credential",
            "ssh",
            json!({"host": "corp", "sshKey": {"user": "git", "generate": true}, "repositories": ["acme/*"], "grants": [{"project": "default"}]})
        ),
        object(
            "Credential",
            "token",
            json!({"host": "corp", "token": {"value": "canary-token-123456"}})
        ),
        object(
            "Repository",
            "web",
            json!({
                "host": "corp", "fullName": "acme/pay/web", "url": "https://git.corp.test/acme/pay/web.git", "branch": "0123",
                "credential": "token", "mirror": "none", "hostId": "42", "title": "yes", "webhook": "manual", "webhookDays": 90, "level": "organization",
            })
        ),
        object(
            "Endpoint",
            "host",
            json!({"id": "host-0123456789abcdef", "host": "corp", "scope": {"host": true}, "disabled": true,
            "secrets": [{"kind": "signing", "id": "one", "value": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"}]})
        ),
        object(
            "Endpoint",
            "owner",
            json!({"id": "owner-0123456789abcdef", "host": "corp", "scope": {"owner": "acme"},
            "secrets": [{"kind": "signing", "id": "new", "value": "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oE"}, {"kind": "token", "id": "old", "value": "canary-old-secret-0123456789", "acceptUntil": "SOON"}]})
        ),
        object(
            "Endpoint",
            "web",
            json!({"id": "web-0123456789abcdef", "host": "corp", "scope": {"repository": "acme/pay/web", "hostId": "42"}, "repository": "web",
            "secrets": [{"kind": "token", "id": "tok", "value": "canary-own-secret-0123456789"}]})
        ),
    ])
}

fn as_text(manifests: &Value) -> String {
    let soon = sluice_events::Timestamp::now().plus(std::time::Duration::from_secs(3600));
    let text = manifests.to_string();
    text.replace("HOSTKEY", HOST_KEY)
        .replace("CERT", &CERTIFICATE.replace('\n', "\\n"))
        .replace("SOON", &soon.to_string())
}

const HOST_KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMIIBAAcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH\nBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n-----END CERTIFICATE-----\n";

#[tokio::test]
async fn what_is_declared_can_be_shown_removed_and_declared_again_but_for_secrets() {
    let site = Site::start().await;
    let api = Api::start(&site).await;
    let admin = api.holder(&site, "admin", "").await;
    let first = admin.apply(&as_text(&everything())).await;
    assert_eq!(first.code, Some(0), "{}", first.stderr);
    assert_eq!(
        first.stdout.matches(" created\n").count(),
        9,
        "{}",
        first.stdout
    );
    let exported = admin.does(&["get", "-o", "yaml"]).await;
    let declared = admin.tells(&["get", "-o", "json"]).await;
    assert_eq!(declared.as_array().unwrap().len(), 9, "{declared}");
    assert_same(&everything(), &declared);
    assert!(!exported.contains("canary") && !exported.contains("whsec_"));

    for (kind, name) in [
        ("endpoint", "host"),
        ("endpoint", "owner"),
        ("endpoint", "web"),
        ("credential", "password"),
        ("credential", "ssh"),
    ] {
        let words = ["delete", kind, name, "--project", "payments"];
        let said = admin.does(&words).await;
        assert!(
            said.ends_with(&format!("payments/{name} deleted\n")),
            "{said}"
        );
    }
    // Without a connector nobody removes a repository in the API's name.
    for (kind, name) in [
        ("repository", "web"),
        ("credential", "token"),
        ("host", "corp"),
        ("project", "payments"),
    ] {
        site.does_directly(&["delete", kind, name, "--project", "payments"])
            .await;
    }
    assert_eq!(admin.does(&["get"]).await, "");

    let asked = admin.apply(&exported).await;
    assert_eq!(
        (asked.code, asked.stdout.as_str()),
        (Some(2), ""),
        "{}",
        asked.stderr
    );
    for place in [
        "Credential payments/password: spec.userPassword",
        "Credential payments/ssh: spec.sshKey",
        "Credential payments/token: spec.token",
        "Endpoint payments/host: spec.secrets[0] `one`",
        "Endpoint payments/owner: spec.secrets[0] `new`",
        "Endpoint payments/owner: spec.secrets[1] `old`",
        "Endpoint payments/web: spec.secrets[0] `tok`",
    ] {
        assert!(asked.stderr.contains(place), "{place}: {}", asked.stderr);
    }
    assert_eq!(admin.does(&["get"]).await, "", "all of it or nothing");

    let mut again = declared.clone();
    give_values(&mut again, &everything());
    let again = admin.apply(&again.to_string()).await;
    assert_eq!(again.code, Some(0), "{}", again.stderr);
    assert_eq!(admin.does(&["get", "-o", "yaml"]).await, exported);
}

/// What is shown is what was declared, but for secrets' values.
fn assert_same(declared: &Value, shown: &Value) {
    let text: Value = serde_json::from_str(&as_text(declared)).unwrap();
    for (one, other) in text
        .as_array()
        .unwrap()
        .iter()
        .zip(shown.as_array().unwrap())
    {
        let mut one = one.clone();
        for kind in ["token", "userPassword", "sshKey"] {
            if let Some(value) = one["spec"].get_mut(kind) {
                value.as_object_mut().unwrap().remove("value");
                value.as_object_mut().unwrap().remove("generate");
            }
        }
        for secret in one["spec"]
            .get_mut("secrets")
            .into_iter()
            .flat_map(|all| all.as_array_mut().unwrap())
        {
            secret.as_object_mut().unwrap().remove("value");
            secret.as_object_mut().unwrap().remove("acceptUntil");
        }
        let mut other = other.clone();
        for secret in other["spec"]
            .get_mut("secrets")
            .into_iter()
            .flat_map(|all| all.as_array_mut().unwrap())
        {
            secret.as_object_mut().unwrap().remove("acceptUntil");
        }
        assert_eq!(one, other);
    }
}

/// Puts the values back that nobody shows.
fn give_values(shown: &mut Value, declared: &Value) {
    for (shown, declared) in shown
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .zip(declared.as_array().unwrap())
    {
        for kind in ["token", "userPassword", "sshKey"] {
            let given = declared["spec"].get(kind);
            if let Some(given) = given.cloned() {
                shown["spec"][kind] = given;
            }
        }
        let secrets = shown["spec"].get_mut("secrets").into_iter();
        for (index, secret) in secrets
            .flat_map(|all| all.as_array_mut().unwrap())
            .enumerate()
        {
            secret["value"] = declared["spec"]["secrets"][index]["value"].clone();
        }
    }
}
