//! Bodies and names that nobody honest sends.

use serde_json::{Value, json};
use sluice_test_support::http::Wire;

use crate::{
    client::{allowed, said},
    records::{manifest, web},
    site::Site,
};

const PATH: &str = "/api/v1/repositories/web";

#[tokio::test]
async fn s30_what_is_no_manifest_is_refused_and_never_repeated() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    let begin =
        r#"{"apiVersion":"sluice.dev/v1","kind":"Repository","metadata":{"name":"web"},"spec":"#;
    let deep = format!("{begin}{}", "{\"a\":".repeat(50_000));
    let bodies = [
        "".to_owned(),
        "null".to_owned(),
        "[]".to_owned(),
        "{}".to_owned(),
        "\u{0}".to_owned(),
        format!("{begin}{{\"host\":\"github\",\"host\":\"hunter2\",\"fullName\":\"a/b\"}}}}"),
        format!("{begin}{{\"host\":7,\"fullName\":\"hunter2\"}}}}"),
        format!("{begin}{{\"host\":\"github\",\"fullName\":[\"hunter2\"]}}}}"),
        format!("{begin}\"hunter2\"}}"),
        format!("{begin}{{\"hunter2\":1}}}}"),
        deep.clone(),
        "[".repeat(100_000),
        json!([web("web"), web("web")]).to_string(),
    ];
    for body in bodies {
        let headers = [("content-type", "application/json; charset=utf-8")];
        let refused = admin.send_body("PUT", PATH, &headers, Some(&body)).await;
        assert_eq!(refused.status, 422, "{body:.80}: {}", refused.body);
        let quoted = refused.body.replace("unknown field `hunter2`", "");
        assert!(!quoted.contains("hunter2"), "{}", refused.body);
    }
    for body in [
        "&a [*a, *a]",
        "a: &a [x]\nb: *a",
        "<<: {a: b}",
        "!!binary x",
        "- - - - - - - - - - - - - - - - - - - - x",
        "kind: Repository\nkind: Repository",
        "%YAML 9.9\n---\n",
        "\t",
    ] {
        let refused = admin.yaml("PUT", PATH, body).await;
        assert_eq!(refused.status, 422, "{body:?}: {}", refused.body);
    }
    assert_eq!(admin.refused(PATH).await.0, 404);
}

#[tokio::test]
async fn a_body_that_is_too_large_or_of_another_type_is_not_read() {
    let (_site, _registry, api, admin) = Site::with_admin().await;
    for media in [
        "text/plain",
        "application/xml",
        "application/x-www-form-urlencoded",
        "json",
        "",
    ] {
        let headers = [("content-type", media)];
        let refused = admin.send_body("PUT", PATH, &headers, Some("{}")).await;
        assert_eq!(refused.status, 415, "{media}");
    }
    let yaml = admin.yaml("POST", "/api/v1/access-tokens", "name: a").await;
    assert_eq!(yaml.status, 415);
    let token = admin.token.unwrap();
    for framing in ["content-length: 1048577", "transfer-encoding: chunked"] {
        let mut wire = Wire::connect(api.addr).await.unwrap();
        let head = format!(
            "PUT {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n{framing}\r\n\r\n"
        );
        let part = format!("100000\r\n{}\r\n", "x".repeat(0x10_0000));
        let body = if framing.starts_with("content") {
            "x".repeat(1_048_577)
        } else {
            part.repeat(2)
        };
        let answer = wire.say(format!("{head}{body}").as_bytes()).await.unwrap();
        let answer = allowed(answer);
        assert_eq!(
            (answer.status, answer.header("connection")),
            (413, "close"),
            "{framing}"
        );
    }
}

#[tokio::test]
async fn names_are_names() {
    let (_site, _registry, _api, admin) = Site::with_admin().await;
    for name in [
        "%00",
        "%1b%5b31m",
        "a%2Fb",
        "a.b",
        "%3E",
        "*",
        "A",
        "%F0%9F%98%80",
        "%ff",
        "x%0d%0aset-cookie:a",
    ] {
        let path = format!("/api/v1/repositories/{name}");
        let (status, problem) = admin.refused(&path).await;
        assert_eq!(status, 404, "{name}");
        let shown = problem["detail"].as_str().unwrap();
        assert!(!shown.contains(char::is_control), "{shown:?}");
        for (method, body) in [("PUT", Some(web("web"))), ("DELETE", None::<Value>)] {
            let refused = match body {
                Some(body) => admin.json(method, &path, &body).await,
                None => admin.send(method, &path, &[]).await,
            };
            assert!(
                matches!(refused.status, 404 | 422),
                "{method} {name}: {}",
                refused.body
            );
        }
    }
    for name in [
        "",
        "a.b",
        "A",
        "a\u{0}",
        "\u{1b}[31m",
        "..",
        "default.web",
        &"x".repeat(64),
    ] {
        let refused = admin.json("POST", "/api/v1/apply", &web(name)).await;
        assert_eq!(refused.status, 422, "{name:?}: {}", refused.body);
        let problems = said(&refused)["problems"].to_string();
        assert!(!problems.contains('\u{1b}') && !problems.contains('\u{0}'));
    }
    let host = manifest(
        "Host",
        "corp",
        json!({"provider": "gitea", "url": "https://git.corp/\u{0}"}),
    );
    assert_eq!(
        admin.json("PUT", "/api/v1/hosts/corp", &host).await.status,
        422
    );
}
