"""Log lines as JSON."""

import structlog


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
