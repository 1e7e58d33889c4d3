//! Where repositories are, and who may be asked there.

use crate::{
    fixture::{Registry, credential, document, repository},
    repositories::{corp, of_corp},
    samples::{host_key, ssh_key},
};

#[test]
fn s5_an_address_is_its_hosts_own_by_scheme_host_and_port() {
    let mut registry = corp();
    for good in [
        "url: 'https://git.corp/acme/web.git'",
        "url: 'https://git.corp/elsewhere', credential: token",
        "credential: userpassword",
        "url: 'ssh://git@ssh.git.corp:2222/acme/web.git', credential: sshkey",
        "url: 'ssh://other@SSH.git.corp:2222/acme/web', credential: sshkey",
    ] {
        registry.apply(&of_corp(good));
    }
    for (url, expected) in [
        (
            "https://evil.example/acme/web.git",
            "takes Git at https://git.corp",
        ),
        (
            "https://git.corp.evil.example/a",
            "takes Git at https://git.corp",
        ),
        (
            "https://git.corp:8443/acme/web.git",
            "it is at https://git.corp:8443",
        ),
        ("http://git.corp/acme/web.git", "it is at http://git.corp"),
        (
            "ssh://git@git.corp/acme/web.git",
            "takes Git at ssh://ssh.git.corp:2222",
        ),
        (
            "ssh://git@ssh.git.corp/acme/web.git",
            "write an address that begins with ssh://ssh.git.corp:2222/",
        ),
        (
            "ssh://git@ssh.git.corp:22/acme/web.git",
            "takes Git at ssh://ssh.git.corp:2222",
        ),
        ("https://git.corp", "it has no path"),
        ("https://git.corp/", "it has no path"),
        ("https://u@git.corp/a", "it holds a user or a password"),
        ("https://git.corp/a?b", "it has a query or a fragment"),
        (
            "git@git.corp:acme/web.git",
            "write it like https://git.example.org/acme/web.git or ssh://",
        ),
        ("git://git.corp/a", "it is not an address"),
        ("ext::sh -c id", "characters that addresses do not have"),
    ] {
        let said = registry.refusal(&of_corp(&format!("url: '{url}', credential: token")));
        assert!(said.contains(expected), "{url}: {said}");
    }
}

#[test]
fn ssh_is_at_port_22_of_the_hosts_pages_where_nothing_else_is_said() {
    let mut registry = corp();
    let host = format!(
        "{{provider: gitea, url: 'https://gitea.corp:3000', sshHostKeys: [{}]}}",
        host_key(7)
    );
    registry.apply(&document("Host", "gitea-corp", &host));
    let key = format!("{{host: gitea-corp, sshKey: {{value: {:?}}}}}", ssh_key());
    registry.apply(&document("Credential", "key", &key));
    let at = |url: &str| {
        let spec = format!("{{host: gitea-corp, fullName: a/b, url: '{url}', credential: key}}");
        document("Repository", "web", &spec)
    };
    registry.apply(&at("ssh://git@gitea.corp/a/b.git"));
    assert_eq!(registry.web().url, "ssh://git@gitea.corp/a/b.git");
    let said = registry.refusal(&at("ssh://git@gitea.corp:3000/a/b.git"));
    assert!(said.contains("takes Git at ssh://gitea.corp"), "{said}");
}

#[test]
fn s10_what_is_unprotected_or_here_needs_more_than_a_record() {
    let mut registry = Registry::new();
    registry.apply(&document(
        "Host",
        "plain",
        "{provider: gitea, url: 'http://git.corp'}",
    ));
    let plain = document("Repository", "web", "{host: plain, fullName: a/b}");
    let said = registry.refusal(&plain);
    assert!(said.contains("it is not https"), "{said}");

    for (name, url) in [
        ("v4", "http://127.0.0.2:3000"),
        ("v6", "http://[::1]:3000"),
        ("word", "https://localhost"),
    ] {
        registry.apply(&document(
            "Host",
            name,
            &format!("{{provider: gitea, url: '{url}'}}"),
        ));
        let here = document(
            "Repository",
            name,
            &format!("{{host: {name}, fullName: a/b}}"),
        );
        let warnings = registry.warnings(&here);
        assert!(
            warnings[0].contains("the setting local-repositories"),
            "{warnings:?}"
        );
        registry.apply(&here);
    }

    let file = repository("web", "fullName: acme/web, url: 'file:///srv/git/web.git'");
    let warnings = registry.warnings(&file);
    assert!(
        warnings[0].contains("the setting local-repositories"),
        "{warnings:?}"
    );
    registry.apply(&file);
    assert_eq!(registry.web().url, "file:///srv/git/web.git");
    registry.apply(&credential("bot", "token: {value: a}"));
    let said = registry.refusal(&file.replace("fullName:", "credential: bot, fullName:"));
    assert!(
        said.contains("a folder of this machine takes none"),
        "{said}"
    );
}

#[test]
fn s34_ssh_needs_a_host_key_that_somebody_vouches_for() {
    let mut registry = Registry::new();
    registry.apply(&credential(
        "key",
        &format!("sshKey: {{value: {:?}}}", ssh_key()),
    ));
    let web = repository(
        "web",
        "fullName: acme/web, url: 'ssh://git@github.com/acme/web.git', credential: key",
    );
    let said = registry.refusal(&web);
    for expected in [
        "the host github has no sshHostKeys",
        "is not trusted",
        "ssh-keyscan",
        "compare its fingerprints",
        "in spec.sshHostKeys of the Host github",
    ] {
        assert!(said.contains(expected), "{expected}: {said}");
    }
    let keys = document(
        "Host",
        "github",
        &format!("{{sshHostKeys: [{}]}}", host_key(1)),
    );
    let key = credential("key", &format!("sshKey: {{value: {:?}}}", ssh_key()));
    assert_eq!(
        registry.apply(&(web + &keys + &key)),
        ["configured", "configured", "created"]
    );
    let none = document("Host", "github", "{}") + &key;
    let said = registry.refusal(&none);
    assert!(
        said.starts_with("Repository default/web: spec.url: the host github has no sshHostKeys"),
        "{said}"
    );
}
