"""Who may not close an account yet: a registry that higher apps fill at start, because posts are theirs."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User

# check(user, now) raises Refused while somebody depends on this person. Runs inside the closing's transaction
# and takes the locks that it needs.
Check = Callable[["User", datetime], None]
LEAVING: list[Check] = []


def before_leaving(check: Check) -> Check:
    """Have this asked before an account is closed. Call it once, at start."""
    if check not in LEAVING:
        LEAVING.append(check)
    return check
