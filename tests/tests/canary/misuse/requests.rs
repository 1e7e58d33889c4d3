//! Requests to the API and to the listeners for operators that show a secret where none belongs.

use std::fs;

use crate::{ordinary::bearer, site::Site};

/// In addresses, headers and bodies.
pub(super) async fn with_secrets_in_wrong_places(site: &Site) {
    let sent = site.secret("misplaced: in a request");
    let admin = fs::read_to_string(site.token_file("admin")).unwrap();
    let admin = bearer(admin.trim());
    let wrong = |name: &str, value: String| (name.to_owned(), value);
    for headers in [
        vec![admin.clone()],
        vec![bearer(&sent)],
        vec![wrong("authorization", format!("Basic {sent}"))],
        vec![wrong("authorization", sent.clone())],
        vec![wrong("cookie", format!("token={sent}; sluice={sent}"))],
        vec![
            admin.clone(),
            wrong("if-match", format!("\"{sent}\"")),
            wrong("last-event-id", sent.clone()),
            wrong("accept", format!("text/{sent}")),
            wrong("origin", format!("https://{sent}.test")),
            wrong("traceparent", sent.clone()),
        ],
    ] {
        for path in PATHS {
            let path = path.replace("{}", &sent);
            site.asks(site.api, "GET", &path, &headers, b"").await;
        }
        let path = format!("/api/v1/credentials/misplaced?token={sent}");
        let body = format!("{{\"token\": \"{sent}\"}}");
        site.asks(site.api, "DELETE", &path, &headers, body.as_bytes())
            .await;
        site.asks(site.api, &sent, "/api/v1/hosts", &headers, b"")
            .await;
    }
    for admin in site.admins() {
        for path in [
            "/metrics?token={}",
            "/readyz?{}",
            "/{}",
            "/version?token={}",
        ] {
            let path = path.replace("{}", &sent);
            site.asks(admin, "GET", &path, &[bearer(&sent)], b"").await;
        }
    }
}

const PATHS: [&str; 10] = [
    "/api/v1/{}",
    "/{}",
    "/api/v1/repositories?access_token={}",
    "/api/v1/repositories?limit={}",
    "/api/v1/repositories?after={}",
    "/api/v1/repositories/{}",
    "/api/v1/repositories/a%2F{}",
    "/api/v1/commits?project=default&since={}",
    "/api/v1/events?from={}",
    "/api/v1/operations/{}",
];
