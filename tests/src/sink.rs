//! A receiver of notifications that writes down what arrives and answers as a test says: well, badly, late, or not at
//! all.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, Result};

/// What arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// `POST`, `GET`, …
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// Headers with names in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body as text.
    pub body: String,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// What it was answered; nothing when it was not.
    pub answered: Option<u16>,
}

/// How a request is answered.
#[derive(Debug, Clone)]
pub enum SinkReply {
    /// With a status and a body.
    Status(u16, &'static str),
    /// With 200 and JSON that a test makes.
    Json(String),
    /// With 429, and after how many seconds to come again.
    RetryAfter(u32),
    /// With 200, but late.
    Late(Duration),
    /// Not at all: the connection is closed.
    Nothing,
}

type Shared = Arc<Mutex<Vec<Received>>>;

/// A receiver.
#[derive(Debug)]
pub struct Sink {
    address: SocketAddr,
    received: Shared,
}

impl Sink {
    /// Starts one that answers by this function.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start(reply: impl FnMut(&Received) -> SinkReply + Send + 'static) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let received = Shared::default();
        let reply = Arc::new(Mutex::new(reply));
        let taken = received.clone();
        // It ends with the process; nobody asks it after its test.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (reply, taken) = (reply.clone(), taken.clone());
                std::thread::spawn(move || serve(stream, &reply, &taken).ok());
            }
        });
        Ok(Self { address, received })
    }

    /// `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Everything that has arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        lock(&self.received).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Answers the requests of one connection, one after the other.
fn serve(
    mut stream: TcpStream,
    reply: &Mutex<impl FnMut(&Received) -> SinkReply>,
    received: &Mutex<Vec<Received>>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream.try_clone()?);
    while let Some(mut request) = read(&mut reader)? {
        let answer = lock(reply)(&request);
        // It is written down before it is answered, so that the list is in the order in which things arrived.
        request.answered = match &answer {
            SinkReply::Status(status, _) => Some(*status),
            SinkReply::RetryAfter(_) => Some(429),
            SinkReply::Late(_) | SinkReply::Json(_) => Some(200),
            SinkReply::Nothing => None,
        };
        lock(received).push(request);
        let (status, header, body) = match answer {
            SinkReply::Status(status, body) => (Some(status), String::new(), body.to_owned()),
            SinkReply::Json(body) => (Some(200), String::new(), body),
            SinkReply::RetryAfter(seconds) => (
                Some(429),
                format!("Retry-After: {seconds}\r\n"),
                "slow down".to_owned(),
            ),
            SinkReply::Late(wait) => {
                std::thread::sleep(wait);
                (Some(200), String::new(), String::new())
            }
            SinkReply::Nothing => (None, String::new(), String::new()),
        };
        let Some(status) = status else {
            return Ok(());
        };
        write!(
            stream,
            "HTTP/1.1 {status} Told\r\n{header}Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )?;
    }
    Ok(())
}

fn read(reader: &mut BufReader<TcpStream>) -> Result<Option<Received>> {
    let mut first = String::new();
    if reader.read_line(&mut first)? == 0 {
        return Ok(None);
    }
    let mut words = first.split_whitespace().map(str::to_owned);
    let (method, path) = (words.next(), words.next());
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length");
    let length = length.map_or(Ok(0), |text| text.parse::<usize>())?;
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    Ok(Some(Received {
        method: method.context("no method")?,
        path: path.context("no path")?,
        headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        bytes: body,
        answered: None,
    }))
}
