"""What happened to a request, as far as everybody may know it: in which state it was afterwards. Pure."""

from typing import TYPE_CHECKING

from issues.lifecycle import OPEN_STATES, STATE, VERB, VERBS_ON

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# What leads to another state, by the table of verbs or because it follows something else.
VERBS = frozenset(
    {
        *(key for key in VERBS_ON["issue"] if VERB[key].to),
        *(
            "report",
            "contact",
            "close",
            "release",
            "resolve_with",
            "follow_again",
            "reject_with",
            "take_back",
        ),
    }
)
# Of decisions `grant` of a suspension does.
DECIDED, SUSPENSION = "grant", "suspension"
# So does a danger that is dropped, by whoever stands above or as it was granted, where its grid is out of it by that.
DROPPED, RELIEVED = ("all_clear", DECIDED), "relieved"
OPEN, CLOSED = "open", "closed"


def status_of(state: str) -> str:
    """In the two words of the specification."""
    return OPEN if state in OPEN_STATES else CLOSED


def words_of(state: str) -> "StrOrPromise":
    """In the words that residents read."""
    return STATE[state].resident_label


def state_after(verb: str, state: str) -> str:
    """What was reported was only reported, whatever a rule did with it in the same moment."""
    return "reported" if verb == "report" else state
