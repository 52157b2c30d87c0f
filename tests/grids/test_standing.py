"""Who one is on duty: own posts and those filled in for, in one query, kept for the request."""

from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from grids.actions.posts import end_post, record_leave
from grids.backends import PostBackend
from grids.standing import Standing, standing_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def test_several_posts_of_one_person(town, post, now) -> None:
    post("li", "grid_chief", town.g1)
    user = post("li", "body_officer", town.squad).user
    standing = standing_of(user, now)
    assert [(one.role, one.unit_id, one.level, one.body_id, one.covering) for one in standing.positions] == [
        ("grid_chief", town.g1.pk, "grid", None, False),
        ("body_officer", None, None, town.squad.pk, False),
    ]
    assert standing.unit_ids() == {town.g1.pk} and standing.body_ids() == {town.squad.pk}
    assert standing.can("hand_up") and standing.can("report_in") and not standing.can("lift")
    assert standing.positions[1].lineage == {"district_id": town.district.pk, "street_id": town.a.pk}
    assert standing.territory() == {"grid_id": {town.g1.pk}}
    assert standing.territory("lift") == {}
    assert standing.unit_ids_above() == {town.district.pk, town.a.pk, town.x.pk, town.g1.pk}
    assert standing.sees_contact


def test_a_deputy_fills_in_only_while_the_leave_lasts(town, post, person, now) -> None:
    chief = post("li", "grid_chief", town.g1, deputy="zhang")
    deputy = person("zhang")
    assert standing_of(deputy, now).positions == ()
    record_leave(chief, starts_at=now + DAY, ends_at=now + 3 * DAY, by=None, now=now)
    assert not standing_of(deputy, now).can("handle")
    (position,) = standing_of(deputy, now + 2 * DAY).positions
    assert position.covering and position.unit_id == town.g1.pk
    assert not standing_of(deputy, now + 3 * DAY).can("handle"), "the end is the first moment after it"


def test_nobody_stands_nowhere(person, now) -> None:
    assert standing_of(AnonymousUser(), now) == standing_of(None, now) == Standing(None)
    gone = person("gone")
    gone.is_active = False
    assert not standing_of(gone, now).positions


def test_one_query_for_a_request_and_a_new_one_after_a_change(
    town, post, now, django_assert_num_queries
) -> None:
    held = post("li", "grid_chief", town.g1)
    user = User.objects.get(pk=held.user_id)
    with django_assert_num_queries(1):
        assert standing_of(user, now).can("handle")
        assert standing_of(user, now + timedelta(seconds=30)).can("handle")
        assert standing_of(user).can("handle")
    end_post(held, by=None, now=now)
    assert not standing_of(user, now).can("handle")
    with django_assert_num_queries(1):
        standing_of(user, now + 2 * DAY)


def test_without_a_moment_the_databases_clock_decides(town, post) -> None:
    now_and_then = (
        post("li", "grid_chief", town.g1),
        post("wang", "grid_chief", town.g1, starts_on=date(2999, 1, 1)),
    )
    assert [len(standing_of(one.user).positions) for one in now_and_then] == [1, 0]


def test_an_outside_bodys_people_see_no_contact_data(town, post, now) -> None:
    user = post("re", "body_officer", town.heat).user
    standing = standing_of(user, now)
    assert standing.can("report_in") and not standing.sees_contact and standing.insiders() == ()


def test_permissions_come_from_posts_alone(town, post, person, monkeypatch, now) -> None:
    monkeypatch.setattr("grids.backends.timezone.now", lambda: now)
    backend = PostBackend()
    user = post("guan", "system_admin", town.district).user
    assert backend.has_perm(user, "can.manage_units")
    assert not backend.has_perm(user, "can.handle") and not backend.has_perm(user, "grids.add_unit")
    assert not backend.has_perm(person("nobody"), "can.report")
