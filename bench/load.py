"""A small load generator: keep-alive sockets, requests built beforehand, one thread per connection.

It takes a share of the same cores as the server, so the figures are floors.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlparse


@dataclass
class Result:
    """What one run measured; seconds per answer."""

    seconds: float
    times: list[float] = field(default_factory=list)
    statuses: dict[int, int] = field(default_factory=dict)

    @property
    def per_second(self) -> float:
        return len(self.times) / self.seconds

    def percentile(self, share: float) -> float:
        """Milliseconds below which this share of the answers stayed."""
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else 0.0


def page(path: str, host: str, cookies: str = "") -> bytes:
    """A request for a page, as a browser with these cookies sends it."""
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: {host}",
        "Accept: text/html",
        "Accept-Language: zh-CN",
        f"Cookie: {cookies}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def request(method: str, path: str, host: str, token: str, body: bytes = b"") -> bytes:
    """One HTTP/1.1 request as bytes."""
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        f"Authorization: Token {token}",
        "Accept: application/json",
    ]
    if method == "POST":
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def run(
    base_url: str, requests: Callable[[int], Iterator[bytes]], *, connections: int, seconds: float
) -> Result:
    """Send from every connection until the time is over or its requests are used up."""
    address = urlparse(base_url)
    results = [Result(seconds) for _unused in range(connections)]
    start = threading.Barrier(connections + 1)
    threads = [
        threading.Thread(
            target=_drive,
            args=((address.hostname, address.port), requests(number), results[number], start, seconds),
        )
        for number in range(connections)
    ]
    for thread in threads:
        thread.start()
    start.wait()
    began = time.perf_counter()
    for thread in threads:
        thread.join()
    whole = Result(time.perf_counter() - began)
    for one in results:
        whole.times += one.times
        for status, count in one.statuses.items():
            whole.statuses[status] = whole.statuses.get(status, 0) + count
    return whole


def _drive(
    address: tuple[str, int],
    requests: Iterator[bytes],
    result: Result,
    start: threading.Barrier,
    seconds: float,
) -> None:
    connection = socket.create_connection(address)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    reader = connection.makefile("rb")
    start.wait()
    until = time.perf_counter() + seconds
    for raw in requests:
        began = time.perf_counter()
        if began >= until:
            break
        connection.sendall(raw)
        status = _answer(reader)
        result.times.append(time.perf_counter() - began)
        result.statuses[status] = result.statuses.get(status, 0) + 1
    connection.close()


def _answer(reader: object) -> int:
    """Read one answer to its end; its status."""
    status = int(reader.readline().split()[1])
    length, chunked = 0, False
    while (line := reader.readline().strip()) != b"":
        name, _colon, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        chunked = chunked or (name.lower() == b"transfer-encoding" and b"chunked" in value)
    if not chunked:
        reader.read(length)
        return status
    while size := int(reader.readline().split(b";")[0], 16):
        reader.read(size + 2)
    reader.readline()
    return status
