//! Manifests on their way to a server that seals: with the values that were given, in place.

use std::io;

use zeroize::Zeroizing;

use super::document;
use crate::{
    CredentialSpec, Manifest, Plaintext, Source, Spec,
    manifest::{
        credential_place, secret_place,
        wire::{self, Document},
    },
    problem::{Problem, Problems},
};

/// Manifests as one JSON list with the values that were given, to be sent and never shown. What it is written into is
/// overwritten when dropped, and never moves while it grows.
///
/// # Errors
/// Names each value that is not text, or that a file or variable has and nobody has [resolved](crate::resolve).
pub fn render_with_values(manifests: &[Manifest]) -> Result<Zeroizing<Vec<u8>>, Problems> {
    let problems = manifests.iter().flat_map(|manifest| {
        let place = manifest.place();
        let wrong = unfit(&manifest.spec).into_iter();
        wrong.map(move |problem| problem.within(&place))
    });
    Problems::none_or(problems.collect(), ())?;
    let documents: Vec<_> = manifests.iter().map(with_values).collect();
    let mut length = Length(0);
    write(&mut length, &documents)?;
    let mut text = Zeroizing::new(Vec::with_capacity(length.0));
    write(&mut *text, &documents)?;
    Ok(text)
}

fn write(to: impl io::Write, documents: &[Document]) -> Result<(), Problems> {
    let written = serde_json::to_writer(to, documents);
    written.map_err(|_| Problem::new("manifest", "it cannot be written", "check its values").into())
}

/// How long a text is, without the text.
struct Length(usize);

impl io::Write for Length {
    fn write(&mut self, text: &[u8]) -> io::Result<usize> {
        self.0 += text.len();
        Ok(text.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Values that cannot be sent.
fn unfit(spec: &Spec) -> Vec<Problem> {
    match spec {
        Spec::Project(_) | Spec::Host(_) | Spec::Repository(_) => Vec::new(),
        Spec::Credential(spec) => {
            let unfit = unfit_source(&spec.source);
            let place = credential_place(spec.kind);
            Vec::from_iter(unfit.map(|problem| problem.within(place)))
        }
        Spec::Endpoint(spec) => {
            let secrets = spec.secrets.iter().enumerate();
            let unfit = secrets.filter_map(|(index, secret)| {
                let problem = unfit_source(&secret.source)?;
                Some(problem.within(secret_place(index, &secret.id)))
            });
            unfit.collect()
        }
    }
}

fn unfit_source(source: &Source) -> Option<Problem> {
    match source {
        Source::Kept | Source::Made => None,
        Source::Value(value) if std::str::from_utf8(value.expose()).is_ok() => None,
        Source::Value(_) => Some(Problem::new(
            "value",
            "it is not text",
            "give it as UTF-8 text",
        )),
        Source::File(_) | Source::Env(_) => Some(Problem::new(
            "value",
            "it stands elsewhere, and no server looks there",
            "read it where you apply",
        )),
    }
}

fn with_values(manifest: &Manifest) -> Document {
    let mut document = document(manifest);
    match (&manifest.spec, &mut document.spec) {
        (Spec::Credential(spec), wire::Spec::Credential(written)) => of_credential(spec, written),
        (Spec::Endpoint(spec), wire::Spec::Endpoint(written)) => {
            for (secret, written) in spec.secrets.iter().zip(&mut written.secrets) {
                written.value = given(&secret.source);
            }
        }
        _ => (),
    }
    document
}

fn of_credential(spec: &CredentialSpec, written: &mut wire::Credential) {
    let fields = [
        &mut written.token,
        &mut written.user_password,
        &mut written.ssh_key,
    ];
    // One of them is there: that of its kind.
    for field in fields.into_iter().flatten() {
        field.value = given(&spec.source);
        field.generate = matches!(spec.source, Source::Made);
    }
    if let Some(app) = &mut written.app {
        app.value = given(&spec.source);
    }
}

fn given(source: &Source) -> Option<Plaintext> {
    match source {
        Source::Value(value) => Some(value.clone()),
        Source::Kept | Source::Made | Source::File(_) | Source::Env(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{parse, parse_json, render};

    const ALL: &str = r#"
apiVersion: sluice.dev/v1
kind: Credential
metadata: {name: bot}
spec: {host: github, userPassword: {user: ada, value: "hunter\n\"2\""}, expiresAt: "2030-01-01T00:00:00Z"}
---
apiVersion: sluice.dev/v1
kind: Endpoint
metadata: {name: acme, set: s}
spec:
  host: github
  scope: {owner: acme}
  secrets: [{kind: hmac, value: hunter3hunter3hunter3}, {kind: hmac, id: kept}]
---
apiVersion: sluice.dev/v1
kind: Host
metadata: {name: corp}
spec: {provider: gitea, url: "https://git.corp"}
"#;

    #[test]
    fn what_is_sent_is_what_was_read_and_nothing_else_shows_its_values() {
        let read = parse(ALL.as_bytes()).unwrap();
        let sent = render_with_values(&read).unwrap();
        assert_eq!(sent.len(), sent.capacity(), "it has not grown");
        let again = parse_json(&sent, "default").unwrap();
        assert_eq!(*render_with_values(&again).unwrap(), *sent);
        assert_eq!(render(&again).unwrap(), render(&read).unwrap());
        let text = String::from_utf8(sent.to_vec()).unwrap();
        for value in [r#""value":"hunter\n\"2\"""#, "hunter3hunter3hunter3"] {
            assert!(text.contains(value), "{text}");
        }
        let shown = serde_json::to_string(&again).unwrap() + &render(&again).unwrap();
        assert!(!shown.contains("hunter"), "{shown}");
        assert!(!format!("{again:?}").contains("hunter"));
    }

    #[test]
    fn s6_what_stands_elsewhere_or_is_no_text_is_named_and_not_sent() {
        let mut read = parse(
            ALL.replace("value: hunter3hunter3hunter3", "file: f")
                .as_bytes(),
        )
        .unwrap();
        if let Spec::Credential(spec) = &mut read[0].spec {
            spec.source = Source::Value(Plaintext::new(*b"\xff\xfehunter"));
        }
        let problems = render_with_values(&read).unwrap_err().to_string();
        for line in [
            "Credential default/bot: spec.userPassword: value: it is not text",
            "Endpoint default/acme: spec.secrets[0]",
        ] {
            assert!(problems.contains(line), "{problems}");
        }
        assert!(!problems.contains("hunter"), "{problems}");
    }
}
