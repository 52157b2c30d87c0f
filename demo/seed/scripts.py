"""How often each story is told, and of what sort of matter: a row each."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.seed import stories, supervised, together
from demo.seed.scene import Scene
from demo.seed.scheduler import Story


@dataclass(frozen=True)
class Script:
    """`of`: any matter, local ones, those of the grid, words (questions and wishes), danger, or complaint about
    those in charge. `unclear`: the reporter cannot place it, or (None) now and then. `sources`: how it comes in,
    where the story asks for that. `found`: it may be found by staff, who neither dispute it nor are turned away."""

    tell: Callable[[Scene], Story]
    weight: float
    of: str = "any"
    unclear: bool | None = None
    sources: tuple[str, ...] = ()
    found: bool = False


# What comes in like this has somebody who can be asked, and is no order of the hotline, which names a community.
RESIDENTS = ("resident", "phone", "chat")
CALLS = ("resident", "hotline", "phone")
SCRIPTS: dict[str, Script] = {
    "prompt": Script(stories.prompt, 71, found=True),
    "at_once": Script(together.at_once, 5, "grid", False, ("patrol",), found=True),
    "to_community": Script(stories.to_community, 2.5, "grid", found=True),
    "quick_whistle": Script(stories.quick_whistle, 1.5, "local", found=True),
    "tough_whistle": Script(stories.tough_whistle, 0.4, "local"),
    "to_office": Script(stories.to_office, 1.0, "local"),
    "to_department": Script(stories.to_department, 0.6),
    "silent_community": Script(stories.silent("community"), 0.8, "grid", False, RESIDENTS),
    "silent_street": Script(stories.silent("street"), 0.4, "grid"),
    "silent_district": Script(stories.silent("district"), 0.2),
    "late": Script(stories.late(1), 1, found=True),
    "late_long": Script(stories.late(3), 0.25),
    "silent_callee": Script(stories.silent_callee, 0.25, "grid", found=True),
    "late_callee": Script(stories.late_callee, 0.2, "grid"),
    "disputed": Script(stories.disputed(("bad", "good")), 0.5),
    "disputed_closed": Script(stories.disputed(("bad", "bad")), 0.2),
    "legal": Script(stories.legal, 0.2, "grid"),
    "rejected": Script(stories.rejected, 3.2, "any", True, RESIDENTS),
    "answered": Script(stories.answered, 13, "words", True),
    "danger": Script(stories.danger, 0.4, "danger", False, CALLS),
    "danger_silent": Script(stories.danger_silent, 0.15, "danger", False, CALLS),
    "danger_late": Script(stories.danger_late, 0.15, "danger", False, CALLS),
    "danger_callee_silent": Script(stories.danger_callee_silent, 0.15, "danger", False, CALLS),
    "not_as_said": Script(supervised.not_as_said, 0.15, "danger", False, CALLS),
    "extended": Script(supervised.extended("grant"), 0.3, "grid", sources=RESIDENTS),
    "not_extended": Script(supervised.extended("refuse"), 0.2, "grid", sources=RESIDENTS),
    "extension_dropped": Script(supervised.extended("drop"), 0.1, "grid", sources=RESIDENTS),
    "suspended": Script(supervised.suspended, 0.2, "grid", sources=RESIDENTS),
    "not_suspended": Script(supervised.not_suspended, 0.15, "grid", sources=RESIDENTS),
    "supervised": Script(supervised.supervised, 0.15, "grid"),
    "lifted": Script(supervised.lifted, 0.15, "grid"),
    "returned": Script(supervised.returned, 0.2, "grid", False, RESIDENTS),
    "ruled": Script(supervised.ruled, 0.1, "grid", False, RESIDENTS),
    "recalled": Script(supervised.recalled, 0.15, "grid", False),
    "sent_back": Script(supervised.sent_back, 0.2, "grid", False, RESIDENTS),
    "complaint_grid": Script(supervised.complaint("grid"), 0.3, "complaint", False, RESIDENTS),
    "complaint_community": Script(supervised.complaint("community"), 0.3, "complaint", False, RESIDENTS),
    "shared": Script(together.shared, 0.15, "grid"),
    "merged": Script(together.merged, 0.4, "grid", False, RESIDENTS),
    "unmerged": Script(together.unmerged, 0.1, "grid", False, RESIDENTS),
    "asked": Script(together.asked, 0.4, "grid", False, ("resident",)),
    "not_told": Script(together.not_told, 0.2, "grid", False, ("resident",)),
    "called_back": Script(together.called_back, 0.2, "grid", False, RESIDENTS),
    "withdrawn": Script(together.withdrawn, 0.5, "grid", False, RESIDENTS),
    "objected": Script(together.objected(True), 0.2, "any", True, RESIDENTS),
    "objected_in_vain": Script(together.objected(False), 0.1, "any", True, RESIDENTS),
    "to_hotline": Script(together.to_hotline, 0.3, "any", True, ("hotline",)),
    "reviewed": Script(together.reviewed(True), 0.12, "grid"),
    "not_reviewed": Script(together.reviewed(False), 0.1, "grid"),
    "declined": Script(together.declined, 0.15, "grid"),
    "contested": Script(together.contested(True), 0.1, "grid"),
    "contested_in_vain": Script(together.contested(False), 0.1, "grid"),
    "joined": Script(together.joined, 0.1, "local"),
    "called_off": Script(together.called_off, 0.15, "grid"),
}
