//! The socket: what comes in becomes a request, and faults of the wire happen here.

mod strange;

use std::{
    any::Any,
    io::Write,
    net::{Shutdown, TcpListener, TcpStream},
    os::fd::AsFd,
    sync::{Arc, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::{Extensions, Server, ServerHandle},
    web,
};

use crate::{
    Call, Fault,
    deliver::Deliverer,
    http::{Answer, Request},
    serve::{Shared, trouble},
};

/// No call of these APIs says more.
const LARGEST_BODY: usize = 1 << 20;

/// A socket on loopback, and the address to call it by.
pub(crate) fn bind() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let addr = listener.local_addr().expect("it is bound");
    (listener, format!("http://{addr}"))
}

/// Serves and delivers on a thread of its own, until the handle stops it: so a host ends whenever it is dropped, and
/// needs no runtime of those who use it.
pub(crate) fn start(
    listener: TcpListener,
    shared: Arc<Shared>,
    deliverer: Deliverer,
) -> ServerHandle {
    let (told, handle) = mpsc::sync_channel(1);
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let server = serve(listener, Arc::clone(&shared));
            told.send(server.handle()).expect("it is waited for");
            tokio::select! {
                // That it ended is seen by whoever calls it.
                _ = server => {}
                () = deliverer.run(shared) => {}
            }
        });
    });
    handle.recv().expect("the thread has started")
}

fn serve(listener: TcpListener, shared: Arc<Shared>) -> Server {
    let shared = web::Data::from(shared);
    let app = move || {
        App::new()
            .app_data(shared.clone())
            .default_service(web::to(receive))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .shutdown_timeout(0)
        .on_connect(remember);
    let server = server.listen(listener);
    server.expect("the socket can be listened on").run()
}

/// A second handle to a connection, to cut it with.
struct Wire(TcpStream);

fn remember(connection: &dyn Any, extensions: &mut Extensions) {
    let socket = connection.downcast_ref::<actix_web::rt::net::TcpStream>();
    let handle = socket.map(|socket| socket.as_fd().try_clone_to_owned());
    if let Some(Ok(handle)) = handle {
        extensions.insert(Wire(TcpStream::from(handle)));
    }
}

/// Says something on a connection past the server, which would have an answer be whole.
fn say(request: &HttpRequest, bytes: &[u8]) {
    let wire = request.conn_data::<Wire>();
    let wire = wire.expect("every connection has one");
    // Whoever called may have gone.
    let _ = (&wire.0).write_all(bytes);
}

/// Ends the connection; what is answered then reaches nobody.
fn cut(request: &HttpRequest) -> HttpResponse {
    let wire = request
        .conn_data::<Wire>()
        .expect("every connection has one");
    // It may have been ended from the other side.
    let _ = wire.0.shutdown(Shutdown::Both);
    HttpResponse::NoContent().finish()
}

async fn receive(
    wire: HttpRequest,
    payload: web::Payload,
    shared: web::Data<Shared>,
) -> HttpResponse {
    let mut request = read(&wire, shared.state().kind.api_base());
    let (place, fault) = arrive(&shared, &request);
    if fault == Some(Fault::CutBefore) {
        return cut(&wire);
    }
    match payload.to_bytes_limited(LARGEST_BODY).await {
        Ok(Ok(body)) => request.body = body.to_vec(),
        _ => {
            shared.state().journal.answered(place, 413);
            return HttpResponse::PayloadTooLarge().finish();
        }
    }
    let answer = match &fault {
        Some(fault) if !is_done(fault) => strange::instead(&shared, fault, &request),
        _ => shared.serve(place, &request).await,
    };
    if fault == Some(Fault::LostAnswer) {
        shared.changed();
        return cut(&wire);
    }
    shared.state().journal.answered(place, answer.status);
    shared.changed();
    match fault {
        Some(Fault::Slow(by)) => {
            tokio::time::sleep(by).await;
            whole(answer)
        }
        Some(Fault::HalfAnswer) => {
            say(&wire, &strange::half(&answer));
            cut(&wire)
        }
        Some(Fault::HugeBody) => strange::huge(answer),
        _ => whole(answer),
    }
}

/// Whether the call is served in spite of the fault.
fn is_done(fault: &Fault) -> bool {
    matches!(
        fault,
        Fault::Slow(_) | Fault::HalfAnswer | Fault::LostAnswer
    )
}

fn arrive(shared: &Shared, request: &Request) -> (usize, Option<Fault>) {
    let mut state = shared.state();
    let at = state.now();
    let place = state.journal.arrived(Call {
        method: request.method.clone(),
        path: request.path.clone(),
        query: request.query.clone(),
        status: None,
        user: None,
        at,
    });
    let fault = state.faults.next(&request.method, &request.path);
    drop(state);
    shared.changed();
    (place, fault)
}

fn read(wire: &HttpRequest, base: &str) -> Request {
    let path = wire.uri().path();
    let below = path
        .strip_prefix(base)
        .filter(|below| below.starts_with('/'));
    let segments = below.unwrap_or_default().split('/').skip(1);
    let decoded = segments.map(|segment| {
        percent_encoding::percent_decode_str(segment)
            .decode_utf8_lossy()
            .into_owned()
    });
    let headers = wire.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    Request {
        method: wire.method().as_str().to_owned(),
        path: below.unwrap_or(path).to_owned(),
        segments: decoded.collect(),
        query: wire.query_string().to_owned(),
        headers: headers.collect(),
        body: Vec::new(),
    }
}

fn whole(answer: Answer) -> HttpResponse {
    head(&answer).body(answer.body)
}

fn head(answer: &Answer) -> actix_web::HttpResponseBuilder {
    let status = actix_web::http::StatusCode::from_u16(answer.status);
    let mut head = HttpResponse::build(status.expect("hosts answer with statuses"));
    for (name, value) in &answer.headers {
        head.append_header((name.as_str(), value.as_str()));
    }
    head
}
