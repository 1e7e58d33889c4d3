//! Tokens, and whom the host takes a caller for.

use jiff::Timestamp;

use super::State;
use crate::secret::Secret;

/// A token of a user, or of an installation of an App.
pub(crate) struct Token {
    pub(crate) id: u64,
    pub(crate) value: Secret,
    pub(crate) name: String,
    pub(crate) user: String,
    /// `None`: whatever there is.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked: bool,
    /// The first token of its line, of which rotation made this one.
    pub(crate) family: u64,
    pub(crate) created_at: Timestamp,
    /// Of an installation of an App: what it reaches.
    pub(crate) reach: Option<Reach>,
}

/// What a token of an installation reaches.
#[derive(Clone)]
pub(crate) struct Reach {
    pub(crate) installation: u64,
    /// `None`: whatever its installation has.
    pub(crate) repositories: Option<Vec<u64>>,
    /// Names with `read` or `write`.
    pub(crate) permissions: Vec<(String, String)>,
}

impl Token {
    /// Whether it bears this scope, or bears all.
    pub(crate) fn has(&self, scope: &str) -> bool {
        let scopes = self.scopes.as_ref();
        scopes.is_none_or(|scopes| scopes.iter().any(|known| known == scope))
    }
}

/// Whom the host takes a caller for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    Nobody,
    /// By a token, or by a password where there is none.
    User {
        login: String,
        token: Option<u64>,
    },
    App {
        id: u64,
    },
    Installation {
        id: u64,
        token: u64,
    },
}

impl Caller {
    pub(crate) fn login(&self) -> Option<&str> {
        match self {
            Self::User { login, .. } => Some(login),
            _ => None,
        }
    }

    /// For the journal.
    pub(crate) fn name(&self) -> Option<String> {
        match self {
            Self::Nobody => None,
            Self::User { login, .. } => Some(login.clone()),
            Self::App { id } => Some(format!("app/{id}")),
            Self::Installation { id, .. } => Some(format!("installation/{id}")),
        }
    }

    pub(crate) fn token(&self) -> Option<u64> {
        match self {
            Self::User { token, .. } => *token,
            Self::Installation { token, .. } => Some(*token),
            _ => None,
        }
    }
}

impl State {
    pub(crate) fn token(&self, id: u64) -> Option<&Token> {
        self.tokens.iter().find(|token| token.id == id)
    }

    pub(crate) fn token_valued(&self, value: &str) -> Option<&Token> {
        self.tokens.iter().find(|token| token.value == *value)
    }

    /// The token that a caller came with.
    pub(crate) fn token_of(&self, caller: &Caller) -> Option<&Token> {
        self.token(caller.token()?)
    }

    /// Whether its last moment has passed.
    pub(crate) fn expired(&self, token: &Token) -> bool {
        let now = self.now();
        token.expires_at.is_some_and(|until| until <= now)
    }

    /// Adds a token, or finds the one of this value.
    pub(crate) fn add_token(&mut self, value: &str) -> u64 {
        if let Some(token) = self.token_valued(value) {
            return token.id;
        }
        let (id, created_at) = (self.id(), self.now());
        let user = format!("token-{id}-bot");
        self.user(&user);
        self.tokens.push(Token {
            id,
            value: Secret::new(value),
            name: format!("token {id}"),
            user,
            scopes: None,
            expires_at: None,
            revoked: false,
            family: id,
            created_at,
            reach: None,
        });
        id
    }

    pub(crate) fn token_mut(&mut self, id: u64) -> Option<&mut Token> {
        self.tokens.iter_mut().find(|token| token.id == id)
    }

    /// The user of a login and a password.
    pub(crate) fn by_password(&self, login: &str, password: &str) -> Option<Caller> {
        let account = self.account(login)?;
        let right = account.password.as_ref()? == password;
        right.then(|| Caller::User {
            login: account.path.clone(),
            token: None,
        })
    }
}
