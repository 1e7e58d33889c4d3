//! Credentials as they are applied.

use std::{os::unix::fs::PermissionsExt, process::Command};

use sluice_events::{Timestamp, v1::CredentialKind};
use sluice_registry::{Kind, Plaintext, Record, SealingKeys, Step, parse, plan};

use crate::{
    fixture::{CANARY, Registry, START, credential, document, repository},
    samples::ssh_key,
};

#[test]
fn what_is_applied_opens() {
    let mut registry = Registry::new();
    let key = ssh_key().replace('\n', "\n    ");
    let file = credential("bot", &format!("token: {{value: {CANARY}}}"))
        + &credential("pair", "userPassword: {user: u, value: 'a password'}")
        + &format!(
            "---\napiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {{name: key}}\nspec:\n  host: github\n  sshKey:\n   value: |\n    {key}"
        );
    assert_eq!(registry.apply(&file), ["created"; 3]);
    for (name, kind, user, value) in [
        ("bot", CredentialKind::Token, "", CANARY),
        ("pair", CredentialKind::Password, "u", "a password"),
        ("key", CredentialKind::SshKey, "", &ssh_key()),
    ] {
        let record = registry.records.credential("default", name).unwrap();
        assert_eq!((record.kind(), &*record.user), (kind, user));
        assert_eq!(record.created_at, Some(Timestamp::from_seconds(START)));
        let opened = registry.open(record).unwrap();
        assert_eq!(opened.expose(), value.as_bytes(), "{name}");
        assert_eq!(format!("{opened:?}"), "[redacted]");
    }
}

#[test]
fn k1_an_ssh_key_is_made_once_and_tells_its_public_half() {
    let mut registry = Registry::new();
    let wanted = credential("key", "sshKey: {user: git, generate: true}");
    assert_eq!(registry.apply(&wanted), ["created"]);
    let made = registry
        .records
        .credential("default", "key")
        .unwrap()
        .clone();
    assert!(made.public_key.starts_with("ssh-ed25519 "), "{made:?}");
    assert_eq!(registry.apply(&wanted), ["unchanged"]);
    let kept = credential("key", "sshKey: {user: git}");
    assert_eq!(registry.apply(&kept), ["unchanged"]);
    if let Some(said) = said_by_openssh(&registry.open(&made).unwrap()) {
        assert_eq!(said, made.public_key);
    }
    // One that is given tells it as well, where its form does.
    let given = std::str::from_utf8(registry.open(&made).unwrap().expose())
        .unwrap()
        .replace('\n', "\n    ");
    registry.apply(&format!(
        "---\napiVersion: sluice.dev/v1\nkind: Credential\nmetadata: {{name: given}}\nspec:\n  host: github\n  sshKey:\n   value: |\n    {given}"
    ));
    let given = registry.records.credential("default", "given").unwrap();
    assert_eq!(given.public_key, made.public_key);
    let token = registry.refusal(&credential("bot", "token: {generate: true}"));
    assert!(token.contains("only an sshKey is made here"), "{token}");
    let both = format!("sshKey: {{generate: true, value: {CANARY}}}");
    let both = registry.refusal(&credential("more", &both));
    assert!(both.contains("comes from more than one place"), "{both}");
}

/// What OpenSSH itself makes of a private key; nothing where it is not installed.
fn said_by_openssh(key: &Plaintext) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    std::fs::write(&path, key.expose()).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
    let keygen = Command::new("ssh-keygen")
        .arg("-y")
        .arg("-f")
        .arg(&path)
        .output();
    let said = String::from_utf8(keygen.ok()?.stdout).unwrap();
    let halves: Vec<_> = said.split_whitespace().take(2).collect();
    Some(halves.join(" "))
}

#[test]
fn a_value_that_is_given_is_new_each_time_and_one_left_out_stays() {
    let mut registry = Registry::with_web();
    let first = registry.bot().clone();
    assert_eq!(
        registry.apply(&credential("bot", "token: {}")),
        ["unchanged"]
    );
    assert_eq!(registry.bot(), &first);
    let user = credential(
        "bot",
        "token: {user: somebody}, expiresAt: 2027-01-01T00:00:00Z",
    );
    assert_eq!(registry.apply(&user), ["configured"]);
    assert_eq!(registry.bot().version, first.version);
    assert_eq!(
        registry.open(registry.bot()).unwrap().expose(),
        CANARY.as_bytes()
    );

    let given = credential("bot", "token: {value: another}");
    assert_eq!(registry.apply(&given), ["configured"]);
    assert!(registry.bot().version > first.version);
    assert_eq!(registry.sealed.len(), 1);
    assert_eq!(registry.open(registry.bot()).unwrap().expose(), b"another");
}

#[test]
fn s4_a_version_is_never_used_again() {
    let mut registry = Registry::with_web();
    let first = registry.bot().version;
    registry.now = START - 1000; // a clock that was set back
    registry.apply(&credential("bot", "token: {value: another}"));
    assert_eq!(registry.bot().version, first + 1);
}

#[test]
fn values_are_sealed_before_they_are_named_and_deleted_after() {
    let registry = Registry::with_web();
    let old = registry.bot().version;
    let plan = registry
        .try_plan(&credential("bot", "token: {value: another}"))
        .unwrap();
    let [
        Step::Seal {
            bucket: "credential-values",
            key,
            ..
        },
        Step::Put(Record::Credential(new)),
        Step::Delete {
            bucket: "credential-values",
            key: deleted,
        },
    ] = &plan.outcomes[0].steps[..]
    else {
        panic!("{plan:?}")
    };
    assert_eq!(*key, format!("default.bot.{}", new.version));
    assert_eq!(*deleted, format!("default.bot.{old}"));
}

#[test]
fn what_cannot_be_a_credential_is_refused() {
    let registry = Registry::with_web();
    let long = format!("token: {{value: {}}}", "x".repeat(4097));
    for (what, expected) in [
        (
            "expiresAt: 2027-01-01T00:00:00Z",
            "say one of token, userPassword, sshKey, app",
        ),
        ("token: {value: ''}", "spec.token: value: it is empty"),
        (
            "token: {value: \"a\\nb\"}",
            "a line break or another control character",
        ),
        ("token: {value: \"a\\tb\"}", "control character"),
        ("token: {value: \"a\\u0085b\"}", "control character"),
        (&long, "longer than 4096 bytes"),
        (
            "token: {value: a, user: 'a:b'}",
            "spec.token: user: it is too long, or has a colon",
        ),
        (
            "userPassword: {value: a}",
            "spec.userPassword: user: there is none",
        ),
        (
            "userPassword: {value: a, user: \"a\\nb\"}",
            "control character",
        ),
        (
            "userPassword: {user: u}",
            "the value that is there is of kind token",
        ),
        (
            "sshKey: {value: a}",
            "spec.sshKey: value: it is not a private key",
        ),
        (
            "sshKey: {value: a, user: -oProxyCommand}",
            "spec.sshKey: user: it has characters",
        ),
        (
            "token: {value: '-----BEGIN OPENSSH PRIVATE KEY-----'}",
            "declare it as sshKey",
        ),
        ("token: {file: /etc/passwd}", "never here"),
        ("token: {env: HOME}", "never here"),
    ] {
        let said = registry.refusal(&credential("bot", what));
        assert!(said.contains(expected), "{expected}: {said}");
        assert!(!said.contains("passwd"), "{said}");
    }
    let said = registry.refusal(&credential("other", "token: {}"));
    assert!(said.contains("none is there that could stay"), "{said}");
    let said = registry.refusal(&document(
        "Credential",
        "Bot",
        "{host: nowhere, token: {value: a}}",
    ));
    assert!(
        said.contains("metadata.name") && said.contains("there is no host `nowhere`"),
        "{said}"
    );
    let strange = credential("bot", "token: {value: a}")
        .replace("{name: bot}", "{name: bot, project: strange}");
    assert!(
        registry
            .refusal(&strange)
            .contains("there is no project `strange`")
    );
}

#[test]
fn what_is_odd_is_warned_of() {
    let registry = Registry::new();
    let warnings = registry.warnings(&credential(
        "bot",
        "token: {value: 'a '}, expiresAt: 2025-01-01T00:00:00Z",
    ));
    assert_eq!(warnings.len(), 2, "{warnings:?}");
    assert!(warnings[0].contains("spec.token: value: it begins or ends with a blank"));
    assert!(warnings[1].contains("spec.expiresAt: the time is over"));
}

#[test]
fn a_key_for_credentials_is_needed_only_where_a_value_is_given() {
    let registry = Registry::with_web();
    let now = Timestamp::from_seconds(registry.now);
    let hooks: SealingKeys = [registry.opening.sealing_key()].into_iter().collect();
    let kept = parse(credential("bot", "token: {}").as_bytes()).unwrap();
    assert!(plan(&kept, &registry.records, &hooks, now).is_ok());
    let given = parse(credential("bot", "token: {value: a}").as_bytes()).unwrap();
    let said = plan(&given, &registry.records, &hooks, now).unwrap_err();
    let said = said.to_string();
    assert!(
        said.contains("there is no key to seal credentials with"),
        "{said}"
    );
}

#[test]
fn s5_a_value_that_was_entered_for_one_host_goes_to_no_other() {
    let mut registry = Registry::new();
    registry.apply(&credential("bot", "token: {value: a}"));
    let moved = |value: &str| {
        let spec = format!("{{host: gitlab, token: {{{value}}}}}");
        document("Credential", "bot", &spec)
    };
    let said = registry.refusal(&moved(""));
    assert!(said.contains("was entered for the host `github`"), "{said}");
    assert_eq!(registry.apply(&moved("value: b")), ["configured"]);
}

#[test]
fn s5_a_credential_changes_under_no_repository_that_it_no_longer_opens() {
    let mut registry = Registry::with_web();
    let moved = document("Credential", "bot", "{host: gitlab, token: {value: a}}");
    let said = registry.refusal(&moved);
    let expected = "Repository default/web: spec.credential: `bot` is for the host `gitlab`, and goes to no other";
    assert!(said.starts_with(expected), "{said}");
    let key = credential("bot", &format!("sshKey: {{value: {:?}}}", ssh_key()));
    let said = registry.refusal(&key);
    assert!(
        said.contains("`bot` is of kind sshKey, which https does not take"),
        "{said}"
    );
    // With the repository in the same file it is one change.
    let both = key + &repository("web", "fullName: acme/web");
    assert_eq!(registry.apply(&both), ["configured"; 2]);
}

#[test]
fn one_in_use_stays_and_one_that_goes_takes_its_value_with_it() {
    let mut registry = Registry::with_web();
    let said = registry.delete(Kind::Credential, "bot").unwrap_err();
    assert!(
        said.contains("it is used by Repository default/web"),
        "{said}"
    );
    registry.apply(&repository("web", "fullName: acme/web"));
    let steps = registry.delete(Kind::Credential, "bot").unwrap();
    let version = registry.bot().version;
    let keys: Vec<_> = steps
        .iter()
        .map(|step| format!("{} {}", step.bucket(), step.key()))
        .collect();
    let expected = [
        "credentials default.bot".to_owned(),
        format!("credential-values default.bot.{version}"),
    ];
    assert_eq!(keys, expected);
}

#[test]
fn s5_a_shared_credential_opens_for_other_projects_what_is_granted_and_nothing_else() {
    let mut registry = Registry::with_web();
    registry
        .apply("apiVersion: sluice.dev/v1\nkind: Project\nmetadata: {name: payments}\nspec: {}\n");
    let pay = |full_name: &str| {
        format!(
            "apiVersion: sluice.dev/v1\nkind: Repository\nmetadata: {{name: pay, project: payments}}\n\
             spec: {{host: github, fullName: {full_name}, credential: default/bot}}\n"
        )
    };
    // Nobody hears of another project's credentials whether they are there, and for which host.
    let said = registry.refusal(&pay("acme/pay"));
    let absent = pay("acme/pay").replace("default/bot", "default/absent");
    let absent = registry.refusal(&absent).replace("absent", "bot");
    assert_eq!(said, absent);
    assert!(
        said.contains("there is no credential `bot` in project `default`"),
        "{said}"
    );
    let granted = |what: &str| credential("bot", &format!("token: {{}}, grants: [{what}]"));
    registry.apply(&granted("{project: payments, repositories: [acme/pay*]}"));
    assert_eq!(registry.apply(&pay("acme/pay")), ["created"]);
    assert!(
        registry
            .refusal(&pay("acme/web"))
            .contains("is not for `acme/web`")
    );
    // It is in use, and the grant stays as long as somebody needs it.
    let said = registry.refusal(&granted(""));
    assert!(
        said.contains("Repository payments/pay: spec.credential"),
        "{said}"
    );
    registry.apply(&repository("web", "fullName: acme/web"));
    let said = registry.delete(Kind::Credential, "bot").unwrap_err();
    assert!(
        said.contains("it is used by Repository payments/pay"),
        "{said}"
    );
}

#[test]
fn s5_a_credential_that_names_repositories_opens_no_other() {
    let mut registry = Registry::with_web();
    let bound = |what: &str| credential("bot", &format!("token: {{}}, repositories: [{what}]"));
    assert!(
        registry
            .refusal(&bound("other/*"))
            .contains("`bot` is not for `acme/web`")
    );
    assert_eq!(registry.apply(&bound("acme/*")), ["configured"]);
    let said = registry.refusal(&repository("other", "fullName: other/x, credential: bot"));
    assert!(said.contains("`bot` is not for `other/x`"), "{said}");
    let said = registry.refusal(&bound("'a b'"));
    assert!(
        said.contains("spec.repositories: `a b` is no full name"),
        "{said}"
    );
}
