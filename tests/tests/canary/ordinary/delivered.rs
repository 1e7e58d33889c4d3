//! Webhooks, proved by a secret of each kind.

use sluice_providers::SecretKind;
use sluice_test_support::{Delivery, eventually};

use super::HEAD;
use crate::site::Site;

/// What a request shows that bears a token.
pub(crate) fn bearer(token: &str) -> (String, String) {
    ("authorization".to_owned(), format!("Bearer {token}"))
}

/// One endpoint for each kind of secret, and a delivery to it.
pub(super) async fn by_every_kind_of_secret(site: &Site, planted: &str) {
    for (word, kind, provider, host, begin) in [
        ("hmac", SecretKind::Hmac, "github", "github", ""),
        ("basic", SecretKind::Basic, "github", "github", "sluice:"),
        ("path", SecretKind::Path, "github", "github", ""),
        ("token", SecretKind::Token, "gitlab", "gitlab", ""),
        ("signing", SecretKind::Signing, "gitlab", "gitlab", "whsec_"),
    ] {
        let secret = site.within(&format!("webhook secret: {word}"), begin, "");
        let file = site.hands_over(word, &secret);
        let id = format!("{word}-0123456789abcdef");
        site.applies(&format!(
            "{HEAD}kind: Endpoint\nmetadata: {{name: {word}}}\nspec:\n  id: {id}\n  host: {host}\n  scope: {{host: true}}\n  \
             secrets: [{{kind: {word}, file: {}}}]\n",
            file.display()
        ))
        .await;
        let delivery = Delivery::of(provider, "push")
            .to(&format!("acme/{planted}"))
            .branch(planted)
            .with_secret(kind, &secret);
        let sample = delivery.sample();
        let path = match delivery.path_secret() {
            Some(segment) => format!("/hooks/{id}/{segment}"),
            None => format!("/hooks/{id}"),
        };
        eventually(&format!("the webhook with {word} is taken"), async || {
            let answer = site
                .asks(site.hooks, "POST", &path, &sample.headers, &sample.body)
                .await;
            (answer.unwrap().status == 202).then_some(())
        })
        .await;
    }
}
