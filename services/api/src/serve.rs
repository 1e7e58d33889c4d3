//! The way of a request, the same for all: who asks, what, whether they may, and then the operation itself.

use actix_web::{
    HttpRequest, HttpResponse,
    web::{Data, Payload},
};
use sluice_declared::Author;

use crate::{
    Api, SERVICE,
    access::{self, Holder, Reach},
    body::{self, Sent},
    operations::Operation,
    parameters::Parameters,
    problem::Problem,
};

/// What is asked, by somebody who may.
pub(crate) struct Asked {
    pub(crate) api: Data<Api>,
    pub(crate) holder: Holder,
    /// Which projects it is about.
    pub(crate) reach: Reach,
    pub(crate) parameters: Parameters,
    pub(crate) request: HttpRequest,
    pub(crate) sent: Option<Sent>,
}

/// Answers a request to an operation of the table. A change that is refused is noted.
pub(crate) async fn serve(
    operation: &'static Operation,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let api = request.app_data::<Data<Api>>().cloned();
    let api = api.ok_or_else(|| Problem::unavailable("it is not set up"))?;
    let holder = access::authenticate(&request, &api.directory)?;
    let answer = answer(operation, &api, &holder, &request, payload).await;
    if let Err(refusal) = answer.as_ref()
        && operation.changes()
        && refusal.is_refusal()
    {
        let object = format!("{} {}", operation.method.word(), request.path());
        let noted = api.note_refusal(&holder, operation.id, &object, refusal);
        noted.await;
    }
    answer
}

async fn answer(
    operation: &'static Operation,
    api: &Data<Api>,
    holder: &Holder,
    request: &HttpRequest,
    payload: Payload,
) -> Result<HttpResponse, Problem> {
    let parameters = Parameters::read(request.query_string(), operation.parameters)?;
    let reach = access::authorize(operation, holder, &parameters, &api.directory)?;
    let (sent, _place) = match operation.body {
        None => (None, None),
        Some(body) => {
            let place = api.bodies.take(holder.name())?;
            let sent = body::read(body, request, payload).await?;
            (Some(sent), Some(place))
        }
    };
    let asked = Asked {
        api: api.clone(),
        holder: holder.clone(),
        reach,
        parameters,
        request: request.clone(),
        sent,
    };
    (operation.run)(asked).await
}

impl Api {
    /// Who changes something, on this occasion.
    pub(crate) fn author(&self, holder: &Holder) -> Result<Author, Problem> {
        let author = Author::new(SERVICE.name, holder.name());
        author.map_err(|_| Problem::unavailable("the system gives no random numbers"))
    }
}

impl Asked {
    /// A segment of the path.
    pub(crate) fn segment(&self, name: &str) -> &str {
        self.request.match_info().get(name).unwrap_or_default()
    }

    /// The body.
    pub(crate) fn sent(&self) -> Result<&Sent, Problem> {
        let sent = self.sent.as_ref();
        sent.ok_or_else(|| Problem::unavailable("its body was not read"))
    }
}
