//! The body of an answer, as it comes.

use std::{
    io::{self, Read},
    time::Duration,
};

use reqwest::Response;
use sluice_git::problem;
use tokio::runtime::Runtime;

use crate::wire::broken;

/// Reads a body; a silence that is too long ends it.
pub(super) struct Body<'a> {
    runtime: &'a Runtime,
    response: Response,
    stall: Duration,
    part: Vec<u8>,
    read: usize,
}

impl<'a> Body<'a> {
    pub(super) fn new(runtime: &'a Runtime, response: Response, stall: Duration) -> Self {
        Self {
            runtime,
            response,
            stall,
            part: Vec::new(),
            read: 0,
        }
    }
}

impl Read for Body<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.read == self.part.len() {
            let next = async { tokio::time::timeout(self.stall, self.response.chunk()).await };
            self.part = match self.runtime.block_on(next) {
                Ok(Ok(Some(part))) => part.to_vec(),
                Ok(Ok(None)) => return Ok(0),
                Ok(Err(error)) => {
                    let why = super::answer::innermost(&error);
                    return Err(broken::io(problem!(
                        Network,
                        "the remote broke off amid its answer: {why}"
                    )));
                }
                Err(_) => {
                    let stall = self.stall;
                    return Err(broken::io(problem!(
                        Timeout,
                        "the remote said nothing for {stall:?}"
                    )));
                }
            };
            self.read = 0;
        }
        let rest = self.part.get(self.read..).unwrap_or_default();
        let taken = rest.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..taken), rest.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.read += taken;
        Ok(taken)
    }
}
