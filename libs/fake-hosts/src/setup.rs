//! What a test says before it begins.

use jiff::Timestamp;

use crate::{
    FakeHost, Role, Visibility,
    state::{Repository, Token},
};

/// A repository to be.
pub struct RepositoryBuilder<'h> {
    host: &'h FakeHost,
    owner: String,
    repository: Repository,
}

impl<'h> RepositoryBuilder<'h> {
    pub(crate) fn new(host: &'h FakeHost, full_name: &str) -> Self {
        let (owner, name) = full_name
            .rsplit_once('/')
            .unwrap_or_else(|| panic!("{full_name}: not owner/name"));
        let repository = Repository {
            id: 0,
            owner: 0,
            name: name.to_owned(),
            visibility: Visibility::Public,
            archived: false,
            default_branch: "main".to_owned(),
            refs: Default::default(),
            last_push: None,
            created_at: host.now(),
        };
        Self {
            host,
            owner: owner.to_owned(),
            repository,
        }
    }

    /// With this branch, which nobody was told about. Without any it is empty.
    #[must_use]
    pub fn branch(self, name: &str, sha: &str) -> Self {
        self.reference(&format!("refs/heads/{name}"), sha)
    }

    /// With this tag.
    #[must_use]
    pub fn tag(self, name: &str, sha: &str) -> Self {
        self.reference(&format!("refs/tags/{name}"), sha)
    }

    fn reference(mut self, name: &str, sha: &str) -> Self {
        self.repository.refs.insert(name.to_owned(), sha.to_owned());
        self
    }

    /// With another default branch than `main`.
    #[must_use]
    pub fn default_branch(mut self, name: &str) -> Self {
        self.repository.default_branch = name.to_owned();
        self
    }

    /// Seen by those alone who have a role.
    #[must_use]
    pub fn private(mut self) -> Self {
        self.repository.visibility = Visibility::Private;
        self
    }

    /// Seen by everybody who is signed in.
    #[must_use]
    pub fn internal(mut self) -> Self {
        self.repository.visibility = Visibility::Internal;
        self
    }

    /// Creates it; its id.
    pub fn create(mut self) -> u64 {
        let mut state = self.host.state();
        self.repository.owner = state.owner(&self.owner);
        state.add_repository(self.repository)
    }
}

/// A token, changed by each word at once.
pub struct TokenBuilder<'h> {
    host: &'h FakeHost,
    id: u64,
}

impl<'h> TokenBuilder<'h> {
    pub(crate) fn new(host: &'h FakeHost, value: &str) -> Self {
        let id = host.state().add_token(value);
        Self { host, id }
    }

    /// It is this user's, who is made as needed.
    pub fn user(self, login: &str) -> Self {
        self.host.state().user(login);
        self.change(|token| token.user = login.to_owned())
    }

    /// It bears these scopes and no others. GitHub's fine-grained tokens, whose values begin with `github_pat_`, have
    /// permissions instead: `repository_hooks:write`, `metadata:read`.
    pub fn scopes<const N: usize>(self, scopes: [&str; N]) -> Self {
        let scopes = scopes.map(str::to_owned).to_vec();
        self.change(|token| token.scopes = Some(scopes))
    }

    /// Its user has this role in a repository or an owner, which must be there. The nearest one counts.
    pub fn role(self, name: &str, role: Role) -> Self {
        let mut state = self.host.state();
        let target = state.target(name);
        let target = target.unwrap_or_else(|| panic!("{name}: no such repository or owner"));
        let user = state.token(self.id).map(|token| token.user.clone());
        state.set_role(&user.unwrap_or_default(), target, role);
        drop(state);
        self
    }

    /// From this time on it is worth nothing.
    pub fn expires(self, at: Timestamp) -> Self {
        self.change(|token| token.expires_at = Some(at))
    }

    /// Somebody took it back.
    pub fn revoked(self) -> Self {
        self.change(|token| token.revoked = true)
    }

    fn change(self, change: impl FnOnce(&mut Token)) -> Self {
        if let Some(token) = self.host.state().token_mut(self.id) {
            change(token);
        }
        self
    }
}
