//! What hosts say of SSH, of authorities, and what a change of that disables.

use sluice_registry::{Kind, Record, Step};

use crate::{
    fixture::{Registry, credential, document, repository},
    samples::{certificate, host_key, pem, ssh_key},
};

fn corp(more: &str) -> String {
    document(
        "Host",
        "corp",
        &format!("{{provider: gitlab, url: 'https://git.corp'{more}}}"),
    )
}

fn bot(value: &str) -> String {
    document(
        "Credential",
        "bot",
        &format!("{{host: corp, token: {{{value}}}}}"),
    )
}

fn key(value: &str) -> String {
    document(
        "Credential",
        "key",
        &format!("{{host: corp, sshKey: {{{value}}}}}"),
    )
}

/// The host `corp`, with a token and a key for it.
fn with_credentials() -> Registry {
    let mut registry = Registry::new();
    let keys = corp(&format!(", sshHostKeys: [{}]", host_key(1)));
    let private = format!("value: {:?}", ssh_key());
    registry.apply(&(keys + &bot("value: a") + &key(&private)));
    registry
}

#[test]
fn a_host_says_where_ssh_is_and_who_is_believed() {
    let mut registry = Registry::new();
    let ca = format!("# Corp\n{}", certificate(1));
    let more = format!(
        ", sshUrl: 'ssh://git@Git.Corp:2222/', sshHostKeys: ['{} root@corp', {}], ca: {ca:?}, privateAddresses: true",
        host_key(1),
        host_key(2)
    );
    assert_eq!(registry.apply(&corp(&more)), ["created"]);
    let host = registry.records.host("corp").unwrap();
    assert_eq!(host.ssh_url, "ssh://git@git.corp:2222");
    assert_eq!(host.ssh_host_keys, [host_key(1), host_key(2)]);
    assert_eq!(host.ca, certificate(1));
    assert!(host.private_addresses);
    assert_eq!(registry.apply(&corp(&more)), ["unchanged"]);
    let printed = registry.print();
    assert!(printed.contains("BEGIN CERTIFICATE"), "{printed}");
    assert!(
        registry
            .apply(&printed)
            .iter()
            .all(|word| *word == "unchanged"),
        "{printed}"
    );
}

#[test]
fn what_a_host_cannot_say_is_refused_and_not_repeated() {
    let registry = Registry::new();
    let secret = pem("PRIVATE KEY", b"hunter2-hunter2");
    let body = secret.lines().nth(1).unwrap();
    for (more, expected) in [
        (
            ", sshUrl: 'https://git.corp'".to_owned(),
            "it is not an address of ssh",
        ),
        (
            ", sshUrl: 'ssh://git:hunter2@git.corp'".to_owned(),
            "it holds a user or a password",
        ),
        (
            ", sshUrl: 'ssh://git.corp/acme'".to_owned(),
            "it has a path",
        ),
        (
            ", sshHostKeys: [hunter2]".to_owned(),
            "spec.sshHostKeys[0]: it is not a public host key",
        ),
        (
            format!(", sshHostKeys: ['git.corp {}']", host_key(1)),
            "without the host's name before it",
        ),
        (
            ", ca: hunter2".to_owned(),
            "spec.ca: it is not certificates",
        ),
        (
            format!(", ca: {:?}", certificate(1) + &secret),
            "spec.ca: it holds a private key",
        ),
        (
            ", ca: {file: /etc/ssl/hunter2}".to_owned(),
            "spec.ca: `file` and `env` are read where",
        ),
    ] {
        let said = registry.refusal(&corp(&more));
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(!said.contains("hunter2") && !said.contains(body), "{said}");
    }
    let said = registry.refusal(&document("Host", "corp", "{}"));
    assert!(
        said.contains("`provider` is missing") && said.contains("spec.url: it is not an address"),
        "{said}"
    );
}

#[test]
fn s5_of_a_predefined_host_only_the_host_keys_are_declared() {
    let mut registry = Registry::new();
    let keys = |spec: &str| document("Host", "github", spec);
    let both = format!("{{sshHostKeys: [{}]}}", host_key(1));
    assert_eq!(registry.apply(&keys(&both)), ["configured"]);
    assert_eq!(registry.apply(&keys(&both)), ["unchanged"]);
    let host = registry.records.host("github").unwrap();
    assert_eq!(
        (&*host.url, &host.ssh_host_keys),
        ("https://github.com", &vec![host_key(1)])
    );
    let printed = registry.print();
    assert!(
        registry
            .apply(&printed)
            .iter()
            .all(|word| *word == "unchanged"),
        "{printed}"
    );
    for more in [
        "url: 'https://evil.example'".to_owned(),
        "apiUrl: 'https://evil.example'".to_owned(),
        "provider: gitlab".to_owned(),
        "sshUrl: 'ssh://evil.example'".to_owned(),
        format!("ca: {:?}", certificate(1)),
        "privateAddresses: true".to_owned(),
    ] {
        let said = registry.refusal(&keys(&format!("{{{more}}}")));
        assert!(
            said.contains("declare nothing but its sshHostKeys"),
            "{said}"
        );
    }
    assert_eq!(
        registry.apply(&keys("{provider: github, url: 'https://github.com'}")),
        ["configured"]
    );
    assert!(
        registry
            .records
            .host("github")
            .unwrap()
            .ssh_host_keys
            .is_empty()
    );
}

#[test]
fn s5_what_was_entered_for_a_host_as_it_was_is_entered_again_or_nothing_changes() {
    let registry = with_credentials();
    let keys = format!(", sshHostKeys: [{}]", host_key(1));
    for (changed, names) in [
        (
            corp("").replace("https://git.corp", "https://new.corp"),
            "Credential default/bot, Credential default/key",
        ),
        (
            corp(&format!("{keys}, apiUrl: 'https://api.corp'")),
            "Credential default/bot;",
        ),
        (
            corp(&format!("{keys}, ca: {:?}", certificate(1))),
            "Credential default/bot;",
        ),
        (
            corp(&format!("{keys}, privateAddresses: true")),
            "Credential default/bot, Credential default/key",
        ),
        (
            corp(&format!("{keys}, sshUrl: 'ssh://git.corp:2222'")),
            "Credential default/key;",
        ),
        (
            corp(&format!(", sshHostKeys: [{}]", host_key(2))),
            "Credential default/key;",
        ),
    ] {
        for file in [changed.clone(), changed + &bot("") + &key("")] {
            let said = registry.refusal(&file);
            let expected = format!("credentials were entered for it as it was: {names}");
            assert!(said.contains(&expected), "{expected}: {said}");
            assert!(
                said.contains("declare them in the same file with their values"),
                "{said}"
            );
        }
    }
    // What says the same in other words is no change.
    let same =
        corp(&format!("{keys}, sshUrl: ''")).replace("https://git.corp", "https://GIT.corp:443/");
    assert!(registry.try_plan(&same).is_ok());
}

#[test]
fn s5_an_old_value_is_gone_before_its_host_moves() {
    let mut registry = with_credentials();
    let before = registry.bot().clone();
    let moved = format!(
        ", sshHostKeys: [{}], apiUrl: 'https://api.corp'",
        host_key(1)
    );
    let file = corp(&moved) + &bot("value: b");
    let plan = registry.try_plan(&file).unwrap();
    let steps: Vec<_> = plan
        .outcomes
        .iter()
        .map(|outcome| &outcome.steps[..])
        .collect();
    let [
        [
            Step::Delete {
                bucket: "credential-values",
                key,
            },
            Step::Put(Record::Host(_)),
        ],
        [Step::Seal { .. }, Step::Put(Record::Credential(_))],
    ] = &steps[..]
    else {
        panic!("{plan:?}")
    };
    assert_eq!(*key, format!("default.bot.{}", before.version));
    assert_eq!(registry.apply(&file), ["configured"; 2]);
    assert_eq!(registry.open(registry.bot()).unwrap().expose(), b"b");
    assert!(registry.open(&before).is_err());
}

#[test]
fn s5_a_host_moves_under_no_repository_that_stays() {
    let mut registry = Registry::new();
    registry.apply(&corp(""));
    registry.apply(&document(
        "Repository",
        "web",
        "{host: corp, fullName: acme/web}",
    ));
    let moved = corp("").replace("https://git.corp", "https://new.corp");
    let said = registry.refusal(&moved);
    let expected = "Repository default/web: spec.url: it is at https://git.corp, and the host corp takes Git at https://new.corp";
    assert!(said.starts_with(expected), "{said}");
    let both = moved + &document("Repository", "web", "{host: corp, fullName: acme/web}");
    assert_eq!(registry.apply(&both), ["configured"; 2]);
    assert_eq!(registry.web().url, "https://new.corp/acme/web.git");
}

#[test]
fn a_host_and_a_project_in_use_stay() {
    let mut registry = with_credentials();
    let said = registry.delete(Kind::Host, "corp").unwrap_err();
    assert!(
        said.contains("it is used by Credential default/bot, Credential default/key"),
        "{said}"
    );
    let said = registry.refusal(&corp("").replace("gitlab", "gitea"));
    assert!(
        said.contains("2 records rely on its being gitlab"),
        "{said}"
    );
    registry.apply(&document("Project", "payments", "{}"));
    let in_project = |text: String| text.replace("metadata: {", "metadata: {project: payments, ");
    registry.apply(&in_project(credential("bot", "token: {value: a}")));
    registry.apply(&in_project(repository("web", "fullName: a/b")));
    let said = registry.delete(Kind::Project, "payments").unwrap_err();
    assert!(
        said.contains("Credential payments/bot, Repository payments/web"),
        "{said}"
    );
}
