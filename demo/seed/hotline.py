"""A file of the 12345 hotline, as it comes every morning: some orders for the home street, and one wrong row."""

import io
import random
from datetime import datetime, timedelta
from typing import Any

from openpyxl import Workbook

from calendars.worktime import SHANGHAI
from demo.seed.people import Home
from demo.seed.scene import FICTIONAL, World
from demo.seed.texts import matters, report_text
from issues.actions.hotline import confirm_import, take_in_file
from issues.hotline.columns import DEFAULT
from trail.job_actions import run_job_once

# Matter → the hotline's own classification of it.
ORDERS = {
    "rubbish": "城市管理->环境卫生->垃圾清运",
    "lift": "住房保障->物业->电梯",
    "parking": "公安交通->静态交通->停车",
    "lamp": "城市管理->市政设施->路灯",
}
COLUMNS = (
    *("number", "type", "category", "title", "content", "caller", "phone", "secret"),
    *("district", "street", "community", "spot", "nature", "dispatched", "deadline"),
)


def import_orders(home: Home, world: World, *, now: datetime, seed: str) -> None:
    """Take the file in, confirm it and do the work that this orders, as the street's dispatcher."""
    rng = random.Random(f"{seed}:{home.grid.code}:hotline")
    by = world.cast.serves(home.street, "street_dispatcher")
    name = f"12345演示_{now.astimezone(SHANGHAI):%Y%m%d}.xlsx"
    batch = take_in_file(home.street, file_name=name, data=_file(home, now, rng), by=by, now=now)
    confirm_import(batch, by=by, now=now)
    while run_job_once(now=now):
        pass


def _file(home: Home, now: datetime, rng: random.Random) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([DEFAULT.header(name) for name in COLUMNS])
    for number, (key, topic) in enumerate(ORDERS.items(), start=1):
        sheet.append(list(_order(home, now, rng, number, key, topic).values()))
    # Nobody can keep an order without a deadline: the page shows which row was wrong, and why.
    wrong = _order(home, now, rng, len(ORDERS) + 1, "noise", "公安->社会治安->噪声") | {"deadline": ""}
    sheet.append(list(wrong.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _order(
    home: Home, now: datetime, rng: random.Random, number: int, key: str, topic: str
) -> dict[str, Any]:
    text, spot = report_text(matters()[key], rng)
    local = now.astimezone(SHANGHAI)
    deadline = local + timedelta(days=number + 1)
    return dict(
        zip(
            COLUMNS,
            (
                f"YS{local:%Y%m%d}{home.street.code[-4:]}{number:03d}",
                "求助",
                topic,
                "演示工单",
                text,
                "演示来电人",
                FICTIONAL.format(rng.randrange(10**8)),
                "是" if number == 1 else "否",
                home.district.name,
                home.street.name,
                home.community.name,
                spot,
                "主办",
                f"{local - timedelta(minutes=30):%Y-%m-%d %H:%M:%S}",
                f"{deadline:%Y-%m-%d} 17:00:00",
            ),
            strict=True,
        )
    )
