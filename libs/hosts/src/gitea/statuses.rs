//! What is said of commits at Gitea and Forgejo.

use super::GiteaApi;
use crate::{client::Session, status::combined::Combines};

impl Combines for GiteaApi {
    fn session(&self) -> &Session {
        &self.session
    }
}
