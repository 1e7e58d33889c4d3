//! The body of an answer, as much of it as is taken.

use bytes::{Bytes, BytesMut};
use reqwest::Response;

use super::failure::{self, Failure};
use crate::error::problem;

/// Reads it to its end, or refuses it.
pub(super) async fn read(mut response: Response, longest: usize) -> Result<Bytes, Failure> {
    let too_long = || Failure {
        error: problem!(Answer, "the answer is longer than {longest} bytes"),
        sent: true,
    };
    let announced = response.content_length().unwrap_or(0);
    if usize::try_from(announced).map_or(true, |announced| announced > longest) {
        return Err(too_long());
    }
    let mut body = BytesMut::new();
    loop {
        let chunk = response.chunk().await;
        let chunk = chunk.map_err(|error| Failure {
            sent: true,
            ..failure::of(&error)
        })?;
        match chunk {
            Some(chunk) if body.len() + chunk.len() > longest => return Err(too_long()),
            Some(chunk) => body.extend_from_slice(&chunk),
            None => return Ok(body.freeze()),
        }
    }
}
