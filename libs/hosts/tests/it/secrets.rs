//! No secret of a call comes back in what is told of it.

use base64::{Engine, engine::general_purpose::STANDARD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;
use sluice_events::v1::SecretKind;
use sluice_hosts::{ApiError, NewHook, Problem};
use sluice_registry::Plaintext;

use crate::{
    fixture::{TOKEN, api, repository},
    scripted::{Reply, Scripted},
};

const SECRET: &str = "whsec_aG9va3NlY3JldCt3aXRoL3NpZ25z";
const PATH: &str = "hooks/4f0cdeadbeef/pathsecret";
const URL: &str = "https://sluice.example/hooks/4f0cdeadbeef/pathsecret";

fn spellings(secret: &str) -> Vec<String> {
    vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        STANDARD.encode(secret),
        STANDARD.encode(format!("me:{secret}")),
    ]
}

async fn refused(provider: &str, words: &str) -> ApiError {
    let reply = Reply::json(422, json!({"message": format!("bad {words} given")}));
    let scripted = Scripted::new([reply]).await;
    let hook = NewHook {
        url: URL.into(),
        secrets: vec![
            (SecretKind::Hmac, Plaintext::new(SECRET)),
            (SecretKind::Signing, Plaintext::new(SECRET)),
        ],
    };
    let api = api(provider, &scripted);
    api.install(&repository(), &hook).await.unwrap_err()
}

#[tokio::test]
async fn s4_what_a_host_repeats_of_a_secret_is_taken_out() {
    for provider in ["github", "gitlab", "gitea", "forgejo"] {
        for secret in [TOKEN, SECRET, URL, PATH] {
            for spelt in spellings(secret) {
                let error = refused(provider, &spelt).await;
                let told = format!("{error} {error:?}");
                assert!(!told.contains(&spelt), "{told}");
                // What stood before it in Basic authentication may stay.
                let around = told.contains("bad [redacted]") || told.contains("bad bWU6[redacted]");
                assert!(around, "{told}");
            }
        }
    }
}

#[tokio::test]
async fn s4_a_redirect_that_repeats_the_credential_is_not_told() {
    let spelt = hex::encode(TOKEN);
    for location in [
        format!("/api/v1/repositories/{spelt}"),
        format!("https://{spelt}.evil.example/"),
        format!("/elsewhere?{spelt}"),
    ] {
        let reply = Reply::empty(302).with("location", &location);
        let scripted = Scripted::new([reply]).await;
        let error = api("gitea", &scripted).by_id("17").await.unwrap_err();
        assert_eq!(error.problem, Problem::Moved);
        let told = format!("{error} {error:?}");
        assert!(!told.contains(&spelt), "{told}");
    }
}

#[tokio::test]
async fn the_check_finds_what_is_not_taken_out() {
    let error = refused("gitea", "another-s3cret").await;
    assert!(error.to_string().contains("another-s3cret"));
}
