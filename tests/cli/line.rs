//! A line to the sandbox on which some answers are spoilt or lost.

#![allow(clippy::unwrap_used, reason = "tests")]

use std::future::IntoFuture as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::IntoResponse;
use reqwest::{Client, redirect};
use tokio::net::TcpListener;
use tokio::sync::mpsc::UnboundedSender;

use crate::support::Class;

/// What becomes of a request.
#[derive(Clone)]
pub(crate) enum Fate {
    /// It is answered.
    Answered,
    /// It never gets to the sandbox, and is answered with this status.
    Spoilt(u16),
    /// It gets to the sandbox, and its answer to nobody; that it happened is told.
    Lost(UnboundedSender<()>),
}

/// What becomes of requests, by method and path.
type Fates = Arc<dyn Fn(&Method, &str) -> Fate + Send + Sync>;

#[derive(Clone)]
struct Line {
    to: String,
    client: Client,
    fate: Fates,
}

async fn pass(
    State(line): State<Line>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> impl IntoResponse {
    let json = [(header::CONTENT_TYPE, "application/json")];
    let fate = (line.fate)(&method, uri.path());
    if let Fate::Spoilt(status) = fate {
        let body = format!("{{\"status\":{status},\"message\":\"spoilt\"}}");
        return (StatusCode::from_u16(status).unwrap(), json, Bytes::from(body));
    }
    let mut request = line.client.request(method, format!("{}{uri}", line.to)).body(body);
    for name in [header::AUTHORIZATION, header::CONTENT_TYPE] {
        request = request
            .headers(headers.get(&name).map(|value| (name.clone(), value.clone())).into_iter().collect());
    }
    let answer = request.send().await.unwrap();
    let (status, bytes) = (answer.status(), answer.bytes().await.unwrap());
    if let Fate::Lost(told) = fate {
        told.send(()).unwrap();
        std::future::pending::<()>().await;
    }
    (StatusCode::from_u16(status.as_u16()).unwrap(), json, bytes)
}

/// The address of a line to this class's sandbox.
pub(crate) async fn line(
    class: &Class,
    fate: impl Fn(&Method, &str) -> Fate + Send + Sync + 'static,
) -> String {
    let client = Client::builder().tls_certs_only([]).no_proxy().redirect(redirect::Policy::none()).build();
    let line = Line { to: class.running.url.clone(), client: client.unwrap(), fate: Arc::new(fate) };
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(axum::serve(listener, Router::new().fallback(pass).with_state(line)).into_future());
    url
}
