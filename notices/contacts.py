"""People without an account who left a telephone number: all they are told comes as a text message.

A notice keeps whom it is for ("reporter:12"), never a number: whoever has that says it when the message is sent.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import time

from notices.wishes import Wishes

# Nobody is woken by how their matter stands; a default of ours.
QUIET = Wishes(quiet_from=time(21, 0), quiet_until=time(8, 0))


@dataclass(frozen=True)
class Contact:
    """Whom a message goes to: digits of a mobile number, and the path of this site that only they are given."""

    phone: str
    link: str = ""


# (id, key of the word) → whom to send it to; None where nobody needs to hear it any more, or can.
Find = Callable[[int, str], Contact | None]
CONTACTS: dict[str, Find] = {}


def contacts(kind: str) -> Callable[[Find], Find]:
    """Whoever is named `kind:id` is found by this function."""

    def register(find: Find) -> Find:
        CONTACTS[kind] = find
        return find

    return register


def contact_of(name: str, key: str) -> Contact | None:
    """Whom this name stands for, as far as they are still to be told this."""
    kind, _colon, number = name.partition(":")
    find = CONTACTS.get(kind)
    return find(int(number), key) if find else None
