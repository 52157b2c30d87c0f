"""Long work: chunk by chunk, each whole or not at all; lost workers, failures, and the page that shows it."""

import os
import signal
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from trail import tasks
from trail.job_actions import LEASE, retry_job, run_job_once, start_job
from trail.jobs import KINDS, Cell, Report, job
from trail.models import Event, Heartbeat, Job, Tally
from trail.refusals import Refused
from trail.retries import FIRST_WAIT, MOST_ATTEMPTS

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
KIND = "tests.count"
ALL = 5
kept: list[Any] = []


def count(one: Job, now: datetime) -> bool:
    """One of five chunks; each leaves a mark of its own."""
    number = one.cursor.get("next", 1)
    Tally.objects.create(key=f"{one.pk}:{number}", until=now)
    one.total, one.done, one.cursor = ALL, number, {"next": number + 1}
    one.report = {"counted": number}
    return number < ALL


def show(one: Job, user: Any, now: datetime) -> Report:
    return Report([("Counted", one.report.get("counted"))], ["what"], [[Cell("here", "/healthz")]], more=3)


register = job(KIND, "Counting", seen_with=("manage_units",), show=show)
KINDS.pop(KIND, None)


@pytest.fixture
def kind() -> Iterator[str]:
    register(count)
    yield KIND
    del KINDS[KIND]


def fail_at(number: int, error: BaseException) -> None:
    """From now on the chunk of this number does its work and then fails."""

    def failing(one: Job, now: datetime) -> bool:
        more = count(one, now)
        if one.done == number:
            raise error
        return more

    register(failing)


def work(now: datetime = NOW, most: int = 50) -> int:
    """Until no job is due; how many chunks."""
    return next((count for count in range(most) if not run_job_once(now=now)), most)


def marks() -> list[str]:
    return sorted(Tally.objects.values_list("key", flat=True))


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_every_chunk_is_done_once_and_the_job_ends(self, kind: str) -> None:
        one = start_job(kind, {"thing": 7}, by=None, now=NOW)
        assert work() == ALL
        one.refresh_from_db()
        assert (one.state, one.done, one.total, one.percent) == ("done", ALL, ALL, 100)
        assert (one.started_at, one.finished_at, one.report) == (NOW, NOW, {"counted": ALL})
        assert marks() == [f"{one.pk}:{number}" for number in range(1, ALL + 1)]
        verbs = Event.objects.about("job", one.pk).values_list("verb", "data")
        assert list(verbs) == [
            ("start", {"kind": kind, "thing": 7}),
            ("finish", {"kind": kind, "done": ALL}),
        ]

    def test_it_begins_no_sooner_than_asked(self, kind: str) -> None:
        start_job(kind, {}, by=None, now=NOW, after=timedelta(seconds=10))
        assert work(NOW + timedelta(seconds=9)) == 0
        assert work(NOW + timedelta(seconds=10)) == ALL

    def test_what_waits_is_not_ordered_twice_but_waits_as_long_as_the_last_one_asks(self, kind: str) -> None:
        first = start_job(kind, {"thing": 7}, by=None, now=NOW, after=timedelta(seconds=10))
        later = NOW + timedelta(seconds=5)
        again = start_job(kind, {"thing": 7}, by=None, now=later, after=timedelta(seconds=10))
        other = start_job(kind, {"thing": 8}, by=None, now=later)
        assert (again.pk, again.next_try_at) == (first.pk, NOW + timedelta(seconds=15))
        assert other.pk != first.pk
        assert Event.objects.filter(subject_type="job").count() == 2

    def test_what_has_begun_is_ordered_anew(self, kind: str) -> None:
        first = start_job(kind, {"thing": 7}, by=None, now=NOW)
        assert run_job_once(now=NOW)
        second = start_job(kind, {"thing": 7}, by=None, now=NOW)
        assert second.pk != first.pk
        work()
        assert len(marks()) == 2 * ALL

    def test_two_jobs_take_turns(self, kind: str) -> None:
        for number in (1, 2):
            start_job(kind, {"thing": number}, by=None, now=NOW)
        for step in range(5):
            run_job_once(now=NOW + timedelta(seconds=step))
        assert sorted(Job.objects.values_list("done", flat=True)) == [2, 3]

    def test_one_alone_leaves_the_others_waiting(self, kind: str) -> None:
        first, second = (start_job(kind, {"batch": number}, by=None, now=NOW) for number in (1, 2))
        while run_job_once(now=NOW, only=second):
            pass
        assert list(Job.objects.order_by("pk").values_list("pk", "state")) == [
            (first.pk, "waiting"),
            (second.pk, "done"),
        ]

    def test_nothing_to_do_costs_one_look(self, kind: str) -> None:
        with CaptureQueriesContext(connection) as asked:
            assert run_job_once(now=NOW) is False
        assert len([query for query in asked if "SAVEPOINT" not in query["sql"]]) == 1

    def test_an_unknown_kind_is_a_mistake(self) -> None:
        with pytest.raises(AssertionError):
            start_job("nobody.knows", {}, by=None, now=NOW)

    def test_the_task_works_until_nothing_is_due_and_beats(self, kind: str) -> None:
        start_job(kind, {}, by=None, now=NOW)
        tasks.run_jobs()
        assert Job.objects.get().state == "done"
        assert Heartbeat.objects.filter(pk="jobs").exists()


@pytest.mark.django_db
class TestFailures:
    def test_a_chunk_that_fails_leaves_nothing_and_is_tried_again_later(self, kind: str) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        fail_at(3, ValueError("13800001234"))
        work()
        one.refresh_from_db()
        assert (one.state, one.done, one.attempts, one.lease_until) == ("running", 2, 1, None)
        assert len(marks()) == 2
        assert one.next_try_at == NOW + FIRST_WAIT
        assert one.last_error.startswith("ValueError in failing:"), "and never its words"
        register(count)
        assert work(NOW + FIRST_WAIT) == ALL - 2
        one.refresh_from_db()
        assert (one.state, one.last_error, one.attempts) == ("done", "", 0)
        assert len(marks()) == ALL

    def test_after_so_many_attempts_it_has_failed_with_the_reason(self, kind: str) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        fail_at(2, KeyError("x"))
        now, waits = NOW, []
        while one.state != "failed":
            work(now)
            one.refresh_from_db()
            waits.append(one.next_try_at - now)
            now = one.next_try_at
        assert (one.attempts, one.done, one.finished_at) == (MOST_ATTEMPTS, 1, now)
        assert one.last_error.startswith("KeyError in")
        assert waits[:3] == [FIRST_WAIT, 2 * FIRST_WAIT, 4 * FIRST_WAIT]
        assert work(now + timedelta(days=9)) == 0
        assert Event.objects.about("job", one.pk).last().verb == "fail"

    def test_a_failed_one_can_go_on_where_it_stopped(self, kind: str) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        run_job_once(now=NOW)
        Job.objects.update(state="failed", lease_until=None, finished_at=NOW)
        retry_job(one, by=None, now=NOW)
        assert work() == ALL - 1
        assert len(marks()) == ALL
        with pytest.raises(Refused) as caught:
            retry_job(one, by=None, now=NOW)
        assert caught.value.code == "job_state"

    def test_a_kind_that_this_version_does_not_know_waits(self, kind: str) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        Job.objects.update(kind="from.the.future")
        work()
        one.refresh_from_db()
        assert (one.state, one.attempts) == ("running", 1)
        assert one.last_error.startswith("KeyError")


@pytest.mark.django_db(transaction=True)
class TestLostWorkers:
    def test_whoever_dies_in_the_middle_has_done_nothing_and_another_goes_on(self, kind: str) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        run_job_once(now=NOW)
        self.die_in_the_next_chunk()
        one.refresh_from_db()
        assert (one.state, one.done, one.lease_until) == ("running", 1, NOW + LEASE)
        assert len(marks()) == 1, "what the lost worker wrote is gone with it"
        assert run_job_once(now=NOW + LEASE / 2) is False
        assert work(NOW + LEASE) == ALL - 1
        one.refresh_from_db()
        assert (one.state, one.done) == ("done", ALL)
        assert marks() == [f"{one.pk}:{number}" for number in range(1, ALL + 1)]

    def test_one_that_loses_its_workers_every_time_is_given_up(self, kind: str) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        Job.objects.update(state="running", started_at=NOW, attempts=MOST_ATTEMPTS, lease_until=NOW)
        run_job_once(now=NOW)
        one.refresh_from_db()
        assert (one.state, one.last_error, marks()) == ("failed", "lost", [])

    def test_two_workers_never_do_the_same_chunk(self, kind: str) -> None:
        """Even when the first takes longer than its lease."""
        start_job(kind, {}, by=None, now=NOW)
        inside, go_on = threading.Event(), threading.Event()
        self.pause(inside, go_on)
        slow = self.in_thread(lambda: run_job_once(now=NOW))
        assert inside.wait(10)
        assert run_job_once(now=NOW + 3 * LEASE) is False
        go_on.set()
        slow.join(10)
        assert Job.objects.get().done == 1
        assert len(marks()) == 1

    def die_in_the_next_chunk(self) -> None:
        """A process of its own takes it up, does the work of a chunk, and is killed before it commits."""

        def killed(one: Job, now: datetime) -> bool:
            count(one, now)
            os.kill(os.getpid(), signal.SIGKILL)
            return True

        child = os.fork()
        if child == 0:
            # The parent's connection is left alone, neither used nor closed.
            kept.append(connection.connection)
            connection.connection = None
            register(killed)
            try:
                run_job_once(now=NOW)
            finally:
                os._exit(1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL

    def pause(self, inside: threading.Event, go_on: threading.Event) -> None:
        def waiting(one: Job, now: datetime) -> bool:
            more = count(one, now)
            inside.set()
            assert go_on.wait(10)
            return more

        register(waiting)

    def in_thread(self, what: Any) -> threading.Thread:
        def run() -> None:
            try:
                what()
            finally:
                connection.close()

        thread = threading.Thread(target=run)
        thread.start()
        return thread


@pytest.mark.django_db
class TestPages:
    @pytest.fixture
    def root(self, client: Any) -> Any:
        user = get_user_model().objects.create_superuser("root", None, display_name="演示管理员")
        client.force_login(user)
        client.user = user
        return client

    def page(self, one: Job) -> str:
        return reverse("admin:trail_job_change", args=[one.pk])

    def test_while_it_runs_the_page_shows_how_far_and_looks_again_by_itself(
        self, kind: str, root: Any
    ) -> None:
        one = start_job(kind, {}, by=root.user, now=NOW)
        run_job_once(now=NOW)
        answer = root.get(self.page(one))
        shown = answer.content.decode()
        assert answer.headers["Refresh"]
        assert 'value="20"' in shown and "1 / 5" in shown and "演示管理员" in shown

    def test_then_what_came_of_it_with_links(self, kind: str, root: Any) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        work()
        answer = root.get(self.page(one))
        shown = answer.content.decode()
        assert "Refresh" not in answer.headers
        assert '<a href="/healthz">here</a>' in shown and "Counted" in shown
        assert "3" in shown.partition("</table>")[2]

    def test_what_has_failed_says_why_and_can_be_tried_again(self, kind: str, root: Any) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        Job.objects.update(state="failed", last_error="lost")
        retry = reverse("admin:trail_job_retry", args=[one.pk])
        shown = root.get(self.page(one)).content.decode()
        assert retry in shown and ">lost<" not in shown
        assert root.get(retry).status_code == 405
        assert root.post(retry).status_code == 302
        assert Job.objects.get().state == "waiting"
        root.post(retry)
        assert Job.objects.get().state == "waiting"

    def test_it_is_called_by_its_kind(self, kind: str, root: Any) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        assert str(one) == f"Counting {one.pk}"
        assert KIND not in root.get(self.page(one)).content.decode().replace(f"{KIND}/", "")

    def test_the_history_is_the_trail_and_no_page_of_its_own(self, kind: str, root: Any) -> None:
        one = start_job(kind, {}, by=None, now=NOW)
        assert root.get(reverse("admin:trail_job_history", args=[one.pk])).status_code == 404

    def test_a_number_that_is_not_there_is_unknown(self, kind: str, root: Any) -> None:
        for number in ("1", "x", "²", "9" * 30):
            assert root.get(reverse("admin:trail_job_change", args=[number])).status_code == 404

    def test_whoever_has_no_post_sees_none(self, kind: str, client: Any) -> None:
        user = get_user_model().objects.create_user("nobody", display_name="演示")
        user.is_staff = True
        user.save()
        client.force_login(user)
        one = start_job(kind, {}, by=None, now=NOW)
        assert client.get(self.page(one)).status_code == 404
        assert client.get(reverse("admin:trail_job_changelist")).status_code == 403

    def test_the_list_takes_as_many_statements_for_three_as_for_one(self, kind: str, root: Any) -> None:
        url = reverse("admin:trail_job_changelist")
        start_job(kind, {"n": 1}, by=root.user, now=NOW)
        root.get(url)
        with CaptureQueriesContext(connection) as one:
            assert root.get(url).status_code == 200
        for number in (2, 3):
            start_job(kind, {"n": number}, by=root.user, now=NOW)
        with CaptureQueriesContext(connection) as three:
            root.get(url)
        assert len(one) == len(three)
