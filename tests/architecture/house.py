"""The house in tables: floors, rooms, budgets, waivers. What changes here changes docs/architecture.md too.

Everything else in this folder only reads these tables. Nothing here imports Django or an app.
"""

from dataclasses import dataclass
from enum import IntEnum

# --- floors: an app imports only from the floors below its own --------------------------------------------
FLOORS: dict[str, int] = {
    "governance": 9,
    "demo": 9,
    "assessments": 8,
    "desk": 8,
    "open311": 8,
    "projects": 7,
    "duties": 6,
    "deliberations": 6,
    "volunteers": 6,
    "issues": 5,
    "notices": 4,
    "grids": 3,
    "accounts": 2,
    "calendars": 2,
    "trail": 1,
}
# The roof wires everything together: it may name every app, and nobody may name it.
ROOF = "governance"
# Starting a process is not importing it: the demo and manage.py name these on a command line.
ENTRY_POINTS = ("governance.settings", "governance.wsgi", "governance.asgi", "governance.celery")
MAY_START_PROCESSES = ("demo", "manage")
# Folders whose Python stands beside the house. They may import it; the house may not import them.
BESIDE = ("tests", "docs", "scripts", "bench", "examples")


# --- rooms: inside an app, upper rooms use lower ones -----------------------------------------------------
class Room(IntEnum):
    """What a module is for. A room imports only rooms of its own height or below."""

    PURE = 1  # tables and rules: values in, values out
    READ = 2  # words for reading
    MODEL = 3  # rows
    ACTION = 4  # the only writers
    FACE = 5  # parse, call ONE action, show
    WIRING = 6  # apps.py, urls.py: hangs the rooms together


# A module's room is told by the first name behind the app: issues/actions/dispatch.py is in `actions`.
ROOMS: dict[str, Room] = {
    "views": Room.FACE,
    "forms": Room.FACE,
    "admin": Room.FACE,
    "tasks": Room.FACE,
    "notices": Room.FACE,
    "api": Room.FACE,
    "management": Room.FACE,
    "middleware": Room.FACE,
    "context": Room.FACE,
    "backends": Room.FACE,
    "templatetags": Room.FACE,
    "actions": Room.ACTION,
    "models": Room.MODEL,
    "fields": Room.MODEL,
    "querysets": Room.READ,
    "rehearsal": Room.READ,  # of a changed rule
    "apps": Room.WIRING,
    "urls": Room.WIRING,
    "checks": Room.WIRING,
}
# Modules with a name of their own. Everything that stands in neither table is PURE.
SPECIAL: dict[str, Room] = {
    "accounts.secrets": Room.READ,  # keys from settings
    "accounts.passwords": Room.READ,  # Django's hashers, which read settings
    "accounts.limits": Room.ACTION,  # counts requests in the tally
    "accounts.sso": Room.FACE,  # the browser's way over the identity provider
    "desk.calendar_views": Room.FACE,
    "desk.kiosk_actions": Room.ACTION,  # links of walls
    "desk.kiosk_forms": Room.FACE,
    "desk.screen": Room.READ,
    "desk.screen_views": Room.FACE,
    "desk.dashboard": Room.FACE,
    "desk.grid_views": Room.FACE,
    "desk.own_filters": Room.FACE,  # as links above a list
    "trail.changelist": Room.FACE,  # lists of the admin
    "trail.event_filters": Room.FACE,  # filters of the list of events
    "desk.phone_views": Room.FACE,  # what makes the phone pages work without a net
    "desk.agenda": Room.READ,
    "desk.assessed": Room.READ,
    "desk.board": Room.READ,
    "desk.counts": Room.READ,
    "desk.jump": Room.READ,
    "desk.lists": Room.READ,
    "desk.reading": Room.READ,
    "desk.rows": Room.READ,
    "grids.belonging": Room.READ,
    "grids.consequences": Room.READ,
    "grids.locating": Room.READ,
    "grids.holding": Room.READ,
    "grids.offered": Room.READ,
    "grids.lineage": Room.READ,
    "grids.naming": Room.READ,
    "grids.staffing": Room.READ,
    "grids.standing": Room.READ,
    "grids.addressing": Room.READ,
    "grids.parties": Room.READ,
    "issues.answering": Room.READ,
    "issues.coarse": Room.READ,
    "issues.coming": Room.READ,
    "issues.counted": Room.READ,
    "issues.districts": Room.READ,
    "grids.feed": Room.READ,
    "issues.feed": Room.READ,
    "issues.hotline_page": Room.READ,
    "issues.hotline_results": Room.READ,
    "issues.likely": Room.READ,
    "issues.links": Room.READ,
    "issues.on_duty": Room.READ,
    "issues.names": Room.READ,
    "issues.offered": Room.READ,
    "issues.page": Room.READ,
    "issues.recomputed": Room.READ,
    "issues.relieving": Room.READ,
    "issues.reporters": Room.READ,
    "issues.routing": Room.READ,
    "issues.part_facts": Room.READ,
    "issues.sights": Room.READ,
    "issues.small_map": Room.READ,
    "issues.subjects": Room.READ,
    "issues.ties": Room.READ,
    "issues.timeline": Room.READ,
    "issues.why": Room.READ,
    "issues.reach": Room.READ,
    "issues.rate_table": Room.READ,
    "issues.verdicts": Room.READ,
    "issues.worktimes": Room.READ,
    "notices.group_actions": Room.ACTION,  # group channels of a district
    "notices.group_forms": Room.FACE,
    "notices.group_line": Room.READ,  # a message to a group
    "notices.group_sending": Room.ACTION,  # the loop that sends them
    "notices.preference_actions": Room.ACTION,  # what a person chooses, all of it at once
    "notices.preference_forms": Room.FACE,
    "notices.text_messages": Room.READ,  # a message to somebody's telephone
    "notices.webhook_actions": Room.ACTION,  # subscriptions of other systems
    "notices.webhook_sending": Room.ACTION,  # the loops that write and send their messages
    "notices.wire": Room.READ,  # a request to somebody else's address
    "open311.jurisdictions": Room.READ,
    "open311.offered": Room.READ,
    "open311.places": Room.READ,
    "open311.shown": Room.READ,
    "open311.tokens": Room.READ,
    "volunteers.joining_querysets": Room.READ,
    "volunteers.pairing_export": Room.READ,
    "volunteers.pairing_querysets": Room.READ,
    "volunteers.deeds": Room.READ,  # and what was booked for them
    "volunteers.figures": Room.READ,
    "volunteers.per_unit": Room.READ,
    "volunteers.waiting": Room.READ,
    "volunteers.wish_querysets": Room.READ,
    "volunteers.wish_ties": Room.READ,
    "volunteers.wish_words": Room.READ,
    "volunteers.certificates": Room.READ,
    "volunteers.export": Room.READ,
    "volunteers.star_rules": Room.READ,
    "volunteers.goods_querysets": Room.READ,
    "volunteers.points_check": Room.READ,
    "volunteers.points_figures": Room.READ,
    "volunteers.points_querysets": Room.READ,
    "volunteers.points_sums": Room.READ,
    "volunteers.rankings": Room.READ,
    "trail.hiding": Room.READ,
    "trail.hints": Room.READ,  # a nudge over the broker
    "trail.key_actions": Room.ACTION,  # idempotency keys of many wishes at once
    "trail.job_reports": Room.READ,
    "trail.job_actions": Room.ACTION,  # how long work is ordered and done
    "trail.rows": Room.READ,  # rows by SQL of one's own
    "trail.statements": Room.READ,
    "trail.turns": Room.READ,  # locks without a row
    "trail.windows": Room.READ,
    "trail.conditions": Room.FACE,  # ETag and If-Match of REST answers
    "trail.idempotency": Room.FACE,  # what stands around every write of a page or the API
    "trail.kept_forms": Room.FACE,  # what a phone is told that sends later
    "trail.logs": Room.WIRING,
    "trail.moments": Room.FACE,  # fields of forms
    "trail.paging": Room.FACE,
    "trail.problems": Room.FACE,  # the shape of an error over REST
}
# Apps that are no domain: the roof, and the demo with its servers.
ROOM_OF_APP: dict[str, Room] = {"governance": Room.WIRING, "demo": Room.FACE}
# These carry the rules; they must never slip into another room.
KNOWN_PURE = (
    "calendars.worktime",
    "grids.levels",
    "grids.roles",
    "grids.policies",
    "grids.powers",
    "issues.kinds",
    "issues.lifecycle",
    "issues.rules",
    "issues.whistles",
    "issues.ladder",
    "issues.limits",
    "issues.policies",
    "issues.checking",
    "volunteers.minors",
    "volunteers.words",
    "volunteers.wishes",
    "volunteers.joining",
    "volunteers.activities",
    "volunteers.asking",
    "volunteers.hours",
    "volunteers.shifts",
    "volunteers.stars",
    "volunteers.ledger",
    "volunteers.passbook",
    "volunteers.redeeming",
    "volunteers.periods",
    "volunteers.small_groups",
    "volunteers.tariff",
)

# --- budgets (docstrings, comments and blank lines are not counted; tests and migrations are left out) ----
FUNCTION_MEDIAN = 8
FUNCTION_P95 = 35
FUNCTION_MOST = 60
MODULE_P95 = 300
MODULE_MOST = 400
NESTING_MOST = 3


# --- exceptions: each with its reason; one that no longer applies fails the test --------------------------
@dataclass(frozen=True)
class Waiver:
    """Lets violations of `check` in the file `path` pass whose text contains `text`."""

    check: str
    path: str
    text: str
    why: str


_DJANGOS_OWN_DOOR = "Django's createsuperuser asks the manager for it; everybody else calls accounts.actions."
WAIVERS: tuple[Waiver, ...] = (
    Waiver("writes", "accounts/models.py", "create_user()", _DJANGOS_OWN_DOOR),
    Waiver("writes", "accounts/models.py", "user.save()", _DJANGOS_OWN_DOOR),
    Waiver(
        "writes",
        "demo/database.py",
        "demo_mark",
        "The launcher's own note of whose database this is, kept before there are migrations or actions.",
    ),
    Waiver(
        "clock",
        "trail/querysets.py",
        "clock_timestamp()",
        "The one reading of the database's clock, which decides what is due; tasks call it and pass it down.",
    ),
)

# Rows leave as a file by grids.admin.downloads.hand_over alone, which records who took them. These give something that
# is no page and no such file: module -> what, and why nothing is recorded.
_REST = "an answer of REST in its own media type; what is read there is no file"
OTHER_ANSWERS: dict[str, str] = {
    "accounts.middleware": _REST,
    "trail.middleware": _REST,
    "trail.idempotency": _REST,
    "trail.problems": _REST,
    "grids.api.boundaries": _REST,
    "governance.api_urls": "the description of REST, the same for everybody",
    "issues.views.photos": "one picture on a page, to whoever sees the page",
    "issues.api.views": "one picture, to whoever sees its issue",
    "issues.views.solved": "a feed of what is public, for everybody",
    "desk.phone_views": "the manifest and the worker of the phone's pages, the same for everybody",
    "desk.screen_views": "a bare 404 for a wall whose link was revoked",
    "volunteers.views.feeds": "a calendar of what is public, for everybody",
    "desk.calendar_views": "one's own duties without words of anybody, fetched every few minutes by one's own calendar",
}
# Who gives out sheets without rows of anybody, to be filled in: module -> which.
SHEETS_TO_FILL_IN: dict[str, str] = {
    "grids.admin.sheets": "the template of each kind of sheet, with an example",
    "issues.admin.hotline": "the empty sheet of hotline orders",
}

# Third-party admin classes that may stay registered although they are no ActionAdmin: dotted path -> why.
FOREIGN_ADMINS: dict[str, str] = {}
