//! What is declared of an App: the credential, and the endpoint that its webhook goes to.

use sluice_events::{
    Timestamp,
    v1::{self, CredentialKind, SecretKind, scope::Of},
};
use sluice_registry::{
    CredentialSpec, EndpointSpec, Kind, Manifest, Object, Plaintext, SecretSpec, Source, Spec,
};

use crate::{
    arguments::apps::New,
    failure::Failure,
    way::{How, Shown, Way},
};

/// The id of the secret: an endpoint that has another one was not made here.
const SECRET: &str = "app";

/// Where there is a private key for a rehearsal: the form of one, and no key.
const NO_KEY: &str = "-----BEGIN RSA PRIVATE KEY-----\nbm9uZQ==\n-----END RSA PRIVATE KEY-----\n";

/// Refuses to begin where something is in the way.
pub(super) async fn is_free(way: &Way, arguments: &New) -> anyhow::Result<()> {
    let New { project, name, .. } = arguments;
    let credential = Object::new(Kind::Credential, project, name);
    if way.find(&credential).await?.is_some() {
        let what = format!("there is a credential {project}/{name} already");
        return Err(Failure::refused(what, "choose another --name"));
    }
    let Some(found) = endpoint_there(way, arguments).await? else {
        return Ok(());
    };
    let Spec::Endpoint(spec) = &found.manifest.spec else {
        return Ok(());
    };
    let is_ours = spec.secrets.iter().all(|secret| secret.id == SECRET)
        && spec.host == arguments.host
        && spec.scope == Some(Of::Owner(arguments.owner.clone()));
    match is_ours {
        true => Ok(()),
        false => {
            let what = format!("there is an endpoint {project}/{name} already, for something else");
            Err(Failure::refused(what, "choose another --name"))
        }
    }
}

/// Says now what would stand against declaring the App once it is registered.
pub(super) async fn rehearse(way: &Way, arguments: &New) -> anyhow::Result<()> {
    let manifest = credential(arguments, "1", Plaintext::new(NO_KEY));
    let how = How {
        dry_run: true,
        ..How::default()
    };
    way.declare(vec![manifest], how).await.map(drop)
}

/// Declares the endpoint, unless it is there, with a secret that nobody knows; returns its address.
pub(super) async fn endpoint(way: &Way, arguments: &New) -> anyhow::Result<String> {
    let found = match endpoint_there(way, arguments).await? {
        Some(found) => Some(found),
        None => {
            let mut bits = [0; 32];
            getrandom::fill(&mut bits)?;
            let secret = Plaintext::new(hex::encode(bits));
            let manifest = endpoint_with(way, arguments, secret).await?;
            way.declare(vec![manifest], How::default()).await?;
            endpoint_there(way, arguments).await?
        }
    };
    let address = found.as_ref().and_then(|found| {
        let Spec::Endpoint(spec) = &found.manifest.spec else {
            return None;
        };
        let base = arguments.hooks_url.as_ref();
        let named = base.zip(spec.id.as_ref());
        let named = named.map(|(base, id)| format!("{}/hooks/{id}", base.trim_end_matches('/')));
        named.or_else(|| found.status.address.clone())
    });
    let address = address.filter(|address| address.starts_with("http"));
    address.ok_or_else(|| {
        let hint = "name it by --hooks-url, such as https://hooks.example.org";
        Failure::refused(
            "nobody says by which address the host reaches the gateway",
            hint,
        )
    })
}

async fn endpoint_there(way: &Way, arguments: &New) -> anyhow::Result<Option<Shown>> {
    let object = Object::new(Kind::Endpoint, &arguments.project, &arguments.name);
    way.find(&object).await
}

/// The endpoint with that secret; its id stays, where it has one.
pub(super) async fn endpoint_with(
    way: &Way,
    arguments: &New,
    secret: Plaintext,
) -> anyhow::Result<Manifest> {
    let there = endpoint_there(way, arguments).await?;
    let id = there.and_then(|found| match found.manifest.spec {
        Spec::Endpoint(spec) => spec.id,
        _ => None,
    });
    let spec = EndpointSpec {
        project: arguments.project.clone(),
        name: arguments.name.clone(),
        id,
        host: arguments.host.clone(),
        scope: Some(Of::Owner(arguments.owner.clone())),
        secrets: vec![SecretSpec {
            id: SECRET.into(),
            kind: SecretKind::Hmac,
            source: Source::Value(secret),
            accept_until: None::<Timestamp>,
        }],
        disabled: false,
        repository: String::new(),
        repository_host_id: String::new(),
        import: String::new(),
        set: String::new(),
    };
    Ok(Manifest {
        line: 0,
        spec: Spec::Endpoint(spec),
    })
}

/// The credential of the App with this id.
pub(super) fn credential(arguments: &New, id: &str, private_key: Plaintext) -> Manifest {
    let app = v1::CredentialApp {
        id: id.to_owned(),
        ..v1::CredentialApp::default()
    };
    let spec = CredentialSpec {
        project: arguments.project.clone(),
        name: arguments.name.clone(),
        host: arguments.host.clone(),
        kind: CredentialKind::App,
        user: String::new(),
        app: Some(app),
        source: Source::Value(private_key),
        expires_at: None,
        repositories: vec![format!("{}/*", arguments.owner)],
        grants: Vec::new(),
        set: String::new(),
    };
    Manifest {
        line: 0,
        spec: Spec::Credential(spec),
    }
}
