//! A receiver of webhooks: it keeps what comes and answers as it is told.

use std::{
    net::TcpListener,
    sync::{Arc, Mutex},
};

use actix_web::{App, HttpRequest, HttpResponse, HttpServer, dev::ServerHandle, web};

/// A request that came.
#[derive(Debug, Clone)]
pub(crate) struct Heard {
    pub(crate) method: String,
    pub(crate) path: String,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Heard {
    /// Empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(header, _)| header == name);
        found.map_or("", |(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Default)]
struct Told {
    heard: Vec<Heard>,
    status: Option<u16>,
    location: Option<String>,
}

/// Listens until it is dropped. Below `/moved` it answers with the redirection that it was told, elsewhere with the status.
pub(crate) struct Receiver {
    url: String,
    told: Arc<Mutex<Told>>,
    server: ServerHandle,
}

impl Receiver {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let told = Arc::new(Mutex::new(Told::default()));
        let data = web::Data::new(Arc::clone(&told));
        let app = move || {
            App::new()
                .app_data(data.clone())
                .default_service(web::to(hear))
        };
        let server = HttpServer::new(app).workers(1).disable_signals();
        let server = server.shutdown_timeout(0).listen(listener).unwrap().run();
        let handle = server.handle();
        tokio::spawn(server);
        Self {
            url,
            told,
            server: handle,
        }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Where it answers with a redirection.
    pub(crate) fn moved(&self) -> String {
        format!("{}/moved", self.url)
    }

    /// From now on it answers with this status; 0 is no answer at all.
    pub(crate) fn answers(&self, status: u16) {
        self.told.lock().unwrap().status = Some(status);
    }

    /// From now on it answers below `/moved` with this status and `location`.
    pub(crate) fn redirects(&self, status: u16, location: &str) {
        let mut told = self.told.lock().unwrap();
        told.location = Some(location.to_owned());
        told.status = Some(status);
    }

    pub(crate) fn heard(&self) -> Vec<Heard> {
        self.told.lock().unwrap().heard.clone()
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        drop(self.server.stop(false));
    }
}

async fn hear(
    request: HttpRequest,
    body: web::Bytes,
    told: web::Data<Arc<Mutex<Told>>>,
) -> HttpResponse {
    let headers = request.headers().iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let heard = Heard {
        method: request.method().to_string(),
        path: request.path().to_owned(),
        headers: headers.collect(),
        body: body.to_vec(),
    };
    let (status, location) = {
        let mut told = told.lock().unwrap();
        told.heard.push(heard);
        (told.status.unwrap_or(200), told.location.clone())
    };
    let location = location.filter(|_| request.path() == "/moved");
    if status == 0 {
        std::future::pending::<()>().await;
    }
    let redirects = (300..400).contains(&status);
    let status = match redirects && location.is_none() {
        true => 200,
        false => status,
    };
    let mut answer = HttpResponse::build(status.try_into().unwrap());
    if let Some(location) = location {
        answer.append_header(("location", location));
    }
    answer.body("heard")
}
