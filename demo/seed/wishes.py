"""Micro-wishes of the demo's community, one for everything that can become of them: to be reviewed, open, claimed, open
again because the claim ran out, said to be fulfilled, granted and thanked for, not accepted. Whoever wishes has no
account; the community writes down what volunteers without a telephone do."""

from datetime import datetime, timedelta
from typing import Any

from demo.seed.people import Home
from demo.seed.texts import phrases
from volunteers.actions.joining import add_organisation, check_in_organisation
from volunteers.actions.wishes import (
    accept_wish,
    claim_wish,
    confirm_wish,
    fulfil_wish,
    make_wish,
    refuse_wish,
    reopen_overdue,
    thank_wish,
)
from volunteers.models import Volunteer, Wish

ORGANISATION = "演示·同心共建单位"
# Days of a claim that was not kept.
SHORT = 5


class Teller:
    """Makes wishes and lets things happen to them, each so many days ago."""

    def __init__(self, home: Home, secretary: Any, now: datetime) -> None:
        self.home, self.secretary, self.now = home, secretary, now

    def ago(self, days: float) -> datetime:
        return self.now - timedelta(days=days)

    def by(self, days: float) -> dict[str, Any]:
        """Whoever writes it down, and when."""
        return {"by": self.secretary, "now": self.ago(days)}

    def made(self, days: float, alias: str, text: str, *, written_down: bool = False) -> Wish:
        by = self.secretary if written_down else None
        return make_wish(
            unit=self.home.community if written_down else self.home.grid,
            alias=f"演示·{alias}",
            text=text + phrases()["mark"],
            consent=True,
            by=by,
            now=self.ago(days),
            on_behalf=written_down,
        )[0]

    def open(self, days: float, alias: str, text: str, *, lasts: int | None = None, **how: Any) -> Wish:
        """Accepted two hours after it was made."""
        made = self.made(days, alias, text, **how)
        return accept_wish(made, days=lasts, **self.by(days - 1 / 12))

    def claimed(self, days: float, claimer: Any, alias: str, text: str, **how: Any) -> Wish:
        """Claimed the day after."""
        return claim_wish(self.open(days, alias, text, **how), claimer=claimer, **self.by(days - 1))

    def fulfilled(self, days: float, claimer: Any, alias: str, text: str, what: str) -> Wish:
        """Fulfilled two days after the claim."""
        wish = self.claimed(days, claimer, alias, text)
        return fulfil_wish(wish, text=f"演示：{what}", **self.by(days - 3))


def seed_wishes(home: Home, secretary: Any, confirmer: Any, *, now: datetime) -> None:
    """By the community's secretary; what it wrote down as fulfilled is confirmed by the street (`confirmer`)."""
    tell = Teller(home, secretary, now)
    people = list(Volunteer.objects.active().filter(community=home.community, user=None).order_by("pk"))
    firm = add_organisation(name=ORGANISATION, kind="other", district=home.district, **tell.by(12))
    check_in_organisation(firm, unit=home.community, **tell.by(12))
    _not_kept(tell, people[0])
    _granted(
        tell, people[1], confirmer, ("银杏叶", "想请人把客厅的灯泡换一下", "灯泡换好了"), "灯亮了，谢谢师傅！"
    )
    _granted(tell, firm, confirmer, ("小满", "孩子想要一套字典", "字典送到了家里"), "孩子高兴坏了，谢谢！")
    tell.fulfilled(5, people[2], "老槐树", "想要一副三百度的老花镜", "眼镜送到了，看报没问题")
    tell.claimed(3, people[3], "石榴花", "想找人陪着学用手机挂号", written_down=True)
    tell.claimed(2, firm, "向阳花", "想给楼道口添一把歇脚的椅子")
    tell.open(1.5, "山茶", "想借一辆轮椅推老伴晒晒太阳，一个下午就够")
    tell.open(1, "麦穗", "旧收音机不响了，想请人修一修", written_down=True)
    no = tell.made(4, "满天星", "想要一台新电视机")
    why = "演示：微心愿是邻里力所能及的小事；困难补助请到社区党群服务中心咨询"
    refuse_wish(no, text=why, **tell.by(3.5))
    tell.made(0.1, "腊梅", "想请人帮忙把两袋米搬上四楼")
    tell.made(0.05, "青藤", "想学写春联，想找一位老师", written_down=True)


def _not_kept(tell: Teller, claimer: Volunteer) -> None:
    """Nobody fulfilled it in time: it is open again, for somebody else."""
    wish = tell.claimed(11, claimer, "芦苇", "想请人把阳台的窗户修好", lasts=SHORT)
    assert wish.due_at is not None, "a claim runs out"
    reopen_overdue(now=wish.due_at + timedelta(minutes=1))


def _granted(tell: Teller, claimer: Any, confirmer: Any, told: tuple[str, str, str], thanks: str) -> None:
    """Confirmed the day after, and thanked for by the wisher."""
    wish = tell.fulfilled(10, claimer, *told)
    confirm_wish(wish, by=confirmer, now=tell.ago(6))
    thank_wish(wish, text=f"演示：{thanks}", by=None, now=tell.ago(5.5), holds_link=True)
