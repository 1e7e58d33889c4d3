//! Repositories as they are applied.

use sluice_events::v1::{self, AccessLevel, MirrorKind, WebhookKind};
use sluice_registry::{Kind, check_repository};

use crate::{
    fixture::{Registry, credential, document, repository},
    samples::{host_key, ssh_key},
};

const CORP: &str = "{provider: gitlab, url: 'https://git.corp/gitlab', sshUrl: 'ssh://git@ssh.git.corp:2222', sshHostKeys: [KEY]}";

/// A host `corp` with an SSH address of its own and keys, and a credential of each kind for it.
pub(crate) fn corp() -> Registry {
    let mut registry = Registry::new();
    registry.apply(&document(
        "Host",
        "corp",
        &CORP.replace("KEY", &host_key(7)),
    ));
    for what in [
        "token: {value: a}",
        "userPassword: {user: u, value: a}",
        &format!("sshKey: {{user: git, value: {:?}}}", ssh_key()),
    ] {
        let name = what.split(':').next().unwrap().to_lowercase();
        registry.apply(&document(
            "Credential",
            &name,
            &format!("{{host: corp, {what}}}"),
        ));
    }
    registry
}

/// The repository `web` of that host.
pub(crate) fn of_corp(what: &str) -> String {
    document(
        "Repository",
        "web",
        &format!("{{host: corp, fullName: acme/web, {what}}}"),
    )
}

#[test]
fn what_is_left_out_is_what_most_want() {
    let mut registry = Registry::new();
    assert_eq!(
        registry.apply(&repository("web", "fullName: acme/web")),
        ["created"]
    );
    let expected = v1::RegisteredRepository {
        name: "web".into(),
        project: "default".into(),
        host: "github".into(),
        full_name: "acme/web".into(),
        url: "https://github.com/acme/web.git".into(),
        mirror: MirrorKind::Full.into(),
        webhook: WebhookKind::None.into(),
        level: AccessLevel::Private.into(),
        ..Default::default()
    };
    assert_eq!(registry.web(), &expected);
    let again = "fullName: acme/web, url: 'https://GitHub.com:443/acme/web.git/', mirror: full";
    assert_eq!(registry.apply(&repository("web", again)), ["unchanged"]);
    for (word, kind) in [
        ("refs-only", MirrorKind::RefsOnly),
        ("none", MirrorKind::None),
    ] {
        let spec = format!("fullName: acme/web, branch: trunk, mirror: {word}");
        assert_eq!(registry.apply(&repository("web", &spec)), ["configured"]);
        assert_eq!(
            (registry.web().mirror(), &*registry.web().branch),
            (kind, "trunk")
        );
    }
}

#[test]
fn an_id_that_was_learnt_stays_with_its_repository() {
    let mut registry = Registry::new();
    registry.apply(&repository("web", "fullName: acme/web, hostId: '42'"));
    registry.apply(&repository("web", "fullName: acme/web, branch: main"));
    assert_eq!(registry.web().host_id, "42");
    let other = repository("web", "fullName: acme/other");
    let warnings = registry.warnings(&other);
    assert!(
        warnings[0].contains("it names another repository now"),
        "{warnings:?}"
    );
    registry.apply(&other);
    assert_eq!(registry.web().host_id, "");
}

#[test]
fn h4_a_credential_is_of_the_same_project_and_host_and_fits() {
    let mut registry = corp();
    registry.apply(&document("Project", "payments", "{}"));
    registry.apply(&credential("bot", "token: {value: a}"));
    let ssh = "url: 'ssh://git@ssh.git.corp:2222/a'";
    for (what, expected) in [
        (
            "credential: nobody".to_owned(),
            "there is no credential `nobody` in project `default`",
        ),
        (
            "credential: bot".to_owned(),
            "`bot` is for the host `github`, and goes to no other",
        ),
        (
            "credential: sshkey".to_owned(),
            "`sshkey` is of kind sshKey, which https does not take",
        ),
        (
            format!("credential: token, {ssh}"),
            "`token` is of kind token, which ssh does not take",
        ),
        (
            format!("credential: userpassword, {ssh}"),
            "kind userPassword, which ssh does not take",
        ),
        (
            ssh.to_owned(),
            "there is none, and ssh lets nobody in without",
        ),
    ] {
        let said = registry.refusal(&of_corp(&what));
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let foreign =
        of_corp("credential: token").replace("{name: web}", "{name: web, project: payments}");
    let said = registry.refusal(&foreign);
    assert!(
        said.contains("there is no credential `token` in project `payments`"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_a_repository_is_refused() {
    let registry = Registry::new();
    for (what, expected) in [
        ("fullName: web", "`web` is not a repository's full name"),
        ("fullName: acme/../web", "is not a repository's full name"),
        ("fullName: acme/.", "is not a repository's full name"),
        ("fullName: 'acme//web'", "is not a repository's full name"),
        (
            "fullName: \"acme/w\\neb\"",
            "is not a repository's full name",
        ),
        (
            "fullName: acme/web, branch: refs/heads/main",
            "`refs/heads/main` is not a branch's short name",
        ),
        (
            "fullName: acme/web, branch: -main",
            "is not a branch's short name",
        ),
        ("fullName: acme/web, hostId: \"4\\u001b2\"", "spec.hostId"),
    ] {
        let said = registry.refusal(&repository("web", what));
        assert!(said.contains(expected), "{expected}: {said}");
        assert_eq!(said.lines().count(), 1, "{said}");
    }
    let said = registry.refusal(&document(
        "Repository",
        "A.b",
        "{host: nowhere, fullName: a/b}",
    ));
    assert!(
        said.contains("there is no host `nowhere`") && said.contains("`A.b` is not a name"),
        "{said}"
    );
}

#[test]
fn one_repository_is_declared_once_in_a_project() {
    let mut registry = Registry::with_web();
    let said = registry.refusal(&repository("twin", "fullName: Acme/WEB"));
    assert!(
        said.contains("the repository `web` is the same one"),
        "{said}"
    );
    let two = repository("one", "fullName: acme/new") + &repository("two", "fullName: acme/new");
    assert!(
        registry
            .refusal(&two)
            .contains("the repository `one` is the same one")
    );
    registry.apply(&document("Project", "payments", "{}"));
    let other = repository("web", "fullName: acme/web")
        .replace("{name: web}", "{name: web, project: payments}");
    registry.apply(&other);
    registry.apply(&document(
        "Repository",
        "same",
        "{host: gitlab, fullName: acme/web}",
    ));
    // A name that is given up is free.
    registry.apply(&repository("web", "fullName: acme/renamed"));
    registry.apply(&repository("twin", "fullName: acme/web"));
}

#[test]
fn who_opens_a_credential_asks_again() {
    let registry = Registry::with_web();
    let (web, bot) = (registry.web(), registry.bot());
    let host = registry.records.host("github").unwrap();
    assert_eq!(check_repository(web, &host, Some(bot)), Ok(()));
    // Whoever can write to a bucket may have put other records there.
    type Change = fn(&mut v1::RegisteredRepository, &mut v1::Host, &mut v1::Credential);
    let changes: [Change; 6] = [
        |web, _, _| web.url = "https://evil.example/acme/web.git".into(),
        |web, _, _| web.url = "not an address".into(),
        |_, host, _| host.url = "https://evil.example".into(),
        |_, _, bot| bot.host = "gitlab".into(),
        |_, _, bot| bot.project = "payments".into(),
        |_, _, bot| bot.name = "other".into(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let (mut web, mut host, mut bot) = (web.clone(), host.clone(), bot.clone());
        change(&mut web, &mut host, &mut bot);
        let said = check_repository(&web, &host, Some(&bot)).unwrap_err();
        assert!(
            said.to_string()
                .starts_with("Repository default/web: spec."),
            "{index}: {said}"
        );
    }
    assert!(check_repository(web, &host, None).is_err());
}

#[test]
fn one_that_goes_leaves_to_workers_what_they_keep_of_it() {
    let registry = Registry::with_web();
    let steps = registry.delete(Kind::Repository, "web").unwrap();
    let keys = steps
        .iter()
        .map(|step| format!("{} {}", step.bucket(), step.key()));
    assert_eq!(Vec::from_iter(keys), ["repositories default.web"]);
    let said = registry.delete(Kind::Host, "github").unwrap_err();
    assert!(said.contains("predefined"), "{said}");
}

#[test]
fn whose_webhook_tells_of_it_is_said_where_it_has_none_of_its_own() {
    let mut registry = Registry::new();
    let shared = "fullName: acme/web, webhook: shared, sharedEndpoint: acme";
    assert_eq!(registry.apply(&repository("web", shared)), ["created"]);
    assert_eq!(registry.web().shared_endpoint, "acme");
    for (wrong, says) in [
        ("webhook: shared", "does not say whose webhook"),
        ("webhook: shared, sharedEndpoint: A", "is not a name"),
        (
            "webhook: none, sharedEndpoint: acme",
            "only a repository with",
        ),
    ] {
        let refusal = registry.refusal(&repository("web", &format!("fullName: acme/web, {wrong}")));
        assert!(refusal.contains(says), "{refusal}");
    }
}
