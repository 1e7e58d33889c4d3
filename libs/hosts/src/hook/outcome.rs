//! What is made of a hook's installation or removal that did not go as it should.

use super::{Hooks, Place};
use crate::{ApiError, Problem, error::problem};

/// Removes a hook that was made and does not do, because of this error.
pub(crate) async fn undo(hooks: &dyn Hooks, place: &Place, id: &str, error: ApiError) -> ApiError {
    match hooks.remove(place, id).await {
        Ok(()) => error.and("the hook was removed again").undone(),
        Err(kept) => error.and(&format!(
            "the hook {id} is there and could not be removed: {kept}"
        )),
    }
}

/// What a removal came to. Where the host does not find the hook, it may be gone or only hidden: whoever sees the
/// others would see it.
pub(crate) async fn removed(
    hooks: &dyn Hooks,
    place: &Place,
    id: &str,
    answer: Result<(), ApiError>,
) -> Result<(), ApiError> {
    match answer {
        Err(error) if error.problem == Problem::NotFound => {
            let there = hooks.list(place).await?;
            match there.iter().any(|hook| hook.id == id) {
                true => Err(error),
                false => Ok(()),
            }
        }
        answer => answer,
    }
}

/// That none of the secrets is of a kind that this kind of host knows.
pub(crate) fn no_secret(wanted: &str) -> ApiError {
    problem!(
        Refused,
        "a hook is installed with a secret alone, and none is of the kind {wanted}"
    )
}
