"""Bodies that come without a length (`Transfer-Encoding: chunked`): Django would take them for empty ones."""

from collections.abc import Callable, Iterable
from tempfile import SpooledTemporaryFile
from typing import Any

from trail.api.parsers import MOST_UPLOAD_BYTES

Environ = dict[str, Any]
Application = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]
BLOCK = 64 * 1024
# More of it lies on disk meanwhile.
IN_MEMORY = 1024 * 1024


def with_length(application: Application, most: int = MOST_UPLOAD_BYTES) -> Application:
    """The application, told how long each body is. Of one that is longer than anybody takes a byte more than `most` is
    read: whoever parses it refuses it by its length."""

    def counted(environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        if _comes_in_pieces(environ):
            # It goes with the request that reads it.
            body: SpooledTemporaryFile = SpooledTemporaryFile(max_size=IN_MEMORY)  # noqa: SIM115
            stream, rest = environ["wsgi.input"], most + 1
            # In blocks: to read all at once is not what every server's stream does.
            while rest and (block := stream.read(min(BLOCK, rest))):
                body.write(block)
                rest -= len(block)
            environ["CONTENT_LENGTH"] = str(body.tell())
            body.seek(0)
            environ["wsgi.input"] = body
        return application(environ, start_response)

    return counted


def _comes_in_pieces(environ: Environ) -> bool:
    return bool(environ.get("HTTP_TRANSFER_ENCODING")) and not environ.get("CONTENT_LENGTH")
