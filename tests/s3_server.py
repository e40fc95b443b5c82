"""A small S3: keeps objects in memory, and answers nobody whose signature (version 4) does not hold."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qsl, quote, urlsplit

BUCKET, ACCESS_KEY, SECRET_KEY = "station-files", "the-portal", "a secret of the portal"
SCHEME = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<key>[^/]+)/(?P<scope>[^,]+), "
    r"SignedHeaders=(?P<headers>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


class S3Server(ThreadingHTTPServer):
    """`objects` by name; `seen`: what was asked, in order; `is_down`: every call is hung up on."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.objects: dict[str, bytes] = {}
        self.seen: list[str] = []
        self.is_down = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: S3Server
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        _, bucket, *rest = urlsplit(self.path).path.split("/", 2)
        name = rest[0] if rest else ""
        self.server.seen.append(f"{self.command} {name}".strip())
        objects = self.server.objects
        if self.server.is_down:
            self.close_connection = True
        elif not self._is_signed(body):
            self._send(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>")
        elif bucket != BUCKET:
            self._send(404, b"<Error><Code>NoSuchBucket</Code></Error>")
        elif self.command == "PUT":
            objects[name] = body
            self._send(200)
        elif self.command == "DELETE":
            objects.pop(name, None)
            self._send(204)
        elif name and name not in objects:
            self._send(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            self._send(200, objects.get(name, b""))

    do_GET = do_HEAD = do_PUT = do_DELETE = answer

    def _is_signed(self, body: bytes) -> bool:
        found = SCHEME.fullmatch(self.headers.get("Authorization", ""))
        sent = self.headers.get("x-amz-content-sha256", "")
        if found is None or found["key"] != ACCESS_KEY:
            return False
        if sent not in (hashlib.sha256(body).hexdigest(), "UNSIGNED-PAYLOAD"):
            return False
        parts = urlsplit(self.path)
        query = "&".join(f"{quote(k, '')}={quote(v, '')}" for k, v in sorted(parse_qsl(parts.query, True)))
        headers = "".join(f"{each}:{self.headers[each].strip()}\n" for each in found["headers"].split(";"))
        canonical = "\n".join([self.command, parts.path, query, headers, found["headers"], sent])
        digest = hashlib.sha256(canonical.encode()).hexdigest()
        key = f"AWS4{SECRET_KEY}".encode()
        for part in found["scope"].split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        told = "\n".join(["AWS4-HMAC-SHA256", self.headers["x-amz-date"], found["scope"], digest])
        return hmac.compare_digest(hmac.digest(key, told.encode(), "sha256").hex(), found["signature"])

    def _send(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("ETag", '"1"')
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing: pytest shows what matters."""


@contextmanager
def serving() -> Iterator[S3Server]:
    with S3Server() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()
