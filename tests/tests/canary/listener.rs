//! A server that says to each request whatever a function says, and then hangs up.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::Arc,
    time::Duration,
};

/// Whoever says nothing for so long has nothing to say.
const PATIENCE: Duration = Duration::from_secs(10);

/// A request as it came.
pub(crate) struct Request {
    /// The first line and the headers.
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

/// Listens, until the test ends.
pub(crate) fn listen(answer: impl Fn(&Request) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            // Whoever called may leave at any time.
            std::thread::spawn(move || serve(connection, |request| answer(request)));
        }
    });
    address
}

fn serve(mut connection: TcpStream, answer: impl Fn(&Request) -> Vec<u8>) -> std::io::Result<()> {
    connection.set_read_timeout(Some(PATIENCE))?;
    let mut reading = BufReader::new(connection.try_clone()?);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reading.read_line(&mut head)? == 0 {
            return Ok(());
        }
    }
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.and_then(|(_, value)| value.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reading.read_exact(&mut body)?;
    connection.write_all(&answer(&Request { head, body }))
}
