"""When to try again, when to give up, and what may be written down about a failure."""

import traceback
from datetime import timedelta

MOST_ATTEMPTS = 10
FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(hours=1)


def back_off(attempts: int) -> timedelta | None:
    """How long to wait after this many failed attempts (≥ 1): 5 s, doubling; None (give up) after ten."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)


def blame(error: BaseException) -> str:
    """Kind and place of an error. Never its message: that may quote a telephone number or a resident."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"[:300]
