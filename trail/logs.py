"""Log lines as JSON."""

import logging
import re
from typing import Any

import structlog

# Addresses that are keys themselves: of a wall, of a calendar, of a statement, of what a resident follows.
SECRET_PATH = re.compile(r"(/(?:screen/wall|calendar|volunteers/statements|f)/)[^/\s?\"']+")


def without_secrets(text: str) -> str:
    """What follows such an address is not written down."""
    return SECRET_PATH.sub(r"\1…", text)


class NoSecretPaths(logging.Filter):
    """Django writes the path of every request that failed."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.msg, str):
            record.msg = without_secrets(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(_clean(one) for one in record.args)
        return True


def _clean(one: Any) -> Any:
    return without_secrets(one) if isinstance(one, str) else one


def json_formatter() -> structlog.stdlib.ProcessorFormatter:
    """A formatter for the standard library's handlers: time, level, logger, event, and the traceback if
    any.
    """
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )
