//! Who the caller is, what is left of its budget, and what the host is.

use serde_json::{Map, Value, json};

use super::{GitHub, json::of_account, not_found, problem};
use crate::{http::Answer, serve::Outcome, state::Caller};

impl GitHub<'_> {
    /// Without authentication, as an Enterprise Server has it.
    pub(super) fn meta(&self) -> Outcome {
        let meta = json!({
            "installed_version": self.state.version_text(),
            "verifiable_password_authentication": false,
            "hooks": ["127.0.0.0/8"],
        });
        Ok(Answer::json(200, &meta).into())
    }

    pub(super) fn user(&self) -> Outcome {
        match self.caller {
            Caller::User { login, .. } => {
                let account = self.state.account(login).ok_or_else(not_found)?;
                Ok(Answer::json(200, &of_account(self.state, account)).into())
            }
            Caller::Nobody => Err(problem(401, "Requires authentication")),
            _ => Err(problem(403, "Resource not accessible by integration")),
        }
    }

    pub(super) fn rate_limit(&self) -> Outcome {
        let told = self.state.peek_github(self.caller);
        let told: Map<String, Value> = told.into_iter().collect();
        let body = json!({"resources": {"core": told}, "rate": told});
        Ok(Answer::json(200, &body).into())
    }
}
