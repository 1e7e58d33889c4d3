//! What is said of commits at GitHub.

use super::GitHubApi;
use crate::{client::Session, status::combined::Combines};

impl Combines for GitHubApi {
    fn session(&self) -> &Session {
        &self.session
    }
}
