//! Apps of GitHub, which prove themselves by a signature.

use std::time::Duration;

use base64::{Engine, prelude::*};
use ring::{
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};
use sluice_fake_hosts::AppKeys;

use super::*;

fn key(which: usize) -> RsaKeyPair {
    let pem = &AppKeys::of_test(which).private_key;
    let lines = pem.lines().filter(|line| !line.starts_with("---"));
    let der = BASE64_STANDARD.decode(lines.collect::<String>()).unwrap();
    RsaKeyPair::from_der(&der).unwrap()
}

fn jwt(claims: &Value, key: &RsaKeyPair) -> String {
    let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!(
        "{}.{}",
        part(&json!({"alg": "RS256", "typ": "JWT"})),
        part(claims)
    );
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        signed.as_bytes(),
        &mut signature,
    )
    .unwrap();
    format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
}

/// Claims that are good now.
fn claims(host: &FakeHost, issuer: impl Into<Value>) -> Value {
    let now = host.now().as_second();
    json!({"iss": issuer.into(), "iat": now - 60, "exp": now + 540})
}

/// A host with an App that is installed for `acme`; the App's id, the installation's, and a client of the App.
async fn app() -> (FakeHost, u64, u64, Api) {
    let host = host(Kind::GitHub).await;
    host.repository("acme/other").private().create();
    host.repository("umbrella/far").private().create();
    let app = host.app("sluice", key(0).public_key().as_ref());
    let installation = app.install("acme", &["repository_hooks:write", "metadata:read"], &[]);
    let id = app.id();
    let api = api(&host, Some(&jwt(&claims(&host, id), &key(0))));
    (host, id, installation, api)
}

#[tokio::test]
async fn an_app_finds_where_it_is_installed() {
    let (_host, id, installation, api) = app().await;
    assert_eq!(api.get("/app").await.json()["id"], id);
    for path in ["/orgs/acme/installation", "/repos/acme/web/installation"] {
        assert_eq!(api.get(path).await.json()["id"], installation, "{path}");
    }
    assert_eq!(
        api.get("/repos/umbrella/far/installation").await.status,
        404
    );
}

#[tokio::test]
async fn only_a_good_jwt_is_taken() {
    let (host, id, _, _) = app().await;
    let good = claims(&host, id);
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    let now = host.now().as_second();
    for (what, token, status) in [
        ("good", jwt(&good, &key(0)), 200),
        (
            "text",
            jwt(&with("iss", json!(id.to_string())), &key(0)),
            200,
        ),
        ("another key", jwt(&good, &key(1)), 401),
        ("another app", jwt(&with("iss", json!(1)), &key(0)), 404),
        ("expired", jwt(&with("exp", json!(now - 1)), &key(0)), 401),
        (
            "too long",
            jwt(&with("exp", json!(now + 700)), &key(0)),
            401,
        ),
        (
            "of tomorrow",
            jwt(&with("iat", json!(now + 300)), &key(0)),
            401,
        ),
        ("no time", jwt(&json!({"iss": id}), &key(0)), 401),
        ("nonsense", "a.b.c".to_owned(), 401),
    ] {
        let answer = api(&host, Some(&token)).get("/app").await;
        assert_eq!(answer.status, status, "{what}: {}", answer.text);
    }
}

#[tokio::test]
async fn the_client_id_is_as_good_as_the_id() {
    let host = host(Kind::GitHub).await;
    let app = host.app("sluice", key(0).public_key().as_ref());
    let token = jwt(&claims(&host, app.client_id()), &key(0));
    assert_eq!(
        api(&host, Some(&token)).get("/app").await.json()["id"],
        app.id()
    );
}

#[tokio::test]
async fn a_minted_token_is_long_and_lives_an_hour() {
    let (host, _, installation, app) = app().await;
    let mint = format!("/app/installations/{installation}/access_tokens");
    let minted = app.call(&mint).await;
    assert_eq!(minted.status, 201);
    let minted = minted.json();
    let token = minted["token"].as_str().unwrap();
    assert!(token.starts_with("ghs_") && token.len() > 520 && token.contains('.'));
    assert_eq!(minted["repository_selection"], "all");
    let api = api(&host, Some(token));
    let list = api.get("/installation/repositories").await.json();
    assert_eq!(list["total_count"], 2);
    let body = hook_body(Kind::GitHub, "http://127.0.0.1:9/x");
    assert_eq!(api.post("/repos/acme/web/hooks", &body).await.status, 201);
    assert_eq!(api.get("/repos/umbrella/far").await.status, 404);
    assert_eq!(api.get("/user").await.status, 403);
    host.advance(Duration::from_secs(3601));
    assert_eq!(api.get("/installation/repositories").await.status, 401);
}

#[tokio::test]
async fn a_minted_token_can_be_narrower() {
    let (host, _, installation, app) = app().await;
    let mint = format!("/app/installations/{installation}/access_tokens");
    let narrow = json!({"repositories": ["web"], "permissions": {"repository_hooks": "read"}});
    let minted = app.post(&mint, &narrow).await.json();
    assert_eq!(minted["repositories"][0]["full_name"], "acme/web");
    let api = api(&host, minted["token"].as_str());
    assert_eq!(api.get("/repos/acme/other").await.status, 404);
    assert_eq!(api.get("/repos/acme/web/hooks").await.status, 200);
    let body = hook_body(Kind::GitHub, "http://127.0.0.1:9/x");
    assert_eq!(api.post("/repos/acme/web/hooks", &body).await.status, 403);
    for wish in [
        json!({"repositories": ["far"]}),
        json!({"repository_ids": [host.repository_id("umbrella/far")]}),
        json!({"permissions": {"contents": "write"}}),
        json!({"permissions": {"metadata": "write"}}),
    ] {
        assert_eq!(app.post(&mint, &wish).await.status, 422, "{wish}");
    }
}

#[tokio::test]
async fn only_an_app_mints() {
    let (host, _, installation, _) = app().await;
    let mint = format!("/app/installations/{installation}/access_tokens");
    assert_eq!(admin(&host).call(&mint).await.status, 401);
    let stranger = host.app("stranger", key(1).public_key().as_ref()).id();
    let stranger = api(&host, Some(&jwt(&claims(&host, stranger), &key(1))));
    assert_eq!(stranger.call(&mint).await.status, 404);
}

#[tokio::test]
async fn while_its_installation_is_suspended_an_app_does_nothing_there() {
    let (host, _, installation, app) = app().await;
    let mint = format!("/app/installations/{installation}/access_tokens");
    let minted = app.call(&mint).await.json();
    let api = api(&host, minted["token"].as_str());
    host.suspend_installation(installation, true);
    for refused in [
        app.call(&mint).await,
        api.get("/installation/repositories").await,
    ] {
        assert_eq!(refused.status, 403);
        assert!(
            refused
                .text
                .contains("This installation has been suspended")
        );
    }
    let shown = app.get("/orgs/acme/installation").await.json();
    assert!(shown["suspended_at"].is_string());
    host.suspend_installation(installation, false);
    assert_eq!(app.call(&mint).await.status, 201);
}

#[tokio::test]
async fn a_code_is_good_for_one_app_once_and_for_an_hour() {
    let host = host(Kind::GitHub).await;
    let keys = AppKeys::of_test(0);
    let nobody = api(&host, None);
    let manifest = json!({
        "name": "sluice",
        "url": "https://sluice.example",
        "redirect_url": "http://127.0.0.1:9/",
        "hook_attributes": {"url": "https://sluice.example/hooks/1"},
        "default_events": ["push"],
        "default_permissions": {"contents": "read"},
    });
    let register = format!(
        "{}/organizations/acme/settings/apps/new?state=a+state",
        host.url()
    );
    let code = async |manifest: &Value| {
        host.next_app_keys(&keys.private_key, &keys.public_key);
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("manifest", &manifest.to_string())
            .finish();
        let request = nobody.request(reqwest::Method::POST, &register).body(form);
        let answer = nobody.try_send(request).await.unwrap();
        let to = answer.header("location").to_owned();
        let (to, state) = to.split_once("&state=")?;
        assert_eq!((answer.status, state), (302, "a%20state"));
        Some(to.split_once("?code=")?.1.to_owned())
    };
    let convert = |code: String| {
        let path = format!("/app-manifests/{code}/conversions");
        let nobody = &nobody;
        async move { nobody.call(&path).await }
    };
    let first = code(&manifest).await.unwrap();
    let taken = convert(first.clone()).await;
    assert_eq!(taken.status, 201);
    assert_eq!(taken.json()["pem"], keys.private_key.as_str());
    assert_eq!(convert(first).await.status, 404);
    let late = code(&manifest).await.unwrap();
    host.advance(Duration::from_secs(3601));
    assert_eq!(convert(late).await.status, 404);
    let mut unsupported = manifest.clone();
    unsupported["default_events"] = json!(["push", "member"]);
    assert_eq!(code(&unsupported).await, None);
}
