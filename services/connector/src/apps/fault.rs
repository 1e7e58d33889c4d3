//! Why an App could not do something: mostly somebody has to do something at the host, which does not tell us when.

use sluice_events::v1;
use sluice_hosts::{ApiError, Problem};

use crate::fault::{Again, Fault};

/// In the host's words, and with what to do about it. It is tried again in any case.
pub(crate) fn of_app(error: ApiError, record: &v1::Credential, host: &v1::Host) -> Fault {
    let remedy = remedy(error.problem, record, host);
    match Fault::from(error) {
        Fault::Host { mut problem, again } => {
            if let Some(remedy) = remedy {
                problem.remedy = remedy;
            }
            let again = match again {
                Again::Usual | Again::Changed => Again::Later(None),
                later => later,
            };
            Fault::Host { problem, again }
        }
        fault => fault,
    }
}

fn remedy(problem: Problem, record: &v1::Credential, host: &v1::Host) -> Option<String> {
    let name = &record.name;
    let url = &host.url;
    let what = match problem {
        Problem::NotFound => format!(
            "see at {url} that the App of the credential `{name}` is installed for the repository's owner, and for this repository"
        ),
        Problem::Forbidden => format!(
            "see at {url} that the installation of the App of the credential `{name}` is not suspended, and may read contents and metadata"
        ),
        Problem::Refused => format!(
            "see at {url} that the App of the credential `{name}` is installed for the repository, and that its owner has agreed to the permissions that it asks for"
        ),
        Problem::Unauthorized => {
            format!("give the credential `{name}` a private key that the App has at {url}")
        }
        _ => return None,
    };
    Some(format!("{what}; it is tried again"))
}
