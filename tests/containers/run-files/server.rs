//! A web server in one static program.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let port = std::env::args().nth(1).unwrap_or("8000".to_string());
    let listener = TcpListener::bind(format!("0.0.0.0:{port}"))?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        let _ = stream.read(&mut [0; 4096])?;
        stream.write_all(b"HTTP/1.0 200 OK\r\ncontent-length: 5\r\n\r\nhello")?;
    }
    Ok(())
}
