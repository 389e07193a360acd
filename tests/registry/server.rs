//! A small HTTP server that can be as bad as the world is.
#![allow(
    dead_code,
    reason = "each test binary uses its own part of this module"
)]

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// With its query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// The same as it came.
    pub bytes: Vec<u8>,
}

impl Request {
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or("")
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(one, _)| one == name);
        found.map(|(_, value)| value.as_str())
    }
}

pub enum Reply {
    Answer {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    },
    /// No answer at all.
    Silence,
    /// A good start, and then a byte now and then.
    Drip,
    /// Bytes without end, and no word of how many.
    Endless,
    /// The connection is closed.
    Nothing,
}

impl Reply {
    pub fn status(status: u16) -> Self {
        Self::Answer {
            status,
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub fn body(body: impl Into<Vec<u8>>) -> Self {
        Self::Answer {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        if let Self::Answer { headers, .. } = &mut self {
            headers.push((name.to_string(), value.into()));
        }
        self
    }
}

/// Serves until the test ends.
pub struct Server {
    /// `127.0.0.1:PORT`
    pub host: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// The handler also gets the server's own host.
    pub fn start(handler: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let host = listener.local_addr().expect("an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (handler, own, seen) = (Arc::new(handler), host.clone(), Arc::clone(&requests));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (handler, own, seen) = (Arc::clone(&handler), own.clone(), Arc::clone(&seen));
                std::thread::spawn(move || {
                    let mut stream = stream;
                    if let Some(request) = read(&mut stream) {
                        seen.lock().expect("requests").push(request.clone());
                        let reply = handler(&request, &own);
                        // The other side may have hung up, with good reason.
                        let _ = answer(&mut stream, reply);
                    }
                });
            }
        });
        Self { host, requests }
    }

    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("requests").clone()
    }
}

/// `None` for what is no HTTP, such as the start of TLS.
fn read(stream: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let end = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&part[..count]);
        if bytes[0] == 0x16 {
            return None;
        }
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_string(), words.next()?.to_string());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_lowercase(), value.to_string()))
        .collect();
    let of = |name: &str| headers.iter().find(|(one, _)| one == name);
    let length = of("content-length").and_then(|(_, value)| value.parse().ok());
    let mut more = bytes[end + 4..].to_vec();
    let mut rest = |more: &mut Vec<u8>| {
        let mut part = [0; 65536];
        let count = stream.read(&mut part).ok().filter(|count| *count > 0)?;
        more.extend_from_slice(&part[..count]);
        Some(())
    };
    if of("expect").is_some() {
        return None;
    }
    let bytes = match of("transfer-encoding") {
        Some(_) => loop {
            if let Some(whole) = unchunked(&more) {
                break whole;
            }
            rest(&mut more)?;
        },
        None => {
            while more.len() < length.unwrap_or(0) {
                rest(&mut more)?;
            }
            more
        }
    };
    let body = String::from_utf8_lossy(&bytes).into_owned();
    Some(Request {
        method,
        target,
        headers,
        body,
        bytes,
    })
}

/// The bytes of all chunks, once the last one is there.
fn unchunked(mut bytes: &[u8]) -> Option<Vec<u8>> {
    let mut whole = Vec::new();
    loop {
        let end = bytes.windows(2).position(|window| window == b"\r\n")?;
        let size = std::str::from_utf8(&bytes[..end]).ok()?;
        let size = usize::from_str_radix(size.split(';').next()?.trim(), 16).ok()?;
        let chunk = bytes.get(end + 2..end + 2 + size)?;
        bytes = bytes.get(end + 4 + size..)?;
        if size == 0 {
            return Some(whole);
        }
        whole.extend_from_slice(chunk);
    }
}

fn answer(stream: &mut TcpStream, reply: Reply) -> std::io::Result<()> {
    match reply {
        Reply::Nothing => Ok(()),
        Reply::Silence => {
            std::thread::sleep(Duration::from_secs(60));
            Ok(())
        }
        Reply::Drip => {
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
            loop {
                stream.write_all(b" ")?;
                std::thread::sleep(Duration::from_millis(200));
            }
        }
        Reply::Endless => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
            loop {
                stream.write_all(&[b' '; 65536])?;
            }
        }
        Reply::Answer {
            status,
            headers,
            body,
        } => {
            let has_length = headers.iter().any(|(name, _)| name == "content-length");
            let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\n");
            for (name, value) in &headers {
                head.push_str(&format!("{name}: {value}\r\n"));
            }
            if !has_length {
                head.push_str(&format!("content-length: {}\r\n", body.len()));
            }
            stream.write_all(format!("{head}\r\n").as_bytes())?;
            stream.write_all(&body)
        }
    }
}
