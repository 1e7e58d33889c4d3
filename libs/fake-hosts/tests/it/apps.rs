//! Apps of GitHub, which prove themselves by a signature.

use std::{process::Command, sync::LazyLock, time::Duration};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::{
    rand::SystemRandom,
    signature::{KeyPair, RSA_PKCS1_SHA256, RsaKeyPair},
};

use super::*;

/// Two keys of two thousand bits, in DER: making them takes a while.
static KEYS: LazyLock<[Vec<u8>; 2]> = LazyLock::new(|| [make(), make()]);

fn make() -> Vec<u8> {
    let arguments = ["genpkey", "-algorithm", "RSA", "-outform", "DER", "-quiet"];
    let made = Command::new("openssl").args(arguments).output().unwrap();
    assert!(made.status.success(), "{made:?}");
    made.stdout
}

fn key(which: usize) -> RsaKeyPair {
    // Versions of openssl differ in what they write.
    let pair = RsaKeyPair::from_pkcs8(&KEYS[which]);
    pair.or_else(|_| RsaKeyPair::from_der(&KEYS[which]))
        .unwrap()
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
    let installation = app.install("acme", &["webhooks:write", "metadata:read"], &[]);
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
    let narrow = json!({"repositories": ["web"], "permissions": {"webhooks": "read"}});
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
