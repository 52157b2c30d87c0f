"""One request to somebody else's address. It goes to the very IP address that was judged, follows no redirect, asks no
proxy, waits no longer than it may and reads no more than it keeps.

The name is looked up for every request and each of its addresses judged: a name that led elsewhere when it was saved
helps nobody. Certificates are checked against the name.
"""

import io
import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

from django.conf import settings

from notices.addresses import PORTS, BadAddress, Target, may_reach, read_address
from notices.webhooks import ANSWER_BYTES, error_of, kept_answer

# For everything: looking up the name, connecting, sending, and the answer.
SECONDS = 8.0
LOOK_UP_SECONDS = 4.0


@dataclass(frozen=True)
class Request:
    """What is sent where."""

    address: str
    headers: Mapping[str, str]
    body: bytes
    # Numbers of the secrets that signed it, for the log.
    secrets: tuple[int, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """`error` is a key of webhooks.ERRORS, "" when it was taken; `status` is None without an answer."""

    status: int | None
    error: str
    answer: str = ""
    milliseconds: int = 0


def check_address(address: str) -> Target:
    """Look the address up as a request would. Raises BadAddress."""
    target = read_target(address)
    _addresses(target)
    return target


def post_all(requests: Iterable[Request]) -> list[Outcome]:
    """Send them all at once, each within SECONDS; the outcomes in their order. Never raises."""
    requests = list(requests)
    if not requests:
        return []
    pool = ThreadPoolExecutor(len(requests), thread_name_prefix="webhook")
    try:
        futures = [pool.submit(post, request) for request in requests]
        wait(futures, timeout=SECONDS + 2)
        return [_outcome(future) for future in futures]
    finally:
        # A name server that keeps somebody waiting keeps nobody else.
        pool.shutdown(wait=False, cancel_futures=True)


def _outcome(future: "Future[Outcome]") -> Outcome:
    return future.result() if future.done() and not future.cancelled() else Outcome(None, "timeout")


def post(request: Request) -> Outcome:
    """Send it. Never raises."""
    started = time.monotonic()
    try:
        status, answer = _post(request, started + SECONDS)
        outcome = status, error_of(status), kept_answer(answer)
    except BadAddress as bad:
        outcome = None, bad.code, ""
    except TimeoutError:
        outcome = None, "timeout", ""
    except ssl.SSLError:
        outcome = None, "tls", ""
    except OSError:
        outcome = None, "connection", ""
    except (HTTPException, ValueError):
        outcome = None, "protocol", ""
    return Outcome(*outcome, milliseconds=int((time.monotonic() - started) * 1000))


def _post(request: Request, deadline: float) -> tuple[int, bytes]:
    target = read_target(request.address)
    with _connect(target, _addresses(target), deadline) as bounded:
        line = _Line(target, bounded)
        line.request("POST", target.path, body=request.body, headers=dict(request.headers))
        response = line.getresponse()
        return response.status, _beginning(response)


def _beginning(response: Any) -> bytes:
    """What stands in the answer is of no importance: the status was read."""
    try:
        return response.read(ANSWER_BYTES)
    except (OSError, HTTPException):
        return b""


def read_target(address: str) -> Target:
    """The address in its parts, as this deployment takes it; nothing is looked up. Raises BadAddress."""
    return read_address(address, plain=not settings.PRODUCTION)


def _addresses(target: Target) -> list[tuple[Any, ...]]:
    """(family, address) of everything behind the name. Raises BadAddress if one of them may not be reached."""
    found = _look_up(target.host, target.port)
    if not found:
        raise BadAddress("unresolved")
    for _family, where in found:
        if not may_reach(where[0], settings.WEBHOOK_PRIVATE_NETWORKS):
            raise BadAddress("private")
    return found


def _look_up(host: str, port: int) -> list[tuple[Any, ...]]:
    """In a thread, since nothing else ends a look-up in time."""
    pool = ThreadPoolExecutor(1, thread_name_prefix="look-up")
    try:
        future = pool.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = future.result(timeout=LOOK_UP_SECONDS)
    except (OSError, UnicodeError, TimeoutError):
        return []
    finally:
        pool.shutdown(wait=False)
    wanted = (socket.AF_INET, socket.AF_INET6)
    return [(family, where) for family, _type, _proto, _name, where in found if family in wanted]


def _connect(target: Target, addresses: list[tuple[Any, ...]], deadline: float) -> "_Bounded":
    """To the first of these very addresses that answers; for https a certificate of the name is demanded."""
    last: OSError = ConnectionError("no address")
    for family, where in addresses:
        plain = socket.socket(family, socket.SOCK_STREAM)
        try:
            plain.settimeout(_left(deadline))
            plain.connect(where)
            if target.scheme == "https":
                plain.settimeout(_left(deadline))
                plain = ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
            return _Bounded(plain, deadline)
        except OSError as error:
            plain.close()
            last = error
    raise last


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


class _Line(HTTPConnection):
    """HTTP over a connection that stands already; it never opens one by itself."""

    auto_open = 0

    def __init__(self, target: Target, sock: "_Bounded") -> None:
        super().__init__(target.host, target.port)
        self.default_port = PORTS[target.scheme]
        self.sock = sock


class _Bounded:
    """A socket that ends at a moment, however slowly the other side trickles."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self.sock, self.deadline = sock, deadline

    def sendall(self, data: bytes) -> None:
        self.sock.settimeout(_left(self.deadline))
        self.sock.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_Reader(self))

    def close(self) -> None:
        """The line closes it before the answer has been read; it ends with the block that opened it."""

    def __enter__(self) -> "_Bounded":
        return self

    def __exit__(self, *_unused: object) -> None:
        self.sock.close()


class _Reader(io.RawIOBase):
    """Reads such a socket."""

    def __init__(self, bounded: _Bounded) -> None:
        self.bounded = bounded

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.bounded.sock.settimeout(_left(self.bounded.deadline))
        return self.bounded.sock.recv_into(buffer)
