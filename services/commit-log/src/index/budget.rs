//! What one question may cost: steps of SQLite's machine, counted by its progress handler.

use rusqlite::Connection;

use super::IndexError;

/// So many steps are counted at once.
const STRIDE: i32 = 1000;

/// Bounds what is asked on a connection from now on; `None`: there is no bound.
pub(super) fn set(connection: &mut Connection, steps: Option<u64>) -> Result<(), IndexError> {
    let Some(steps) = steps else {
        return lift(connection);
    };
    let mut left = steps / u64::from(STRIDE.unsigned_abs());
    let spend = move || match left.checked_sub(1) {
        Some(rest) => {
            left = rest;
            false
        }
        None => true,
    };
    connection.progress_handler(STRIDE, Some(spend))?;
    Ok(())
}

/// Lifts the bound.
pub(super) fn lift(connection: &mut Connection) -> Result<(), IndexError> {
    connection.progress_handler(0, None::<fn() -> bool>)?;
    Ok(())
}
