//! `git http-backend`, run for each request (CGI, RFC 3875).

use std::{
    io::{self, BufRead, BufReader, Write},
    net::TcpStream,
    path::Path,
    process::{Child, Stdio},
};

use super::{
    command::git,
    request::{Body, Request},
};

/// Lets Git answer; whether the connection goes on. `over` is dropped before the last that the client hears.
pub(super) fn answer<R: BufRead + Send>(
    connection: &TcpStream,
    request: &Request,
    body: &mut Body<R>,
    root: &Path,
    over: impl Send,
) -> io::Result<bool> {
    let mut process = start(request, root)?;
    let (Some(mut stdin), Some(stdout)) = (process.stdin.take(), process.stdout.take()) else {
        return Err(io::ErrorKind::BrokenPipe.into());
    };
    let answered = std::thread::scope(|scope| {
        scope.spawn(|| {
            // It may have heard enough before everything is said.
            let _ = io::copy(body, &mut stdin);
            drop(stdin);
        });
        pass_on(BufReader::new(stdout), connection, over)
    });
    if answered.is_err() {
        let _ = process.kill();
    }
    process.wait()?;
    answered?;
    Ok(body.over)
}

/// Answers by a status alone, and ends the connection.
pub(super) fn answer_alone(mut connection: &TcpStream, status: u16) -> io::Result<()> {
    let asks = if status == 401 {
        "WWW-Authenticate: Basic realm=\"git\"\r\n"
    } else {
        ""
    };
    write!(
        connection,
        "HTTP/1.1 {status} Refused\r\n{asks}Content-Length: 0\r\nConnection: close\r\n\r\n"
    )
}

fn start(request: &Request, root: &Path) -> io::Result<Child> {
    let mut command = git();
    command
        .arg("http-backend")
        .env("GIT_PROJECT_ROOT", root)
        .env("GIT_HTTP_EXPORT_ALL", "1")
        .env("GATEWAY_INTERFACE", "CGI/1.1")
        .env("REQUEST_METHOD", &request.method)
        .env("PATH_INFO", &request.path)
        .env("QUERY_STRING", &request.query)
        .env("CONTENT_TYPE", request.header("content-type"))
        .env("REMOTE_ADDR", "127.0.0.1")
        .env("REMOTE_USER", "pusher")
        // Repositories of another user, as when root runs the tests.
        .envs([("GIT_CONFIG_COUNT", "1"), ("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", "*")])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    for (variable, header) in [
        ("CONTENT_LENGTH", "content-length"),
        ("HTTP_CONTENT_ENCODING", "content-encoding"),
        ("HTTP_GIT_PROTOCOL", "git-protocol"),
        ("GIT_PROTOCOL", "git-protocol"),
    ] {
        let value = request.header(header);
        if !value.is_empty() {
            command.env(variable, value);
        }
    }
    command.spawn()
}

/// Makes an HTTP answer of what a CGI program says.
fn pass_on(mut said: impl BufRead, mut connection: &TcpStream, over: impl Send) -> io::Result<()> {
    let mut over = Some(over);
    let (mut status, mut head) = ("200 OK".to_owned(), String::new());
    loop {
        let mut line = String::new();
        if said.read_line(&mut line)? == 0 {
            return answer_alone(connection, 500);
        }
        match line.trim_end().split_once(':') {
            None => break,
            Some((name, value)) if name.eq_ignore_ascii_case("status") => {
                status = value.trim().to_owned()
            }
            Some((name, value)) => head += &format!("{name}:{value}\r\n"),
        }
    }
    write!(
        connection,
        "HTTP/1.1 {status}\r\n{head}Transfer-Encoding: chunked\r\n\r\n"
    )?;
    let mut part = vec![0; 64 << 10];
    loop {
        let read = said.read(&mut part)?;
        if read == 0 {
            over = None;
        }
        let mut chunk = format!("{read:x}\r\n").into_bytes();
        chunk.extend_from_slice(&part[..read]);
        chunk.extend_from_slice(b"\r\n");
        connection.write_all(&chunk)?;
        if over.is_none() {
            return Ok(());
        }
    }
}
