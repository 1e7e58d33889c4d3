//! Whole readings, from arguments, environment and file to values or problems.

use std::fs;
use std::time::Duration;

use super::*;

static HOOKS_ADDR: Key = Key::new("hooks-addr", "where hooks are received").default(":8080");
static PUBLIC_URL: Key = Key::new("public-url", "what hosts call");
static BODY_LIMIT: Key = Key::new("body-limit", "largest body").default("25MiB");
static DRY_RUN: Key = Key::switch("dry-run", "changes nothing");
static API_TOKEN: Key = Key::secret("api-token", "who may call");
static PROXIES: Key = Key::new("proxies", "who may speak for clients");
static NATS_URL: Key = Key::new("nats-url", "where the bus is").also("NATS_URL");

static SERVICE: Service = Service {
    name: "sample",
    version: "1.2.3",
    about: "a service to test with",
    keys: &[
        &[&HOOKS_ADDR, &PUBLIC_URL, &BODY_LIMIT, &DRY_RUN],
        &[&API_TOKEN, &PROXIES, &NATS_URL],
    ],
    elsewhere: &["SLUICE_NATS_SERVER_BIN"],
};

fn invocation(arguments: &[&str], env: &[(&str, &str)]) -> Invocation {
    Invocation {
        arguments: arguments
            .iter()
            .map(|argument| (*argument).to_owned())
            .collect(),
        env: env
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
    }
}

fn settings(arguments: &[&str], env: &[(&str, &str)]) -> Settings {
    Settings::read(&SERVICE, &invocation(arguments, env))
}

fn problems(settings: Settings) -> Vec<String> {
    settings
        .finish(())
        .map_or_else(|problems| problems.lines().to_vec(), |()| Vec::new())
}

/// A file of settings, and the arguments that name it.
fn file(content: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sluice.toml");
    fs::write(&path, content).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn flags_go_before_environment_before_file_before_defaults() {
    let (_folder, path) = file("hooks_addr = ':3'\nbody-limit = '3B'\ndry-run = true\n");
    let read = |arguments: &[&str], env: &[(&str, &str)]| {
        let mut settings = settings(arguments, env);
        let values = (
            settings.addr(&HOOKS_ADDR).port(),
            settings.bytes(&BODY_LIMIT),
            settings.bool(&DRY_RUN),
        );
        settings.finish(values).unwrap()
    };
    assert_eq!(read(&[], &[]), (8080, 25 << 20, false));
    assert_eq!(read(&["--config", &path], &[]), (3, 3, true));
    let env = [
        ("SLUICE_CONFIG", path.as_str()),
        ("SLUICE_HOOKS_ADDR", ":2"),
        ("SLUICE_BODY_LIMIT", "2B"),
    ];
    assert_eq!(read(&[], &env), (2, 2, true));
    assert_eq!(
        read(&["--hooks-addr=:1", "--dry-run=false"], &env),
        (1, 2, false)
    );
    assert_eq!(
        read(&["--dry-run", "--body-limit", "1"], &[]),
        (8080, 1, true)
    );
}

#[test]
fn every_problem_is_listed_at_once() {
    let (_folder, path) = file("hook-addr = ':1'\nbody-limit = 1979-05-27\n[hooks]\naddr = ':1'\n");
    let mut settings = settings(
        &["--config", &path, "--body-limt", "1B", "stray", "--proxies"],
        &[
            ("SLUICE_HOOKS_ADDR", "foo"),
            ("SLUICE_PUBLIK_URL", "x"),
            ("SLUICE_TURBO", "on"),
        ],
    );
    settings.addr(&HOOKS_ADDR);
    settings.url(&PUBLIC_URL);
    let expected = [
        "--body-limt: is not a setting, did you mean `--body-limit`?".to_owned(),
        "stray: is not expected, settings are given as --name value".to_owned(),
        "--proxies: a value is missing".to_owned(),
        "SLUICE_PUBLIK_URL: is not a setting, did you mean `SLUICE_PUBLIC_URL`?".to_owned(),
        "SLUICE_TURBO: is not a setting".to_owned(),
        format!("{path}: body-limit: expected a text, a number, true or false, or a list of these"),
        format!("{path}: hook-addr: is not a setting, did you mean `hooks-addr`?"),
        format!("{path}: hooks: is not a setting"),
        "SLUICE_HOOKS_ADDR: `foo` is not an address, expected host:port".to_owned(),
        "SLUICE_PUBLIC_URL: is not set (what hosts call)".to_owned(),
    ];
    assert_eq!(problems(settings), expected);
}

#[test]
fn a_problem_names_the_layer_that_won() {
    let (_folder, path) = file("hooks_addr = 'file'\n");
    let env = [
        ("SLUICE_CONFIG", path.as_str()),
        ("SLUICE_HOOKS_ADDR", "env"),
    ];
    for (arguments, env, start) in [
        (
            &["--hooks-addr", "flag"][..],
            &env[..],
            "--hooks-addr: `flag`".to_owned(),
        ),
        (&[], &env, "SLUICE_HOOKS_ADDR: `env`".to_owned()),
        (&[], &env[..1], format!("{path}: hooks_addr: `file`")),
    ] {
        let mut settings = settings(arguments, env);
        settings.addr(&HOOKS_ADDR);
        assert!(problems(settings)[0].starts_with(&start));
    }
}

#[test]
fn a_file_that_is_missing_or_no_toml_is_a_problem_that_shows_no_line() {
    assert!(
        problems(settings(&["--config", "/nonexistent"], &[]))[0]
            .starts_with("--config: cannot read `/nonexistent`: ")
    );
    let (_folder, path) = file("dry-run = true\napi-token = \"hunter2\n");
    let problem = problems(settings(&[], &[("SLUICE_CONFIG", &path)])).remove(0);
    assert!(
        problem.starts_with(&format!("SLUICE_CONFIG: `{path}` is not TOML, line 2: ")),
        "{problem}"
    );
    assert!(!problem.contains("hunter2"), "{problem}");
}

#[test]
fn a_secret_comes_by_value_or_by_file_but_not_by_both() {
    let (_folder, path) = file("s3cret\n");
    let read = |arguments: &[&str], env: &[(&str, &str)]| {
        let mut settings = settings(arguments, env);
        let secret = settings.secret(&API_TOKEN);
        settings
            .finish(secret)
            .map(|secret| secret.expose().to_owned())
            .map_err(|problems| problems.lines().to_vec())
    };
    assert_eq!(
        read(&[], &[("SLUICE_API_TOKEN", "value")]).unwrap(),
        "value"
    );
    assert_eq!(
        read(&[], &[("SLUICE_API_TOKEN_FILE", &path)]).unwrap(),
        "s3cret"
    );
    assert_eq!(
        read(
            &["--api-token-file", &path],
            &[("SLUICE_API_TOKEN", "value")]
        )
        .unwrap(),
        "s3cret"
    );
    assert_eq!(
        read(
            &[],
            &[
                ("SLUICE_API_TOKEN", "value"),
                ("SLUICE_API_TOKEN_FILE", &path)
            ]
        )
        .unwrap_err(),
        ["SLUICE_API_TOKEN_FILE: SLUICE_API_TOKEN says it already, give one of them"]
    );
    assert_eq!(
        read(&["--api-token", "value"], &[("SLUICE_API_TOKEN", "value")]).unwrap_err(),
        ["--api-token: a secret is never an argument, use --api-token-file or SLUICE_API_TOKEN"]
    );
    assert_eq!(
        read(&[], &[]).unwrap_err(),
        ["SLUICE_API_TOKEN: is not set (who may call)"]
    );
    assert!(
        read(&["--api-token-file=/nonexistent"], &[]).unwrap_err()[0]
            .starts_with("--api-token-file: cannot read")
    );
}

#[test]
fn a_secret_in_the_file_of_settings_is_read_and_never_shown() {
    let (_folder, path) = file("api_token = 'hunter2'\n");
    let mut settings = settings(&["--config", &path], &[]);
    assert!(settings.secret(&API_TOKEN).matches(b"hunter2"));
    assert!(!format!("{settings:?}").contains("hunter2"));
}

#[test]
fn only_secrets_have_a_file_form() {
    let settings = settings(&[], &[("SLUICE_HOOKS_ADDR_FILE", "/x")]);
    assert_eq!(
        problems(settings),
        ["SLUICE_HOOKS_ADDR_FILE: is not a setting, did you mean `SLUICE_HOOKS_ADDR`?"]
    );
}

#[test]
fn a_list_has_commas_or_is_a_list() {
    let (_folder, path) = file("proxies = ['10.0.0.0/8', '::1,x']\n");
    assert!(settings(&[], &[]).list(&PROXIES).is_empty());
    assert_eq!(
        settings(&[], &[("SLUICE_PROXIES", "a, b")]).list(&PROXIES),
        ["a", "b"]
    );
    assert_eq!(
        settings(&["--config", &path], &[]).list(&PROXIES),
        ["10.0.0.0/8", "::1,x"]
    );
    let (_folder, path) = file("hooks-addr = [':1']\n");
    let mut settings = settings(&["--config", &path], &[]);
    settings.addr(&HOOKS_ADDR);
    assert_eq!(
        problems(settings),
        [format!("{path}: hooks-addr: expected one value")]
    );
}

#[test]
fn a_setting_said_twice_is_a_problem() {
    let (_folder, path) = file("hooks-addr = ':1'\nhooks_addr = ':2'\n");
    assert_eq!(
        problems(settings(&["--dry-run", "--dry-run"], &[])),
        ["--dry-run: is given twice"]
    );
    let twice = format!("{path}: hooks_addr: {path}: hooks-addr says it already, give one of them");
    assert_eq!(problems(settings(&["--config", &path], &[])), [twice]);
}

#[test]
fn what_may_be_left_out_is_none_and_empty_variables_are_left_out() {
    let mut settings = settings(&[], &[("SLUICE_PUBLIC_URL", ""), ("SLUICE_TURBO", "")]);
    assert_eq!(settings.optional(&PUBLIC_URL, Settings::url), None);
    assert_eq!(problems(settings), Vec::<String>::new());
}

#[test]
fn a_variable_that_others_use_is_read_after_ours() {
    let read = |env: &[(&str, &str)]| settings(&[], env).string(&NATS_URL);
    assert_eq!(read(&[("NATS_URL", "theirs")]), "theirs");
    assert_eq!(
        read(&[("NATS_URL", "theirs"), ("SLUICE_NATS_URL", "ours")]),
        "ours"
    );
}

#[test]
fn variables_of_kubernetes_and_of_other_programs_are_no_mistakes() {
    let env = [
        ("SLUICE_GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ("SLUICE_GATEWAY_SERVICE_PORT", "8080"),
        ("SLUICE_GATEWAY_SERVICE_PORT_HOOKS", "8080"),
        ("SLUICE_GATEWAY_PORT", "tcp://10.0.0.1:8080"),
        ("SLUICE_GATEWAY_PORT_8080_TCP_ADDR", "10.0.0.1"),
        ("SLUICE_NATS_SERVER_BIN", "/usr/bin/nats-server"),
        ("HOME", "/root"),
    ];
    assert_eq!(problems(settings(&[], &env)), Vec::<String>::new());
    assert_eq!(
        problems(settings(&[], &[("SLUICE_OTHER_PORT", "1")])),
        ["SLUICE_OTHER_PORT: is not a setting"]
    );
}

#[test]
fn a_service_may_give_a_setting_of_every_service_another_default() {
    static QUICK: Key = crate::shutdown::DRAIN_DELAY.default("0s");
    static ALL_IN_ONE: Service = Service {
        keys: &[&[&QUICK]],
        ..SERVICE
    };
    let none = invocation(&[], &[]);
    assert_eq!(
        Settings::read(&ALL_IN_ONE, &none).duration(&crate::shutdown::DRAIN_DELAY),
        Duration::ZERO
    );
    assert_eq!(
        Settings::read(&SERVICE, &none).duration(&crate::shutdown::DRAIN_DELAY),
        Duration::from_secs(5)
    );
}

#[test]
fn foreign_text_in_a_problem_is_escaped() {
    let mut settings = settings(&["--hooks-addr", "\x1b[31m\u{202e}"], &[]);
    settings.addr(&HOOKS_ADDR);
    assert_eq!(
        problems(settings),
        [r"--hooks-addr: `\u{1b}[31m\u{202e}` is not an address, expected host:port"]
    );
}

#[test]
fn the_help_has_every_setting_with_its_default() {
    let help = help(&SERVICE);
    for expected in [
        "sample: a service to test with",
        "--hooks-addr VALUE               SLUICE_HOOKS_ADDR\n        where hooks are received [:8080]",
        "--dry-run                        SLUICE_DRY_RUN\n        changes nothing\n",
        "--api-token-file FILE            SLUICE_API_TOKEN, SLUICE_API_TOKEN_FILE",
        "SLUICE_NATS_URL, NATS_URL",
        "--config FILE ",
        "--admin ",
    ] {
        assert!(help.contains(expected), "{expected:?} in\n{help}");
    }
}
