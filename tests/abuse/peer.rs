//! A client that sends what it is told, byte for byte, and looks at what comes back the same way.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpStream};
use std::time::Duration;

use rustls::ClientConnection;
use socket2::{Domain, SockRef, Socket, Type};

use crate::server::Place;
use crate::tls;

/// What a read or write waits for at most; far beyond every limit of the server.
const LIMIT: Duration = Duration::from_secs(20);

pub(crate) struct Peer {
    pub(crate) stream: TcpStream,
    is_tls: bool,
    /// Begins with the first bytes that are sent: who is silent does not shake hands either.
    session: Option<Box<ClientConnection>>,
    /// Read and not yet taken.
    rest: Vec<u8>,
    was_reset: bool,
    /// Whether the server has said that nothing follows, which in TLS is more than that nothing comes.
    was_ended: bool,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) version: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl Peer {
    pub(crate) fn connect(place: impl Into<Place>) -> Self {
        let place = place.into();
        Self::of(TcpStream::connect(place.at).expect("the server accepts"), place)
    }

    /// One whose system takes in little: a few kilobytes, then the server's writes stand still.
    pub(crate) fn with_small_window(place: impl Into<Place>) -> Self {
        let place = place.into();
        let socket = Socket::new(Domain::for_address(place.at), Type::STREAM, None).unwrap();
        socket.set_recv_buffer_size(4 << 10).unwrap();
        socket.connect(&place.at.into()).expect("the server accepts");
        Self::of(socket.into(), place)
    }

    /// One that comes from another address of this machine.
    pub(crate) fn connect_from(from: Ipv4Addr, place: Place) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from((from, 0)).into()).unwrap();
        socket.connect(&place.at.into()).expect("the server accepts");
        Self::of(socket.into(), place)
    }

    /// One that shakes hands with a session of its own.
    pub(crate) fn with_session(place: Place, session: Box<ClientConnection>) -> Self {
        Self { session: Some(session), ..Self::connect(place) }
    }

    fn of(stream: TcpStream, place: Place) -> Self {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
        stream.set_nodelay(true).unwrap();
        let (is_tls, session) = (place.is_tls, None);
        Self { stream, is_tls, session, rest: Vec::new(), was_reset: false, was_ended: false }
    }

    /// Shakes hands, unless that was done or nobody does here.
    pub(crate) fn shake_hands(&mut self) -> io::Result<()> {
        if !self.is_tls {
            return Ok(());
        }
        let session = self.session.get_or_insert_with(tls::session);
        while session.is_handshaking() {
            session.complete_io(&mut self.stream)?;
        }
        Ok(())
    }

    /// Writes all of it, in TLS if that is spoken.
    fn write_all(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        self.shake_hands()?;
        let Some(session) = &mut self.session else { return self.stream.write_all(bytes) };
        loop {
            while session.wants_write() {
                session.write_tls(&mut self.stream)?;
            }
            if bytes.is_empty() {
                return Ok(());
            }
            bytes = &bytes[session.writer().write(bytes)?..];
        }
    }

    /// Sends what `make` puts into the session; false once the server takes no more, or has said that it does not.
    pub(crate) fn sends(&mut self, make: impl FnOnce(&mut ClientConnection)) -> bool {
        let session = self.session.as_mut().expect("hands were shaken");
        make(session);
        self.write_all(&[]).is_ok() && self.stream.take_error().is_ok_and(|error| error.is_none())
    }

    /// Reads some, out of TLS if that is spoken.
    fn read(&mut self, space: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(session) = &mut self.session else { return self.stream.read(space) };
            match session.reader().read(space) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                outcome => {
                    self.was_ended |= matches!(outcome, Ok(0));
                    return outcome;
                }
            }
            session.read_tls(&mut self.stream)?;
            session.process_new_packets().map_err(|error| io::Error::new(ErrorKind::InvalidData, error))?;
            // What is left of a handshake, and what waits for its end. Who takes no more may have answered.
            while session.wants_write() && session.write_tls(&mut self.stream).is_ok() {}
        }
    }

    /// Sends as much as the server takes; false once it takes no more.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.write_all(bytes.as_ref()).is_ok()
    }

    /// Sends before the server has accepted: where hands are shaken, the request follows when the answer is waited for.
    pub(crate) fn send_ahead(&mut self, bytes: &str) -> bool {
        if !self.is_tls {
            return self.send(bytes);
        }
        let session = self.session.insert(tls::session());
        session.writer().write_all(bytes.as_bytes()).is_ok() && session.write_tls(&mut self.stream).is_ok()
    }

    /// Sends what the system takes at once; false if it took nothing.
    pub(crate) fn send_some(&mut self, bytes: &[u8]) -> bool {
        if self.shake_hands().is_err() {
            return false;
        }
        self.stream.set_nonblocking(true).unwrap();
        let sent = match &mut self.session {
            None => self.stream.write(bytes).is_ok_and(|count| count > 0),
            Some(session) => {
                // A record is sent whole, however much of it the system takes.
                let mut flush = |session: &mut ClientConnection| {
                    while session.wants_write() && session.write_tls(&mut self.stream).is_ok() {}
                    !session.wants_write()
                };
                let is_taken = flush(session) && session.writer().write(bytes).is_ok();
                flush(session);
                is_taken
            }
        };
        self.stream.set_nonblocking(false).unwrap();
        sent
    }

    /// Says that no more will be sent.
    pub(crate) fn finish(&mut self) {
        if let Some(session) = &mut self.session {
            session.send_close_notify();
            while session.wants_write() && session.write_tls(&mut self.stream).is_ok() {}
        }
        let _ = self.stream.shutdown(Shutdown::Write);
    }

    /// Closes with a reset.
    pub(crate) fn reset(self) {
        SockRef::from(&self.stream).set_linger(Some(Duration::ZERO)).unwrap();
    }

    /// Reads on; false once the server has closed the connection.
    fn read_more(&mut self) -> bool {
        let mut buffer = [0; 16 << 10];
        match self.read(&mut buffer) {
            Ok(0) => false,
            Ok(count) => {
                self.rest.extend_from_slice(&buffer[..count]);
                true
            }
            Err(error) if error.kind() == ErrorKind::ConnectionReset => false,
            Err(error) => panic!("neither an answer nor an end: {error}"),
        }
    }

    /// The first byte of an answer is there.
    pub(crate) fn is_being_answered(&mut self) -> bool {
        !self.rest.is_empty() || self.read_more()
    }

    /// The next answer; none if the server closes before.
    pub(crate) fn answer(&mut self) -> Option<Answer> {
        self.answer_to("GET")
    }

    /// The same for a method: an answer to HEAD has no body.
    pub(crate) fn answer_to(&mut self, method: &str) -> Option<Answer> {
        let mut answer = self.head()?;
        let length = if method == "HEAD" { 0 } else { answer.length() };
        while self.rest.len() < length {
            assert!(self.read_more(), "closed after {} of {length} bytes", self.rest.len());
        }
        answer.body = self.rest.drain(..length).collect();
        Some(answer)
    }

    /// The head of the next answer.
    fn head(&mut self) -> Option<Answer> {
        let end = loop {
            if let Some(end) = self.rest.windows(4).position(|bytes| bytes == b"\r\n\r\n") {
                break end;
            }
            if !self.read_more() {
                assert!(self.rest.is_empty(), "half an answer: {:?}", String::from_utf8_lossy(&self.rest));
                return None;
            }
        };
        let head = String::from_utf8(self.rest.drain(..end + 4).collect()).expect("ASCII");
        let mut lines = head.trim_end().split("\r\n");
        let (version, rest) = lines.next().and_then(|line| line.split_once(' ')).expect("a line of the status");
        let status = rest[..3].parse().expect("a status");
        let headers = lines.map(|line| line.split_once(": ").expect(line));
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Some(Answer { version: version.into(), status, headers, body: Vec::new() })
    }

    /// Reads an answer and keeps nothing of its body; its status and length.
    pub(crate) fn skip_answer(&mut self) -> Option<(u16, usize)> {
        let answer = self.head()?;
        let length = answer.length();
        self.skip(length);
        // What it took is not counted as the server's.
        self.rest.shrink_to_fit();
        Some((answer.status, length))
    }

    /// Reads so many bytes and keeps none.
    pub(crate) fn skip(&mut self, bytes: usize) {
        assert!(self.takes(bytes), "the rest of an answer");
    }

    /// Takes the last `bytes` of an answer, those with them that were read ahead; whether that was all there was to it.
    pub(crate) fn drain_to_answer(&mut self, bytes: usize) -> bool {
        self.finish();
        self.drain() >= bytes as u64
    }

    /// Reads so many bytes and keeps none; false once the connection has ended.
    pub(crate) fn takes(&mut self, bytes: usize) -> bool {
        let mut buffer = [0; 64 << 10];
        let ahead = self.rest.len().min(bytes);
        self.rest.drain(..ahead);
        let mut rest = bytes - ahead;
        while rest > 0 {
            let step = rest.min(buffer.len());
            match self.read(&mut buffer[..step]) {
                Ok(0) | Err(_) => return false,
                Ok(count) => rest -= count,
            }
        }
        true
    }

    /// Reads what is there, at most so many bytes; false once the connection has ended.
    pub(crate) fn takes_some(&mut self, bytes: usize) -> bool {
        let mut buffer = vec![0; bytes];
        self.stream.set_nonblocking(true).unwrap();
        let outcome = self.read(&mut buffer);
        self.stream.set_nonblocking(false).unwrap();
        match outcome {
            Ok(count) => count > 0,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        }
    }

    /// Whether the server has reset the connection; reads nothing.
    pub(crate) fn is_reset(&mut self) -> bool {
        // The system tells it once.
        self.was_reset |= self.stream.take_error().is_ok_and(|error| error.is_some());
        self.was_reset
    }

    /// Waits for the end of the connection; false if bytes come before.
    pub(crate) fn is_closed(&mut self) -> bool {
        self.rest.is_empty() && !self.read_more()
    }

    /// Whether the end of the connection was said by the server, where TLS says it, so that nobody can have cut off what it sent.
    pub(crate) fn is_ended(&self) -> bool {
        self.was_ended || self.session.is_none()
    }

    /// Reads whatever comes until the end of the connection, and keeps nothing; the number of bytes.
    pub(crate) fn drain(&mut self) -> u64 {
        let mut count = std::mem::take(&mut self.rest).len() as u64;
        let mut buffer = [0; 64 << 10];
        loop {
            match self.read(&mut buffer) {
                Ok(0) => return count,
                Ok(read) => count += read as u64,
                Err(error) if error.kind() == ErrorKind::ConnectionReset => return count,
                Err(error) => panic!("no end: {error}"),
            }
        }
    }
}

impl Answer {
    fn length(&self) -> usize {
        self.header("content-length").unwrap_or("0").parse().expect("a length")
    }
}
