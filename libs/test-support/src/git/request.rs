//! HTTP/1.1, as far as Git's clients speak it.

use std::io::{self, BufRead, Read, Write};

/// The head of a request.
pub(super) struct Request {
    pub(super) method: String,
    /// As in the request, without the query.
    pub(super) path: String,
    pub(super) query: String,
    /// Names in lower case.
    headers: Vec<(String, String)>,
}

impl Request {
    /// The next on a connection; none at its end.
    pub(super) fn read(reading: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut first = String::new();
        if reading.read_line(&mut first)? == 0 {
            return Ok(None);
        }
        let mut words = first.split_whitespace().map(str::to_owned);
        let (Some(method), Some(target)) = (words.next(), words.next()) else {
            return Err(io::ErrorKind::InvalidData.into());
        };
        let (path, query) = target.split_once('?').unwrap_or((&target, ""));
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reading.read_line(&mut line)?;
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        Ok(Some(Self {
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
        }))
    }

    /// The value of a header; empty if there is none.
    pub(super) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    }

    /// The name of the repository that it is for.
    pub(super) fn repository(&self) -> String {
        let end = [
            "/info/refs",
            "/git-upload-pack",
            "/git-receive-pack",
            "/HEAD",
            "/objects/",
        ]
        .iter()
        .filter_map(|end| self.path.find(end))
        .min();
        let path = self
            .path
            .get(..end.unwrap_or(self.path.len()))
            .unwrap_or_default();
        let path = path.trim_matches('/');
        path.strip_suffix(".git").unwrap_or(path).to_owned()
    }

    /// Its body, after telling a client that waits for it to go on.
    pub(super) fn body<R: BufRead>(
        &self,
        reading: R,
        mut writing: impl Write,
    ) -> io::Result<Body<R>> {
        if self.header("expect").eq_ignore_ascii_case("100-continue") {
            writing.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        let chunked = self
            .header("transfer-encoding")
            .eq_ignore_ascii_case("chunked");
        let left = self.header("content-length").parse().unwrap_or(0);
        Ok(Body {
            reading,
            chunked,
            left,
            over: !chunked && left == 0,
        })
    }
}

/// The bytes of a body, however they were sent.
pub(super) struct Body<R> {
    reading: R,
    chunked: bool,
    /// Of the body; or of the chunk.
    left: u64,
    /// Whether it was read to its end.
    pub(super) over: bool,
}

impl<R: BufRead> Read for Body<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.over || buffer.is_empty() {
            return Ok(0);
        }
        if self.chunked && self.left == 0 {
            self.left = self.next_chunk()?;
            if self.left == 0 {
                self.over = true;
                return Ok(0);
            }
        }
        let read = (&mut self.reading).take(self.left).read(buffer)?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        self.left -= read as u64;
        if self.left == 0 && self.chunked {
            self.reading.read_line(&mut String::new())?;
        } else if self.left == 0 {
            self.over = true;
        }
        Ok(read)
    }
}

impl<R: BufRead> Body<R> {
    fn next_chunk(&mut self) -> io::Result<u64> {
        let mut line = String::new();
        self.reading.read_line(&mut line)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = u64::from_str_radix(size, 16).map_err(|_| io::ErrorKind::InvalidData)?;
        if size == 0 {
            // The end of the trailer, which Git does not use.
            self.reading.read_line(&mut line)?;
        }
        Ok(size)
    }
}

/// Base64, for the one header that needs it.
pub(super) fn base64(text: &str) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::new();
    for part in text.as_bytes().chunks(3) {
        let bits = part
            .iter()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte))
            << (8 * (3 - part.len()));
        for digit in 0..4 {
            encoded.push(match digit > part.len() {
                true => '=',
                false => char::from(DIGITS[(bits >> (18 - 6 * digit)) as usize & 63]),
            });
        }
    }
    encoded
}
