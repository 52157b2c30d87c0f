"""Chinese words on an English page say that they are Chinese (WCAG 2.2, 3.1.2 Language of Parts): a screen reader reads
names and residents' own words aloud in their language, a browser takes the right font and does not translate the rest.

In one place and not in templates, for a name stands in every second sentence of every page.
"""

import re
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import get_language

CHINESE = "zh-Hans"
# A comment, what holds no words of the page, or a tag. In attributes ">" may stand between quotes.
NOT_WORDS = re.compile(
    r"(<!--.*?-->|<(script|style|textarea|title|svg)\b.*?</\2\s*>|</?[a-zA-Z](?:[^<>\"']|\"[^\"]*\"|'[^']*')*>)",
    re.DOTALL | re.IGNORECASE,
)
HAN = "\u3400-\u4dbf\u4e00-\u9fff"
MARKS = "\u3001-\u303f\uff01-\uff65\u2018\u2019\u201c\u201d\u00b7\u2014\u2026"
# From the first Chinese character to the last: with digits and marks between, and with single letters (A座).
RUN = re.compile(rf"[{HAN}](?:(?:[{MARKS}\d. -]|(?<![A-Za-z])[A-Za-z](?![A-Za-z]))*[{HAN}{MARKS}])*")
LATIN = re.compile(r"[A-Za-z]")
ENTITY = re.compile(r"&#?\w+;")
OPENS = re.compile(r"<([a-zA-Z][\w-]*)")
SAYS = re.compile(r"\slang\s*=", re.IGNORECASE)


def mark_chinese(page: str) -> str:
    """The page with `lang` on every run of Chinese words: on their element where they are all that it holds, and within
    a <bdi> of their own otherwise. What says its language already is left as it is."""
    parts, tags = [], list(NOT_WORDS.finditer(page))
    at, before = 0, ""
    for tag in [*tags, None]:
        words, here = page[at : tag.start() if tag else None], tag.group() if tag else ""
        if RUN.search(words):
            before, words = _marked(before, words, here)
        parts += [before, words]
        before, at = here, tag.end() if tag else len(page)
    return "".join([*parts, before])


def _marked(before: str, words: str, after: str) -> tuple[str, str]:
    """The tag before the words and the words, one of them marked."""
    opened = OPENS.match(before)
    name = opened.group(1).lower() if opened else ""
    alone = bool(opened) and after.lower().startswith(f"</{name}")
    if alone and SAYS.search(before):
        return before, words
    all_chinese = alone and not LATIN.search(ENTITY.sub("", RUN.sub("", words)))
    if opened and (name == "option" or all_chinese) and not SAYS.search(before):
        return f'{before[: opened.end()]} lang="{CHINESE}"{before[opened.end() :]}', words
    if name == "option":
        return before, words
    marked = RUN.sub(lambda run: f'<bdi lang="{CHINESE}">{run.group()}</bdi>', words)
    # One thing still, where the element lays out what it holds side by side.
    return before, f"<bdi>{marked}</bdi>" if RUN.sub("", words).strip() else marked


class MarkChinese:
    """Pages alone: files, feeds and answers to programs are left as they are."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if _is_page(response) and (get_language() or "").startswith("en"):
            response.content = mark_chinese(response.content.decode(response.charset))
        return response


def _is_page(response: HttpResponseBase) -> bool:
    return not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
