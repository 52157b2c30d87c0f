"""Filters of one's own above the staff admin's list of issues: kept, used, renamed, removed; private, and never in the
way of the list."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from desk.actions import rename_filter, save_filter
from desk.models import SavedFilter
from desk.tables import ISSUE_LIST
from tests.builders import Town
from tests.faces import ENGLISH, stop_clock
from trail.refusals import NotAllowed, Refused

LIST = "/admin/issues/issue/"
MINE = "street_dispatcher"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch, town: Town) -> None:
    stop_clock(monkeypatch, town.now)


def enter(town: Town, name: str = MINE) -> Client:
    user = town.people[name]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    client = Client(headers=ENGLISH)
    client.force_login(user, backend="grids.backends.PostBackend")
    return client


def keep(client: Client, name: str, **asked: str) -> Any:
    told = {"name": name, "query": urlencode(asked)}
    return client.post(reverse("desk:keep_filter", args=[ISSUE_LIST]), told, follow=True)


def own(town: Town, name: str, query: str = "due=late") -> SavedFilter:
    return save_filter(ISSUE_LIST, by=town.people[MINE], now=town.now, name=name, query=query)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    return answer.content.decode()


class TestKeeping:
    def test_filter_search_and_order_are_kept_without_the_page(self, town: Town) -> None:
        client = enter(town)
        asked = {"whose": "mine", "q": "楼道 灯", "o": "7.-5", "p": "3", "state__exact": ""}
        answer = keep(client, "Mine by place", **asked)
        kept = SavedFilter.objects.get()
        assert kept.query == urlencode({"whose": "mine", "q": "楼道 灯", "o": "7.-5"})
        assert (kept.user, kept.table, kept.name) == (town.people[MINE], ISSUE_LIST, "Mine by place")
        assert answer.redirect_chain == [(f"{LIST}?{kept.query}", 302)]
        assert "The filter is saved." in text_of(answer)

    def test_category_and_place_are_kept_like_the_others(self, town: Town) -> None:
        here, other = town.report("noise"), town.report("noise", place=town.other_building)
        client = enter(town)
        asked = {"category": "noise", "unit": town.grid.code, "rows": "50"}
        answer = keep(client, "Noise in my grid", **asked, p="2")
        assert answer.redirect_chain == [(f"{LIST}?{urlencode(asked)}", 302)]
        (link,) = [one.link for one in client.get(LIST).context["filters"]]
        text = text_of(client.get(link))
        assert here.number in text and other.number not in text
        assert f'href="{escape(link)}" aria-current="true"' in text

    def test_a_kept_place_that_one_sees_no_more_is_said(self, town: Town) -> None:
        own(town, "of a neighbour", f"due=open&unit={town.far_grid.code}")
        client = enter(town)
        (link,) = [one.link for one in client.get(LIST).context["filters"]]
        answer = client.get(link, follow=True)
        assert answer.redirect_chain == [(f"{LIST}?due=open", 302)]
        assert "does not know any more: place" in text_of(answer)

    def test_a_link_above_the_list_shows_it_again(self, town: Town) -> None:
        late, other = town.report("noise"), town.report("litter")
        client = enter(town)
        keep(client, "Noise", q=late.number)
        found = client.get(LIST)
        (link,) = [one.link for one in found.context["filters"]]
        assert f'href="{link}"' in text_of(found)
        shown = client.get(link)
        assert late.number in text_of(shown) and other.number not in text_of(shown)
        assert f'href="{link}" aria-current="true"' in text_of(shown)
        assert f'href="{link}" aria-current' not in text_of(client.get(f"{LIST}?due=late"))

    def test_a_plain_list_has_nothing_to_keep(self, town: Town) -> None:
        client, form = enter(town), reverse("desk:keep_filter", args=[ISSUE_LIST])
        assert form not in text_of(client.get(LIST))
        assert form not in text_of(client.get(f"{LIST}?p=1"))
        assert form in text_of(client.get(f"{LIST}?due=late"))
        assert form not in text_of(client.get("/admin/issues/category/?q=a"))

    def test_the_lists_of_the_desk_keep_theirs_apart(self, town: Town) -> None:
        own(town, "of the admin")
        save_filter("issues", by=town.people[MINE], now=town.now, name="of the desk", query="late=on")
        client = enter(town)
        assert "of the desk" not in text_of(client.get(LIST))
        listed = text_of(client.get("/admin/lists/issues/"))
        assert "of the desk" in listed and "of the admin" not in listed

    @pytest.mark.parametrize("name", ["", "  ", "n" * 41])
    def test_without_a_usable_name_nothing_is_kept(self, town: Town, name: str) -> None:
        assert "at most 40" in text_of(keep(enter(town), name, due="late"))
        assert not SavedFilter.objects.exists()

    def test_too_long_is_refused_and_not_cut(self, town: Town) -> None:
        assert "too long" in text_of(keep(enter(town), "long", q="灯" * 60))
        assert not SavedFilter.objects.exists()

    def test_thirty_and_no_more(self, town: Town) -> None:
        for number in range(30):
            own(town, f"n{number}")
        client = enter(town)
        assert "30 filters" in text_of(keep(client, "one more", due="late"))
        keep(client, "n1", due="open")
        assert SavedFilter.objects.count() == 30
        assert SavedFilter.objects.get(name="n1").query == "due=open"

    def test_only_who_opens_the_list(self, town: Town) -> None:
        client = enter(town, "system_admin")
        assert client.get(LIST).status_code == 403
        assert keep(client, "x", due="late").status_code == 403
        assert client.get(reverse("desk:filters", args=[ISSUE_LIST])).status_code == 403
        assert client.get(reverse("desk:filters", args=["secrets"])).status_code == 404
        assert client.get(reverse("desk:keep_filter", args=[ISSUE_LIST])).status_code == 405
        assert not SavedFilter.objects.exists()


class TestOneself:
    def test_renamed_and_removed(self, town: Town) -> None:
        kept, client = own(town, "before"), enter(town)
        page = reverse("desk:filters", args=[ISSUE_LIST])
        assert "before" in text_of(client.get(page))
        renamed = client.post(reverse("desk:name_filter", args=[kept.pk]), {"name": "after"}, follow=True)
        assert renamed.redirect_chain == [(page, 302)]
        kept.refresh_from_db()
        assert (kept.name, kept.query) == ("after", "due=late")
        for address in ("name_filter", "drop_filter"):
            assert client.get(reverse(f"desk:{address}", args=[kept.pk])).status_code == 405
        removed = client.post(reverse("desk:drop_filter", args=[kept.pk]), follow=True)
        assert "“after” is removed" in text_of(removed)
        assert not SavedFilter.objects.exists()

    def test_nobody_elses(self, town: Town) -> None:
        kept, other = own(town, "private"), enter(town, "supervisor")
        assert "private" not in text_of(other.get(LIST))
        assert "private" not in text_of(other.get(reverse("desk:filters", args=[ISSUE_LIST])))
        for address in ("name_filter", "drop_filter"):
            answer = other.post(reverse(f"desk:{address}", args=[kept.pk]), {"name": "taken over"})
            assert answer.status_code == 404
        with pytest.raises(NotAllowed):
            rename_filter(kept, by=town.people["supervisor"], now=town.now, name="x")
        kept.refresh_from_db()
        assert kept.name == "private"

    def test_a_name_is_used_once(self, town: Town) -> None:
        kept, client = own(town, "one"), enter(town)
        own(town, "other")
        answer = client.post(reverse("desk:name_filter", args=[kept.pk]), {"name": "other"}, follow=True)
        assert "is called so" in text_of(answer)
        mine = {"by": town.people[MINE], "now": town.now}
        assert rename_filter(kept, name="one", **mine).name == "one"
        with pytest.raises(Refused, match="name"):
            rename_filter(kept, name=" ", **mine)
        SavedFilter.objects.all().delete()
        with pytest.raises(Refused, match="meanwhile"):
            rename_filter(kept, name="late", **mine)


class TestWhatTheListDoesNotKnow:
    @pytest.mark.parametrize(
        "query",
        [
            "gone=1",
            "is_danger__exact=perhaps",
            "owner_unit__parent__parent__name=x",
            "reporter__phone=1",
            "category__id__exact=x",
        ],
    )
    def test_it_is_shown_without_filters_and_says_so(self, town: Town, query: str) -> None:
        issue = town.report("noise")
        own(town, "stale", query)
        client = enter(town)
        (link,) = [one.link for one in client.get(LIST).context["filters"]]
        text = text_of(client.get(link, follow=True))
        assert "without filters" in text and issue.number in text and "stale" in text

    @pytest.mark.parametrize(
        ("query", "what"),
        [
            *(("whose=nobody", "whose"), ("due=never", "deadline"), ("state__exact=lost", "state")),
            *(("category=none", "category"), ("unit=nowhere", "place")),
        ],
    )
    def test_the_others_are_kept(self, town: Town, query: str, what: str) -> None:
        one, other = town.report("noise"), town.report("litter")
        answer = enter(town).get(f"{LIST}?{query}&q={one.number}", follow=True)
        assert answer.redirect_chain == [(f"{LIST}?q={one.number}", 302)]
        text = text_of(answer)
        assert f"does not know any more: {what}" in text
        assert one.number in text and other.number not in text

    def test_what_it_knows_says_nothing(self, town: Town) -> None:
        client = enter(town)
        for query in ("whose=mine", "due=late", "state__exact=assigned", "is_danger__exact=1", "o=-7", ""):
            answer = client.get(f"{LIST}?{query}")
            assert answer.status_code == 200 and not list(answer.context["messages"]), query


def test_as_many_statements_for_thirty_as_for_one(town: Town) -> None:
    client = enter(town)
    told = []
    for many in (1, 30):
        for number in range(many):
            own(town, f"n{number}")
        for address in (f"{LIST}?due=late", reverse("desk:filters", args=[ISSUE_LIST])):
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            told.append(len(asked))
    assert told[:2] == told[2:]
