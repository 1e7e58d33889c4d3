//! Apps of GitHub.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use serde_json::{Value, json};
use sluice_events::{Timestamp, v1};
use sluice_fake_hosts::{AppKeys, FakeHost, Kind};
use sluice_hosts::{App, AppKey, Host, Opens, Problem};
use sluice_registry::Plaintext;

use crate::{
    fixture::{budget, host, settings},
    scripted::{Reply, Scripted},
};

/// What a token shall open in most tests.
const READ: &[(&str, &str)] = &[("contents", "read"), ("metadata", "read")];

fn key(app: &str) -> AppKey {
    let pem = Plaintext::new(AppKeys::of_test(0).private_key.as_str());
    AppKey::new(app, &pem).unwrap()
}

fn all() -> Opens<'static> {
    Opens {
        repositories: None,
        permissions: READ,
    }
}

/// An App at a host that answers by a script.
fn app(scripted: &Scripted) -> App {
    host("github", scripted, settings())
        .app(key("12345"))
        .unwrap()
}

/// A host with two repositories, an App that is installed for `acme`, and the installation's id.
async fn installed(permissions: &[&str]) -> (FakeHost, App, String) {
    let fake = FakeHost::start(Kind::GitHub).await;
    fake.repository("acme/web").private().create();
    fake.repository("acme/api").private().create();
    let builder = fake.app("sluice", &AppKeys::of_test(0).public_key);
    let installation = builder.install("acme", permissions, &[]);
    let record = v1::Host {
        name: "corp".into(),
        provider: "github".into(),
        url: fake.url().into(),
        ..v1::Host::default()
    };
    let opened = Host::new(&record, settings(), budget()).unwrap();
    let app = opened.app(key(&builder.id().to_string())).unwrap();
    (fake, app, installation.to_string())
}

fn token(ends: &str) -> Reply {
    Reply::json(201, json!({"token": "ghs_1_a.b.c", "expires_at": ends}))
}

#[tokio::test]
async fn the_proof_is_a_jwt_of_ten_minutes_at_most_that_the_private_key_signs() {
    let found = json!({"id": 7, "account": {"login": "acme"}, "app_slug": "sluice"});
    let scripted = Scripted::new([Reply::json(200, found)]).await;
    app(&scripted).installation_of("acme").await.unwrap();
    let request = scripted.request();
    assert_eq!(request.line, "GET /api/v3/orgs/acme/installation");
    let jwt = request
        .header("authorization")
        .strip_prefix("Bearer ")
        .unwrap();
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let public = &AppKeys::of_test(0).public_key;
    let public = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, public);
    public.verify(signed.as_bytes(), &signature).unwrap();
    let part = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).unwrap();
        serde_json::from_slice::<Value>(&bytes).unwrap()
    };
    let (header, claims) = signed.split_once('.').unwrap();
    assert_eq!(part(header), json!({"alg": "RS256", "typ": "JWT"}));
    let (claims, now) = (part(claims), Timestamp::now().seconds);
    let (issued, ends) = (
        claims["iat"].as_i64().unwrap(),
        claims["exp"].as_i64().unwrap(),
    );
    assert!(
        (now - 70..=now - 60).contains(&issued),
        "a minute before now"
    );
    assert!(ends > now + 60 && ends < now + 600 && ends - issued < 600);
    assert_eq!(claims["iss"], "12345");
}

#[tokio::test]
async fn a_host_with_another_clock_is_asked_again_by_its_own() {
    let (fake, app, installation) = installed(&["contents:read", "metadata:read"]).await;
    for hours in [3, 5] {
        fake.advance(Duration::from_secs(hours * 3600));
        let minted = app.mint(&installation, all()).await.unwrap();
        let life = minted.life.as_secs();
        assert!(
            (3590..=3600).contains(&life),
            "an hour by whichever clock: {life}"
        );
    }
    let mints = fake.calls();
    let refused = mints.iter().filter(|call| call.status == Some(401)).count();
    assert_eq!(
        (refused, mints.len()),
        (2, 4),
        "once for each change of its clock"
    );
}

#[tokio::test]
async fn a_refusal_that_no_clock_explains_is_not_repeated() {
    let refused = Reply::json(
        401,
        json!({"message": "A JSON web token could not be decoded"}),
    );
    let scripted = Scripted::new([refused]).await;
    let error = app(&scripted).installation_of("acme").await.unwrap_err();
    assert_eq!(error.problem, Problem::Unauthorized);
    assert!(error.message.contains("could not be decoded"), "{error}");
}

#[tokio::test]
async fn an_app_whose_proof_was_not_taken_is_left_alone_for_a_while() {
    let scripted = Scripted::new([Reply::json(401, json!({"message": "no"}))]).await;
    let app = app(&scripted);
    for said in ["it says: no", "as it has just said"] {
        let error = app.installation_of("acme").await.unwrap_err();
        assert_eq!(error.status, Some(401));
        assert!(error.message.contains(said), "{error}");
    }
    assert_eq!(scripted.requests().len(), 1);
}

#[tokio::test]
async fn a_token_opens_what_was_asked_for() {
    let scripted = Scripted::new([token("2027-01-01T00:00:00Z")]).await;
    let ids = ["17".to_owned(), "18".to_owned()];
    let opens = Opens {
        repositories: Some(&ids),
        permissions: READ,
    };
    let minted = app(&scripted).mint("7", opens).await.unwrap();
    assert_eq!(minted.token.expose(), b"ghs_1_a.b.c");
    assert!(!format!("{minted:?}").contains("ghs_"));
    let request = scripted.request();
    assert_eq!(
        request.line,
        "POST /api/v3/app/installations/7/access_tokens"
    );
    let wanted = json!({
        "repository_ids": [17, 18],
        "permissions": {"contents": "read", "metadata": "read"},
    });
    assert_eq!(request.json(), wanted);
}

#[tokio::test]
async fn the_life_of_a_token_is_by_the_hosts_clock_and_bounded() {
    let day = "Sat, 21 Nov 2026 20:00:00 GMT";
    for (ends, seconds) in [
        ("2026-11-21T21:00:00Z", 3600),
        ("2026-11-21T19:00:00Z", 0),
        ("2099-01-01T00:00:00Z", 7200),
    ] {
        let scripted = Scripted::new([token(ends).with("date", day)]).await;
        let minted = app(&scripted).mint("7", all()).await.unwrap();
        assert_eq!(minted.life, Duration::from_secs(seconds), "{ends}");
    }
    let endless = Reply::json(201, json!({"token": "ghs_x", "expires_at": "never"}));
    let scripted = Scripted::new([endless]).await;
    let error = app(&scripted).mint("7", all()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Answer);
    assert!(!error.to_string().contains("ghs_x"), "{error}");
}

#[tokio::test]
async fn what_an_installation_has_not_is_refused_in_the_hosts_words() {
    let (fake, app, installation) = installed(&["metadata:read"]).await;
    let error = app.mint(&installation, all()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Refused);
    assert!(
        error.message.contains("not granted to this installation"),
        "{error}"
    );
    fake.suspend_installation(installation.parse().unwrap(), true);
    let error = app.mint(&installation, all()).await.unwrap_err();
    assert_eq!(error.problem, Problem::Forbidden);
    assert!(
        error
            .message
            .contains("This installation has been suspended"),
        "{error}"
    );
    let error = app.installation_of("umbrella").await.unwrap_err();
    assert_eq!(error.problem, Problem::NotFound);
}

#[tokio::test]
async fn the_repositories_of_an_installation_are_listed_to_the_end() {
    let (fake, app, installation) = installed(&["metadata:read"]).await;
    for number in 0..150 {
        fake.repository(&format!("acme/r{number}")).create();
    }
    let opens = Opens {
        permissions: &[("metadata", "read")],
        ..all()
    };
    let minted = app.mint(&installation, opens).await.unwrap();
    assert_eq!(app.repositories_of(&minted).await.unwrap().len(), 152);
}

#[tokio::test]
async fn a_code_that_was_used_is_not_shown_in_what_is_said() {
    let scripted = Scripted::new([Reply::json(404, json!({"message": "Not Found"}))]).await;
    let corp = host("github", &scripted, settings());
    let error = corp
        .take_over_app(&Plaintext::new("c0de-0f-th3-app"))
        .await
        .unwrap_err();
    assert_eq!(
        scripted.request().line,
        "POST /api/v3/app-manifests/c0de-0f-th3-app/conversions"
    );
    let said = error.to_string();
    assert!(
        said.contains("used already") && !said.contains("c0de"),
        "{said}"
    );
    for code in ["", "..", "a/b", "a?b", "a b"] {
        let error = corp.take_over_app(&Plaintext::new(code)).await.unwrap_err();
        assert_eq!(error.problem, Problem::Credential, "{code}");
    }
}

#[test]
fn s4_a_key_is_not_printed_and_what_is_none_is_refused() {
    assert_eq!(format!("{:?}", key("12345")), "AppKey(12345 [redacted])");
    for pem in [
        "",
        "hunter2",
        "-----BEGIN RSA PRIVATE KEY-----\naGk=\n-----END RSA PRIVATE KEY-----\n",
    ] {
        let error = AppKey::new("1", &Plaintext::new(pem)).unwrap_err();
        assert_eq!(error.problem, Problem::Credential);
        assert!(!error.to_string().contains("hunter2"));
    }
}
