"""An HTTP relay that keeps what went through it: what really was on the wire, for judges that know no code of ours."""

from __future__ import annotations

import gzip
import http.client
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """One request as it came: its path, and its body without compression."""

    path: str
    body: bytes


@dataclass(slots=True)
class Relay:
    """Where the relay listens, and what went through it, oldest first."""

    url: str = ""
    requests: list[Relayed] = field(default_factory=list)


@contextmanager
def relaying(target: str) -> Iterator[Relay]:
    """A relay to `target`. A connection that the target cuts is cut for the sender, too."""
    relay, host = Relay(), urlsplit(target).netloc

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            body = gzip.decompress(raw) if self.headers.get("Content-Encoding") == "gzip" else raw
            relay.requests.append(Relayed(path=self.path, body=body))
            connection = http.client.HTTPConnection(host, timeout=30)
            try:
                connection.request("POST", self.path, body=raw, headers=dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
            except (OSError, http.client.HTTPException):
                self.close_connection = True
                return
            finally:
                connection.close()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("content-length", "connection", "transfer-encoding", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        relay.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield relay
        finally:
            server.shutdown()
            thread.join()
