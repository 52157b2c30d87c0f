"""A row of street A in every table that has addresses, and a second district beside it that owns none of them."""

from datetime import time, timedelta
from typing import Any

from django.contrib import admin
from django.db.models import Model

from accounts.actions import issue_token
from accounts.models import Grant, ServiceAccount, User
from desk.actions import save_filter, take_snapshot
from desk.kiosk_actions import make_kiosk
from desk.models import Kiosk, SavedFilter, Snapshot
from grids.actions.boundary_sheets import order_boundaries
from grids.actions.policies import set_policy
from grids.actions.sheet_files import read_file, take_in_sheet
from grids.actions.systems import open_service
from grids.boundary_files import read_boundaries
from grids.coordinates import WGS84
from grids.models import Body, Policy, Post, SheetFile, Unit
from issues.actions.hotline import JOB as HOTLINE_JOB
from issues.actions.hotline import confirm_import, take_in_file
from issues.actions.hotline import read_file as read_orders
from issues.actions.outside import report_outside
from issues.actions.photos import Photo
from issues.actions.schedules import add_schedule
from issues.models import (
    Attachment,
    Callee,
    Category,
    Decision,
    HotlineOrder,
    ImportBatch,
    Issue,
    OutsideTask,
    Schedule,
    Task,
    Whistle,
)
from notices.actions import fan_out_once
from notices.group_actions import WantedGroup, add_group
from notices.models import GroupChannel, Message, Notice, Subscription
from notices.webhook_actions import Wanted, add_subscription
from tests.builders import WESTERNERS, Town, add_west
from tests.faces import photo
from tests.issues.acting import Acting
from tests.issues.sheets import row, workbook
from trail.job_actions import run_job_once
from trail.models import Delivery, Event, Job
from trail.querysets import SharedQuerySet
from volunteers.actions.activities import NewShift, add_activity, open_activity
from volunteers.actions.corrections import ask_correction
from volunteers.actions.facts import Person
from volunteers.actions.goods import add_good
from volunteers.actions.hours import confirm_service, propose_service
from volunteers.actions.joining import (
    add_organisation,
    check_in_organisation,
    offer_resource,
)
from volunteers.actions.pairings import note_duty, pair_place
from volunteers.actions.people import sign_up
from volunteers.actions.points import book_events
from volunteers.actions.redeem import collect_good, reserve_good
from volunteers.actions.series import repeat_activity
from volunteers.actions.sign_ups import sign_up as sign_up_for_shift
from volunteers.actions.statements import make_statement
from volunteers.actions.stations import open_station
from volunteers.actions.teams import open_team
from volunteers.actions.transfers import ask_transfer
from volunteers.actions.wishes import make_wish
from volunteers.models import (
    Activity,
    CheckIn,
    Correction,
    Good,
    Offer,
    Organisation,
    Pairing,
    Redemption,
    Series,
    Service,
    Shift,
    SignUp,
    Statement,
    Station,
    Team,
    Transfer,
    Volunteer,
    Wish,
)

Rows = dict[type[Model], Any]
PAGES = admin.site._registry
SHARED = {model for model in PAGES if isinstance(model._default_manager.all(), SharedQuerySet)}
OWNED = sorted(set(PAGES) - SHARED, key=lambda model: model._meta.label)
WEST = tuple(name for name, _role in WESTERNERS)


def rows_of_street_a(town: Town) -> Rows:
    """Issues with all kinds of parts, a file that was imported, what was told and given up; everybody at a desk."""
    act, people, worker = Acting(town, town.now), town.people, "community_worker"
    issue = act("ask_extension", act.handling(), "grid_worker")
    act("note", issue, "grid_worker", photos=[Photo(photo(), 1000)])
    act("whistle", act.handling("noise", worker), worker, kind="quick", bodies=[town.office])
    act("split", act.handling("noise", worker), worker, units=[town.grid, town.other_grid])
    brings = {"by": people["street_dispatcher"], "now": town.now}
    orders = workbook([row(), row(number="GZ2", deadline="x")])
    said = read_orders(town.street, orders, **brings)
    batch = take_in_file(town.street, said, file_name="1.xlsx", **brings)
    confirm_import(batch, **brings)
    while run_job_once(now=town.now):
        pass
    supervises = {"by": people["supervisor"], "now": town.now}
    made: Rows = {
        Issue: issue,
        Attachment: Attachment.objects.first(),
        Decision: issue.decisions.get(),
        Callee: Callee.objects.get(),
        Task: Task.objects.first(),
        Whistle: Whistle.objects.get(),
        ImportBatch: batch,
        HotlineOrder: HotlineOrder.objects.get(),
        Job: Job.objects.get(kind=HOTLINE_JOB),
        Unit: town.grid,
        Body: town.office,
        Post: town.posts["grid_worker"],
        User: people["grid_worker"],
        SheetFile: _sheet(town),
        ServiceAccount: _service(town),
        Grant: _token(town),
        Policy: _policy(town),
        Schedule: scheduled_task(town),
        Category: _category(town),
        OutsideTask: outside_task(town),
        Snapshot: take_snapshot("issues", [], unit=town.street, **supervises),
        SavedFilter: save_filter("issues", name="演示", query="due=late", **supervises),
        GroupChannel: _group(town),
        Kiosk: _kiosk(town),
        **_volunteering(town),
        Event: Event.objects.about("issue", issue.pk).last(),
    }
    made |= given_up(town) | _webhook(town, made[Event])
    if "west" not in town.units:
        add_west(town)
    User.objects.filter(is_service=False).update(is_staff=True)
    return made


def given_up(town: Town) -> Rows:
    """Everything was told, and no receiver or handler took it."""
    fan_out_once(now=town.now)
    Notice.objects.update(state="dead")
    Delivery.objects.update(dead_at=town.now)
    return {
        Notice: Notice.objects.filter(recipient=town.people["grid_worker"]).last(),
        Delivery: Delivery.objects.filter(event__subject_type="issue").last(),
    }


def _service(town: Town) -> ServiceAccount:
    """Another system that reports in street A, with a token."""
    brings = {"by": town.people["system_admin"], "now": town.now}
    user = open_service("demo-system", display_name="演示·系统", role="spotter", place=town.street, **brings)
    issue_token(user, name="演示", expires_at=town.now + timedelta(days=30), **brings)
    return ServiceAccount.objects.get(pk=user.pk)


def _sheet(town: Town) -> SheetFile:
    """Of bodies, ready to be confirmed: only whoever has brought it sees it. And boundaries that are being saved."""
    brings = {"by": town.people["system_admin"], "now": town.now}
    shape = {"type": "Polygon", "coordinates": [[[125, 43], [125.01, 43], [125.01, 43.01], [125, 43]]]}
    found = read_boundaries(shape, WGS84, town.grid.code)
    order_boundaries(found, file_name="1.geojson", **brings)
    data = "编码,名称,类别,所属辖区编码\nnew-1,演示新单位,职能部门,220103\n".encode()
    return take_in_sheet("bodies", read_file("bodies", data, **brings), file_name="1.csv", **brings)


def _token(town: Town) -> Grant:
    """Somebody's own."""
    worker = town.people["grid_worker"]
    issue_token(worker, by=worker, now=town.now, name="演示")
    return Grant.objects.of(worker)[0]


def _webhook(town: Town, event: Event) -> Rows:
    """Another system, and what it was told of street A."""
    wanted = Wanted("演示系统", "http://127.0.0.1:9/", town.people["street_dispatcher"])
    subscription = add_subscription(wanted, unit=town.street, by=town.people["system_admin"], now=town.now)
    # Given up: what can still be sent again.
    about = {
        "state": "dead",
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "seq": event.seq,
    }
    message = Message.objects.create(
        subscription=subscription, event=event, next_try_at=town.now, created_at=town.now, **about
    )
    return {Subscription: subscription, Message: message}


def _group(town: Town) -> GroupChannel:
    """Of the district, told of alarms."""
    wanted = WantedGroup("演示群", "feishu://demo-token-0000", ["alarm"], "zh-hans")
    return add_group(wanted, district=town.district, by=town.people["system_admin"], now=town.now)


def _kiosk(town: Town) -> Kiosk:
    """A wall in street A."""
    brings = {"by": town.people["system_admin"], "now": town.now}
    kiosk, _secret = make_kiosk("演示大厅", unit=town.street, language="zh-hans", **brings)
    return kiosk


def _volunteering(town: Town) -> Rows:
    """Somebody of another community of the street who asks to be taken in, and what the community has."""
    by = {"by": town.people["community_secretary"], "now": town.now}
    person = Person(name="演示志愿者", phone="13800000001", alias="演示小志")
    home, asker = town.other_community, town.people["building_head"]
    volunteer = sign_up(home, person, by=asker, now=town.now)
    station = open_station(town.community, name="演示站", place="演示路1号", hours="9:00", **by)
    return {
        Volunteer: volunteer,
        Transfer: ask_transfer(volunteer, home=town.community, by=asker, now=town.now),
        Team: open_team(town.community, name="演示队", topic="order", **by),
        Station: station,
        Wish: _wish(town, asker),
        **activity_rows(town, volunteer, asker),
        **goods_rows(town, station, volunteer, asker),
        **_joining(town),
    }


def _joining(town: Town) -> Rows:
    """With a statement of somebody of the grid, who sees what is their own alone."""
    worker = town.people["grid_worker"]
    person = Person(name="演示网格员", phone="13800000002", alias="演示小网")
    return joining_rows(town, sign_up(town.grid, person, by=worker, now=town.now), worker)


def joining_rows(town: Town, helper: Volunteer, user: User) -> Rows:
    """An organisation that has checked in with an offer and answers for a grid, and a statement of their own."""
    by = {"by": town.people["community_secretary"], "now": town.now}
    firm = add_organisation(name="演示公司", kind="other", district=town.district, **by)
    checkin = check_in_organisation(firm, unit=town.community, **by)
    pairing = pair_place(town.grid, level=2, organisation=firm, **by)
    note_duty(pairing, "fee", done_on=town.now.date(), **by)
    period = {"since": town.now.date(), "until": town.now.date(), "by_name": True}
    statement, _secret = make_statement(helper, **period, by=user, now=town.now)
    return {
        Organisation: firm,
        CheckIn: checkin,
        Offer: offer_resource(checkin, kind="venue", words="演示:会议室", **by),
        Pairing: pairing,
        Statement: statement,
    }


def goods_rows(town: Town, station: Station, volunteer: Volunteer, user: User) -> Rows:
    """What they have put aside, for the points of their hours; another one they have collected."""
    book_events(list(Event.objects.filter(subject_type="service", verb="confirm")), now=town.now)
    by = {"by": town.people["community_secretary"], "now": town.now}
    good = add_good(station, name="演示毛巾", price=5, stock=3, **by)
    taken, waits = [reserve_good(good, volunteer=volunteer, by=user, now=town.now) for _one in range(2)]
    collect_good(station, code=taken.code, **by)
    return {Good: good, Redemption: waits}


def _wish(town: Town, by: User) -> Wish:
    """One that nobody has reviewed yet: what has been accepted is for everybody to find."""
    told = {"alias": "演示向阳花", "text": "演示:想要老花镜", "phone": "13800000001"}
    return make_wish(unit=town.grid, consent=True, by=by, now=town.now, **told)[0]


def activity_rows(town: Town, volunteer: Volunteer, user: User) -> Rows:
    """What they sign up for, again every week, and hours of theirs, of some of which they say that these are wrong."""
    by = {"by": town.people["community_secretary"], "now": town.now}
    start = town.now + timedelta(days=1)
    shifts = [NewShift(start, start + timedelta(hours=2), 2)]
    activity = add_activity(unit=town.community, title="演示:清雪", what="演示:清理楼道", shifts=shifts, **by)
    activity = open_activity(activity, **by)
    series = repeat_activity(activity, rhythm="weekly", until=start.date() + timedelta(days=70), **by)
    shift = activity.shifts.get()
    served = {"on": town.now.date(), "minutes": 60, "what": "演示:陪诊", "unit": town.community}
    services = [propose_service(volunteer, **served, **by) for _one in range(2)]
    for one in services:
        confirm_service(one, by=town.people["street_leader"], now=town.now)
    asked = ask_correction(services[1], minutes=90, reason="演示:少记", by=user, now=town.now)
    return {
        Activity: activity,
        Shift: shift,
        SignUp: sign_up_for_shift(shift, volunteer=volunteer, by=user, now=town.now),
        Series: series,
        Service: services[0],
        Correction: asked,
    }


def _policy(town: Town) -> Policy:
    """Of the street, to hold from tomorrow: one that can still be withdrawn."""
    return set_policy(
        town.street,
        "categories",
        {"litter": {"submit": [24, "hours"]}},
        by=town.people["street_leader"],
        now=town.now,
        effective_from=town.now + timedelta(days=1),
        reason="演示:试行",
    )


def _category(town: Town) -> Category:
    """One that the district has added."""
    row = {"name": "演示:共享单车", "name_en": "Bicycles", "kind": "help", "handled_at": "grid"}
    value = {"own_1": row | {"for_residents": "yes"}}
    by = town.people["system_admin"]
    set_policy(town.district, "own_categories", value, by=by, now=town.now, reason="演示:增设")
    return Category.objects.get(district=town.district)


def outside_task(town: Town) -> OutsideTask:
    """What the grid was given by its street."""
    by = town.people["grid_worker"]
    return report_outside(grid=town.grid, given_by=town.street, text="演示:填报表", by=by, now=town.now)


def scheduled_task(town: Town) -> Schedule:
    return add_schedule(
        place=town.grid,
        category=town.categories["litter"],
        text="演示:清理楼道",
        at=time(9),
        by=town.people["community_secretary"],
        now=town.now,
    )
