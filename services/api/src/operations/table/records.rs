//! What is declared.

use sluice_events::v1::AccessRole::{self, Admin, Editor};
use sluice_registry::Kind::{Credential, Endpoint, Host, Project, Repository};

use super::{Body, done, read, told};
use crate::{
    apply,
    operations::{
        Answer, Answering, Method, Operation, Scope,
        parameters::{
            AFTER, DRY_RUN, FORCE, HOST, LIMIT, NAME_PART, PROJECT, PRUNE, Parameter, SET, STATUS,
        },
    },
    records,
    serve::Asked,
};

/// Lists of what belongs to no project.
const OF_NONE: &[&Parameter] = &[&NAME_PART, &AFTER, &LIMIT];

/// Lists of what belongs to one.
const OF_ONE: &[&Parameter] = &[&PROJECT, &HOST, &NAME_PART, &AFTER, &LIMIT];

const OF_REPOSITORIES: &[&Parameter] = &[&PROJECT, &HOST, &STATUS, &NAME_PART, &AFTER, &LIMIT];

const ONE_PROJECT: &[&Parameter] = &[&PROJECT];

const REMOVED: &[Answer] = &[done(204, "It is gone.")];

/// Declares one; `schema` is its own.
const fn put(
    id: &'static str,
    path: &'static str,
    schema: &'static str,
    may: (AccessRole, Scope),
    answers: &'static [Answer],
    run: fn(Asked) -> Answering,
) -> Operation {
    Operation {
        id,
        about: "Declares one. A secret without a value keeps the one that it has.",
        method: Method::Put,
        path,
        role: may.0,
        scope: may.1,
        parameters: in_scope(may.1),
        body: Some(Body { schema, yaml: true }),
        answers,
        run,
    }
}

/// Removes one that nothing else needs.
const fn delete(
    id: &'static str,
    path: &'static str,
    may: (AccessRole, Scope),
    run: fn(Asked) -> Answering,
) -> Operation {
    Operation {
        id,
        about: "Removes one that nothing else needs.",
        method: Method::Delete,
        path,
        role: may.0,
        scope: may.1,
        parameters: in_scope(may.1),
        body: None,
        answers: REMOVED,
        run,
    }
}

const fn in_scope(scope: Scope) -> &'static [&'static Parameter] {
    match scope {
        Scope::Everybody | Scope::System => &[],
        _ => ONE_PROJECT,
    }
}

pub(super) static PART: &[Operation] = &[
    read(
        "listProjects",
        "The projects that the access token opens.",
        "/api/v1/projects",
        Scope::Everybody,
        OF_NONE,
        &[told(200, "A page.", "ProjectPage")],
        |asked| Box::pin(records::list(Project, asked)),
    ),
    read(
        "getProject",
        "One project.",
        "/api/v1/projects/{name}",
        Scope::Everybody,
        &[],
        &[told(200, "The project.", "Project")],
        |asked| Box::pin(records::show(Project, asked)),
    ),
    put(
        "putProject",
        "/api/v1/projects/{name}",
        "Project",
        (Admin, Scope::System),
        &[
            told(200, "It is as declared.", "Project"),
            told(201, "It was not there, and is.", "Project"),
        ],
        |asked| Box::pin(records::put(Project, asked)),
    ),
    delete(
        "deleteProject",
        "/api/v1/projects/{name}",
        (Admin, Scope::System),
        |asked| Box::pin(records::delete(Project, asked)),
    ),
    read(
        "listHosts",
        "Git hosts, the predefined ones among them.",
        "/api/v1/hosts",
        Scope::Everybody,
        OF_NONE,
        &[told(200, "A page.", "HostPage")],
        |asked| Box::pin(records::list(Host, asked)),
    ),
    read(
        "getHost",
        "One Git host.",
        "/api/v1/hosts/{name}",
        Scope::Everybody,
        &[],
        &[told(200, "The host.", "Host")],
        |asked| Box::pin(records::show(Host, asked)),
    ),
    put(
        "putHost",
        "/api/v1/hosts/{name}",
        "Host",
        (Admin, Scope::System),
        &[
            told(200, "It is as declared.", "Host"),
            told(201, "It was not there, and is.", "Host"),
        ],
        |asked| Box::pin(records::put(Host, asked)),
    ),
    delete(
        "deleteHost",
        "/api/v1/hosts/{name}",
        (Admin, Scope::System),
        |asked| Box::pin(records::delete(Host, asked)),
    ),
    read(
        "listCredentials",
        "Credentials, without their values.",
        "/api/v1/credentials",
        Scope::Projects,
        OF_ONE,
        &[told(200, "A page.", "CredentialPage")],
        |asked| Box::pin(records::list(Credential, asked)),
    ),
    read(
        "getCredential",
        "One credential, without its value.",
        "/api/v1/credentials/{name}",
        Scope::Project,
        &[&PROJECT],
        &[told(200, "The credential.", "Credential")],
        |asked| Box::pin(records::show(Credential, asked)),
    ),
    put(
        "putCredential",
        "/api/v1/credentials/{name}",
        "Credential",
        (Admin, Scope::Project),
        &[
            told(200, "It is as declared.", "Credential"),
            told(201, "It was not there, and is.", "Credential"),
        ],
        |asked| Box::pin(records::put(Credential, asked)),
    ),
    delete(
        "deleteCredential",
        "/api/v1/credentials/{name}",
        (Admin, Scope::Project),
        |asked| Box::pin(records::delete(Credential, asked)),
    ),
    read(
        "listRepositories",
        "Registered repositories: those of the projects that the access token opens, and those that others show to all.",
        "/api/v1/repositories",
        Scope::AllShown,
        OF_REPOSITORIES,
        &[told(200, "A page.", "RepositoryPage")],
        |asked| Box::pin(records::list(Repository, asked)),
    ),
    read(
        "getRepository",
        "One registered repository, and how it stands.",
        "/api/v1/repositories/{name}",
        Scope::Shown,
        &[&PROJECT],
        &[told(200, "The repository.", "Repository")],
        |asked| Box::pin(records::show(Repository, asked)),
    ),
    put(
        "putRepository",
        "/api/v1/repositories/{name}",
        "Repository",
        (Editor, Scope::Project),
        &[
            told(200, "It is as declared.", "Repository"),
            told(201, "It was not there, and is.", "Repository"),
        ],
        |asked| Box::pin(records::put(Repository, asked)),
    ),
    Operation {
        about: "Removes one: the connector removes its webhook first, and then itself.",
        parameters: &[&PROJECT, &FORCE],
        answers: &[told(202, "It is asked for.", "Operation")],
        ..delete(
            "deleteRepository",
            "/api/v1/repositories/{name}",
            (Editor, Scope::Project),
            |asked| Box::pin(records::delete(Repository, asked)),
        )
    },
    read(
        "listEndpoints",
        "Endpoints. Their ids and addresses are for editors.",
        "/api/v1/endpoints",
        Scope::Projects,
        OF_ONE,
        &[told(200, "A page.", "EndpointPage")],
        |asked| Box::pin(records::list(Endpoint, asked)),
    ),
    read(
        "getEndpoint",
        "One endpoint. Its id and address are for editors.",
        "/api/v1/endpoints/{name}",
        Scope::Project,
        &[&PROJECT],
        &[told(200, "The endpoint.", "Endpoint")],
        |asked| Box::pin(records::show(Endpoint, asked)),
    ),
    put(
        "putEndpoint",
        "/api/v1/endpoints/{name}",
        "Endpoint",
        (Editor, Scope::Project),
        &[
            told(200, "It is as declared.", "Endpoint"),
            told(201, "It was not there, and is.", "Endpoint"),
        ],
        |asked| Box::pin(records::put(Endpoint, asked)),
    ),
    delete(
        "deleteEndpoint",
        "/api/v1/endpoints/{name}",
        (Editor, Scope::Project),
        |asked| Box::pin(records::delete(Endpoint, asked)),
    ),
    Operation {
        id: "apply",
        about: "Declares all of it or nothing. Each object needs what it needs alone.",
        method: Method::Post,
        path: "/api/v1/apply",
        role: Editor,
        scope: Scope::Project,
        parameters: &[&PROJECT, &DRY_RUN, &SET, &PRUNE],
        body: Some(Body {
            schema: "Manifests",
            yaml: true,
        }),
        answers: &[told(200, "What became of each.", "Applied")],
        run: |asked| Box::pin(apply::apply(asked)),
    },
];
