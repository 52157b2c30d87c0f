"""Every address of the platform, read as one person: what the routes name, and where the links of each page lead.

A new page, list, file or endpoint is walked by itself. One whose address needs something that `Values` does not
know fails the walk and says so.
"""

import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin, urlsplit

from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.exceptions import Resolver404

# Name of a parameter → what may stand there, the most interesting first.
Values = Mapping[str, Sequence[Any]]

PARAMETER = re.compile(r"<(?:[a-z]+:)?(\w+)>|\(\?P<(\w+)>[^)]*\)")
LINK = re.compile(r'href="([^"#]+)')
# A form whose answer is a file; `read` asks for it by an address that says which sort of file.
FILE = re.compile(r'<form method="post" action="([^"]*)"[^>]* data-file>(.*?)</form>', re.S)
SORT = re.compile(r'name="as" value="(\w+)"')
# What is different each time one looks, and says nothing.
PASSING = re.compile(
    r'(?<=name="csrfmiddlewaretoken" value=")[^"]+|(?<=name="idempotency_key" value=")[^"]+'
    r'|(?<="token": ")\w{64}(?=")'
    r'|(?<=/notices/)\d+|(?<=name="up_to" value=")\d+'
    r'|(?<=nonce=")[^"]+|(?<=name="join" value=")[^"]{20,}|(?<=X-CSRFToken": ")[^"]+'
)
# They end the session, or answer for every address that there is not.
NOT_WALKED = re.compile(r"^(accounts/logout/|admin/logout/|i18n/setlang/|static/)|(\.\*\)|\[\\s\\S\]\+)\$?$")
# Of one route so many pages are followed from links, and so many different filters of each.
PATHS_PER_ROUTE, QUERIES_PER_ROUTE = 2, 8


@dataclass
class Walk:
    """`read` asks for one address and answers as Django's client does; `said`: address → what stood there."""

    read: Callable[[str], Any]
    values: Values
    words: Sequence[str] = ()
    said: dict[str, str] = field(default_factory=dict)
    paths: Counter[str] = field(default_factory=Counter)
    queries: Counter[str] = field(default_factory=Counter)

    def everywhere(self) -> dict[str, str]:
        """All routes, with every word searched for where there is something to search; then all links."""
        waiting: list[str] = []
        for route in routes():
            for address in addresses(route, self.values):
                waiting += self.visit(address)
                if self.said[address].startswith("405"):
                    break
                if self.searches(address):
                    waiting += [f"{address}?{urlencode({'q': word})}" for word in self.words]
        while waiting:
            address = waiting.pop(0)
            if address not in self.said and self.is_new(address):
                waiting += self.visit(address)
        return self.said

    def again(self, said: Mapping[str, str]) -> dict[str, str]:
        """The same addresses once more, those at which there was something."""
        for address, text in said.items():
            if text.startswith(("200", "302")):
                self.visit(address)
        return self.said

    def searches(self, address: str) -> bool:
        """Can one search there: a page with a line for it, a list of the API?"""
        text = self.said[address]
        return 'name="q"' in text or text.startswith('200 \n{"next"')

    def visit(self, address: str) -> list[str]:
        """Read it; the addresses that it leads to."""
        answer = self.read(address)
        text = text_of(answer)
        self.said[address] = f"{answer.status_code} {answer.headers.get('Location', '')}\n{text}"
        if not answer.headers.get("Content-Type", "").startswith("text/html"):
            return []
        links = [*files_on(text), *LINK.findall(text)]
        there = (urljoin(address, unescape(link)) for link in links)
        return [link for link in dict.fromkeys(there) if link.startswith("/")]

    def is_new(self, address: str) -> bool:
        """Not one more of what has been seen often enough."""
        parts = urlsplit(address)
        try:
            route = resolve(parts.path).route
        except Resolver404:
            return False
        if NOT_WALKED.search(route):
            return False
        counted, most = (self.queries, QUERIES_PER_ROUTE) if parts.query else (self.paths, PATHS_PER_ROUTE)
        counted[route] += 1
        return counted[route] <= most


def files_on(text: str) -> Iterator[str]:
    """The files that the forms of a page give, each as an address with `as`."""
    for action, form in FILE.findall(text):
        joined = action if action.endswith("?") else f"{action}{'&' if '?' in action else '?'}"
        yield from (f"{joined}as={sort}" for sort in SORT.findall(form))


def routes(resolver: Any = None, before: str = "") -> Iterator[str]:
    """Every pattern of the platform that leads to a view, as one text."""
    for pattern in (resolver or get_resolver()).url_patterns:
        route = before + str(pattern.pattern).lstrip("^")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, route)
        elif isinstance(pattern, URLPattern) and not NOT_WALKED.search(route):
            yield route.removesuffix("$")


def addresses(route: str, values: Values) -> Iterator[str]:
    """The addresses of a route: each value that is known for one of its parameters stands in one."""
    names = [one or other for one, other in PARAMETER.findall(route)]
    unknown = [name for name in names if name not in values]
    assert not unknown, f"/{route}: what may stand for {unknown}? Say it in the test's values."
    for number in range(max((len(values[name]) for name in names), default=1)):
        chosen = iter([values[name][number % len(values[name])] for name in names])
        yield "/" + PARAMETER.sub(lambda _match, chosen=chosen: str(next(chosen)), route)


def text_of(answer: Any) -> str:
    """What can be read in an answer, in files too, without what passes."""
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as file:
            names = sorted(name for name in file.namelist() if not name.startswith("docProps"))
            content = b"\n".join(file.read(name) for name in names)
    return PASSING.sub("…", content.decode(errors="replace"))
