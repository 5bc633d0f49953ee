//! A mail server that keeps what it is given.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Result;

/// A mail server on loopback, without TLS.
#[derive(Debug)]
pub struct Mailbox {
    address: SocketAddr,
    mails: Arc<Mutex<Vec<String>>>,
}

impl Mailbox {
    /// Starts one that answers the first so many mails with 451: come again.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn start(busy: u32) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let mails = Arc::new(Mutex::new(Vec::new()));
        let taken = mails.clone();
        std::thread::spawn(move || {
            let mut busy = busy;
            for stream in listener.incoming().flatten() {
                let refuse = busy > 0;
                busy = busy.saturating_sub(1);
                if let Ok(Some(mail)) = converse(stream, refuse) {
                    taken
                        .lock()
                        .unwrap_or_else(PoisonError::into_inner)
                        .push(mail);
                }
            }
        });
        Ok(Self { address, mails })
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The mails as they came, headers and all.
    pub fn mails(&self) -> Vec<String> {
        let mails = self.mails.lock();
        mails.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// RFC 5321, as much of it as one mail needs.
fn converse(mut stream: TcpStream, refuse: bool) -> Result<Option<String>> {
    let mut reader = BufReader::new(stream.try_clone()?);
    write!(stream, "220 mailbox ready\r\n")?;
    let mut mail = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 {
            return Ok(mail);
        }
        let word = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "DATA" if refuse => "451 busy, come again",
            "DATA" => {
                write!(stream, "354 go on\r\n")?;
                mail = Some(body(&mut reader)?);
                "250 taken"
            }
            "QUIT" => {
                write!(stream, "221 bye\r\n")?;
                return Ok(mail);
            }
            _ => "250 fine",
        };
        write!(stream, "{answer}\r\n")?;
    }
}

fn body(reader: &mut BufReader<TcpStream>) -> Result<String> {
    let mut mail = String::new();
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == ".\r\n" {
            return Ok(mail);
        }
        mail.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}
