"""Files of the 12345 hotline: the one of this morning for the home street, with a wrong row, then one that sends
an order again and one that had ended; and a file for every order of the past."""

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, When

from calendars.worktime import SHANGHAI
from demo.seed.cast import Cast
from demo.seed.people import Home
from demo.seed.texts import Matter, matters, report_text
from grids.models import Unit
from grids.workbook import Sheet, xlsx_file
from issues.actions.hotline import confirm_import, read_file, take_in_file
from issues.hotline.columns import USUAL
from issues.kinds import ASSISTS
from issues.models import HotlineOrder
from trail.job_actions import run_job_once
from trail.models import Job

# Matter → the hotline's own classification of it.
ORDERS = {
    "rubbish": "城市管理->环境卫生->垃圾清运",
    "lift": "住房保障->物业->电梯",
    "parking": "公安交通->静态交通->停车",
    "lamp": "城市管理->市政设施->路灯",
}
# One that means nothing to us: the community screens it.
UNKNOWN = "其他诉求->未归类"
COLUMNS = (
    *("number", "type", "category", "title", "content", "caller", "phone", "secret"),
    *("district", "street", "community", "spot", "nature", "related", "dispatched", "deadline"),
)
# The hotline's deadline of the past orders; those of this morning end within days.
WORKING_DAYS = 10
TITLE, CALLER = "演示工单", "演示来电人"
# No subscriber has a number that begins like this.
FICTIONAL = "000{:08d}"


def order_row(
    place: Unit,
    matter: Matter,
    rng: random.Random,
    *,
    number: str,
    topic: str,
    deadline: date,
    sent_at: datetime,
    secret: bool = False,
) -> dict[str, Any]:
    """Meaning → cell of one order about this matter somewhere in the place's community."""
    text, spot = report_text(matter, rng)
    levels = {name: getattr(place, name) for name in ("district", "street", "community")}
    return {name: unit.name for name, unit in levels.items() if unit} | {
        "number": number,
        "type": "求助",
        "category": topic,
        "title": TITLE,
        "content": text,
        "caller": CALLER,
        "phone": FICTIONAL.format(rng.randrange(10**8)),
        "secret": "是" if secret else "否",
        "spot": spot,
        "nature": "主办",
        "dispatched": sent_at,
        "deadline": f"{deadline:%Y-%m-%d} 17:00",
    }


def bring(street: Unit, rows: Sequence[Mapping[str, Any]], *, by: Any, now: datetime) -> list[HotlineOrder]:
    """Take a file with these rows in, confirm it and do the work that this orders; the orders that it held."""
    local = now.astimezone(SHANGHAI)
    cells = [[row.get(name) for name in COLUMNS] for row in rows]
    data = xlsx_file(Sheet("工单", [USUAL[name] for name in COLUMNS], cells))
    sheet = read_file(street, data, by=by, now=now)
    batch = take_in_file(street, sheet, file_name=f"12345演示_{local:%Y%m%d_%H%M}.xlsx", by=by, now=now)
    confirm_import(batch, by=by, now=now)
    job = Job.objects.about(batch=batch.pk)[0]
    while run_job_once(now=now, only=job):
        pass
    return list(HotlineOrder.objects.select_related("issue").filter(batch=batch).order_by("pk"))


def this_morning(home: Home, cast: Cast, *, now: datetime, seed: str) -> None:
    """Some orders, one of them confidential, and a row that is wrong. Then the hotline sends one again: it has
    become urgent, so its owner hears of the new deadline. And one of those that had ended, of this street if there
    is one, else of the district: it is redone."""
    by = cast.serves(home.street, "street_dispatcher")
    rng = random.Random(f"{seed}:{home.grid.code}:hotline")
    rows = [
        _today(home, rng, now, number, key, topic) for number, (key, topic) in enumerate(ORDERS.items(), 1)
    ]
    # In one of them another has the lead, and the hotline names the order that it goes with.
    rows[1] |= {"nature": ASSISTS, "related": f"{rows[0]['number']}、{rows[2]['number']}"}
    # Nobody can keep an order without a deadline: the page shows which row was wrong, and why.
    wrong = _today(home, rng, now, len(ORDERS) + 1, "noise", "公安->社会治安->噪声") | {"deadline": None}
    bring(home.street, [*rows, wrong], by=by, now=now - timedelta(minutes=5))
    urgent = rows[-1] | {
        "content": f"{rows[-1]['content']}来电人再次催办。",
        "deadline": f"{now.astimezone(SHANGHAI) + timedelta(days=1):%Y-%m-%d} 12:00",
    }
    bring(home.street, [urgent], by=by, now=now)
    ended = HotlineOrder.objects.filter(issue__district=home.district, issue__state="closed", earlier=[])
    here = Case(When(issue__street=home.street, then=0), default=1)
    order = ended.select_related("issue__street").order_by(here, "-issue__closed_at").first()
    if order is not None and (street := order.issue.street):
        again = {name: urgent[name] for name in ("dispatched", "deadline")}
        row = order.given | again | {"number": order.number}
        bring(street, [row], by=cast.serves(street, "street_dispatcher"), now=now)


def _today(
    home: Home, rng: random.Random, now: datetime, number: int, key: str, topic: str
) -> dict[str, Any]:
    local = now.astimezone(SHANGHAI)
    return order_row(
        home.building,
        matters()[key],
        rng,
        number=f"YS{local:%Y%m%d}{home.street.code[-4:]}{number:03d}",
        topic=topic,
        deadline=(local + timedelta(days=number + 1)).date(),
        sent_at=now - timedelta(minutes=30),
        secret=number == 1,
    )
