"""A server that Prometheus scrapes."""

from __future__ import annotations

import base64
import hmac
import ipaddress
import ssl
import threading
import time
from typing import TYPE_CHECKING, Any

from ntpages import arguments
from ntpages.metrics.collecting import Collector
from ntpages.metrics.exposition import metrics_of, require
from ntpages.owner import Unique

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from types import TracebackType
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from prometheus_client.metrics_core import Metric
    from typing_extensions import Self

    from ntpages.metrics.collecting import Collection

__all__ = ["Exporter"]

_PATIENCE = 10.0  # seconds that a connection may say nothing, or take nothing
_CONNECTIONS = 512  # at a time: a thread each


class Exporter(Unique):
    """A server that answers ``GET /metrics`` with what is found at that moment.

    Scrapers that come at once share a look, so that many of them cost what two do. A connection
    that says nothing, or takes nothing, is dropped after 10 seconds, and beyond 512 at a time none
    is taken: nobody can keep the others waiting for ever.
    """

    def __init__(
        self,
        port: int,
        *,
        host: str = "127.0.0.1",
        anyone: bool = False,
        top: int = 20,
        pids: bool = False,
        certificate: str | None = None,
        key: str | None = None,
        credentials: str | None = None,
    ) -> None:
        """Begin to serve, in threads of its own.

        Args:
            port: From 0 to 65535; 0 is any that is free.
            host: Address to listen at, as a number.
            anyone: Whether ``host`` may be one that other machines reach.
            top: As for ``Collector``.
            pids: As for ``Collector``.
            certificate: Path of a certificate chain, as PEM, to speak TLS with.
            key: Path of its private key; ``None`` where the chain's file has it.
            credentials: ``user:password`` that a scraper must send, by HTTP basic authentication.

        Raises:
            ValueError: An argument breaks its rule, or ``host`` is reached by others and
                ``anyone`` is not said.
            ModuleNotFoundError: The extra ``metrics`` is not installed.
            OSError: The port is taken, or a file can't be read.

        Needs: as ``Collector.collect()``.

        Source: as ``Collector.collect()``.
        """
        port = arguments.integer("port", port, least=0, most=65_535)
        host = _address(host, anyone=arguments.boolean("anyone", anyone))
        if key is not None and certificate is None:
            msg = f"key {key!r} needs a certificate"
            raise ValueError(msg)
        expected = None if credentials is None else _header(credentials)
        require()
        from prometheus_client import CollectorRegistry, make_wsgi_app  # noqa: PLC0415 (an extra)

        looks = _SharedLooks(Collector(top=top, pids=pids))
        registry = CollectorRegistry(auto_describe=True)  # asks once: what fails, fails here
        registry.register(looks)
        application: Any = make_wsgi_app(registry)
        if expected is not None:
            application = _guarded(application, expected)
        self._secure = certificate is not None
        self._server = _listen(host, port, application)
        try:
            if certificate is not None:
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate, key)
                # The handshake is the connection's own business, in its thread and its time.
                self._server.socket = context.wrap_socket(
                    self._server.socket, server_side=True, do_handshake_on_connect=False
                )
        except BaseException:
            self._server.server_close()
            raise
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def __repr__(self) -> str:
        """Return where it is scraped, or that it is closed."""
        return f"<Exporter: {self.url if self._thread.is_alive() else 'closed'}>"

    @property
    def url(self) -> str:
        """Where it is scraped."""
        host, port = self._server.server_address[:2]
        shown = f"[{host}]" if ":" in host else host
        return f"{'https' if self._secure else 'http'}://{shown}:{port}/metrics"

    def close(self) -> None:
        """Take no more connections. Closing twice is harmless."""
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()

    def __enter__(self) -> Self:
        """Return it; leaving the block closes it."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


class _SharedLooks:
    """Looks that several scrapers share: whoever waited for one may have the next."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._one_at_a_time = threading.Lock()
        self._latest: tuple[float, Collection] | None = None  # and when it began

    def collect(self) -> Iterator[Metric]:
        """Yield what a look found that began after this was asked."""
        asked = time.monotonic()
        with self._one_at_a_time:
            if self._latest is None or self._latest[0] < asked:
                self._latest = time.monotonic(), self._collector.collect()
            found = self._latest[1]
        yield from metrics_of(found)


def _address(host: str, *, anyone: bool) -> str:
    try:
        address = ipaddress.ip_address(arguments.text("host", host))
    except ValueError:
        msg = f"host must be an address, as 127.0.0.1 or ::1, not {host!r}"
        raise ValueError(msg) from None
    if not address.is_loopback and not anyone:
        msg = f"host {host} is reached by other machines: say anyone=True if they may"
        raise ValueError(msg)
    return str(address)


def _header(credentials: str) -> bytes:
    user, colon, password = arguments.text("credentials", credentials).partition(":")
    if not user or not colon or not password:
        msg = "credentials must be user:password, neither of them empty"
        raise ValueError(msg)
    return b"Basic " + base64.b64encode(credentials.encode())


def _guarded(application: WSGIApplication, expected: bytes) -> WSGIApplication:
    """Let only those in who say the words."""

    def asked(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        said = environ.get("HTTP_AUTHORIZATION", "").encode("latin-1")
        if hmac.compare_digest(said, expected):
            return application(environ, start_response)
        challenge = [("WWW-Authenticate", 'Basic realm="ntpages"'), ("Content-Length", "0")]
        start_response("401 Unauthorized", challenge)
        return []

    return asked


def _listen(host: str, port: int, application: Callable[..., Iterable[bytes]]) -> Any:
    import socket  # noqa: PLC0415 (only who serves needs a server)
    from socketserver import ThreadingMixIn  # noqa: PLC0415
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer  # noqa: PLC0415

    class Handler(WSGIRequestHandler):
        timeout = _PATIENCE

        def log_message(self, *words: object) -> None:
            """Say nothing: what scrapers do wrong is no news of this machine."""

        def handle(self) -> None:
            try:
                super().handle()
            except OSError:  # whoever asked is gone
                self.close_connection = True

    class Server(ThreadingMixIn, WSGIServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True
        allow_reuse_address = False  # on Windows, it would let two servers have one port
        request_queue_size = 128
        free = threading.BoundedSemaphore(_CONNECTIONS)

        def server_bind(self) -> None:
            """As a WSGI server does, but ask no name server what this machine is called."""
            if exclusive := getattr(socket, "SO_EXCLUSIVEADDRUSE", None):  # nobody else may take it
                self.socket.setsockopt(socket.SOL_SOCKET, exclusive, 1)
            self.socket.bind(self.server_address)
            self.server_address = self.socket.getsockname()
            self.server_name, self.server_port = host, self.server_address[1]
            self.setup_environ()

        def process_request(self, request: Any, client_address: Any) -> None:
            if self.free.acquire(blocking=False):
                super().process_request(request, client_address)
            else:
                self.shutdown_request(request)

        def process_request_thread(self, request: Any, client_address: Any) -> None:
            try:
                super().process_request_thread(request, client_address)
            finally:
                self.free.release()

        def handle_error(self, request: Any, client_address: Any) -> None:
            """Say nothing: a scraper that talks garbage, or no TLS, has its connection closed."""

    server = Server((host, port), Handler)
    server.set_app(application)
    return server
