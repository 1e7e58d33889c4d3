//! How the process was called: the only place that looks.

use super::Env;

/// The arguments and the environment of one start of a binary.
#[derive(Clone, Default)]
pub struct Invocation {
    /// The arguments, without the name of the program.
    pub arguments: Vec<String>,
    /// The environment.
    pub env: Env,
}

impl Invocation {
    /// How this process was called.
    ///
    /// What is not Unicode is kept with replacement characters, so that it is refused with its
    /// name rather than overlooked.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that reads them"
    )]
    pub fn of_process() -> Self {
        let text = |text: std::ffi::OsString| text.to_string_lossy().into_owned();
        Self {
            arguments: std::env::args_os().skip(1).map(text).collect(),
            env: std::env::vars_os()
                .map(|(name, value)| (text(name), text(value)))
                .collect(),
        }
    }

    /// Whether the arguments have this flag.
    pub(crate) fn asks(&self, flags: &[&str]) -> bool {
        self.arguments
            .iter()
            .any(|argument| flags.contains(&argument.as_str()))
    }
}
