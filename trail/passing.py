"""Database errors that pass by themselves: nothing was saved, and the same request may simply come again."""

RETRY_AFTER_SECONDS = 2
# SQLSTATE → what happened. Each of them undoes the whole transaction.
PASSING = {
    "40001": "serialization_failure",
    "40P01": "deadlock_detected",
    "55P03": "lock_not_available",
    "57014": "query_canceled",
    # The server is going down, was killed, or is starting up again.
    "57P01": "admin_shutdown",
    "57P02": "crash_shutdown",
    "57P03": "cannot_connect_now",
}
LOST = "connection_lost"
# What driver and Django call an error of the connection rather than of a statement.
OF_CONNECTIONS = frozenset({"OperationalError", "InterfaceError"})


def passing(error: BaseException | None) -> str | None:
    """The name of the error if it passes by itself, else None. `error` as Django raises it or as the driver.

    A connection that is lost or not to be had carries no SQLSTATE.
    """
    cause = getattr(error, "__cause__", None)
    code = getattr(error, "pgcode", None) or getattr(cause, "pgcode", None)
    if code:
        return PASSING.get(code)
    return LOST if type(error).__name__ in OF_CONNECTIONS else None
