"""Planted habits: tasks with an hour, signal handlers, drawers, sentences put together before translating."""

import pytest

from tests.architecture import habits


@pytest.mark.parametrize(
    "text",
    [
        "sweep.apply_async(eta=later)",
        "sweep.apply_async(countdown=5)",
        "sweep.apply_async((1,), countdown=5)",
        "sweep.apply_async(**{'eta': later})",
        "current_app.send_task('issues.tasks.sweep', eta=later)",
        "sweep.s().set(countdown=3)",
        "sweep.signature(countdown=3)",
        "sweep.subtask(countdown=3)",
        "retry(countdown=3)",
        "self.retry(exc=error)",
        "@shared_task(autoretry_for=(OSError,))\ndef f(): ...",
        "@shared_task(default_retry_delay=5)\ndef f(): ...",
        "from celery import chord",
        "from celery.result import AsyncResult",
    ],
)
def test_a_time_kept_in_the_broker_is_found(found_in, text: str) -> None:
    assert len(found_in(habits.check_tasks, "issues/tasks.py", text + "\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "sweep.delay()",
        "sweep.apply_async(expires=5, queue='sweep')",
        "current_app.send_task('issues.tasks.sweep', expires=5, retry=False)",
        "render_row(issue, countdown=left, eta=when)",
        "row = {'countdown': left}",
        "def retry(delivery): ...\n\n\nretry(delivery)",
    ],
)
def test_a_plain_hint_passes(found_in, text: str) -> None:
    assert found_in(habits.check_tasks, "issues/tasks.py", text + "\n") == []


@pytest.mark.parametrize(
    "text",
    [
        "from django.db.models.signals import post_save",
        "from django.db.models import signals",
        "from django.dispatch import receiver",
        "import django.dispatch",
        "def ready():\n    from django.db.models.signals import pre_delete",
        "from django.contrib.auth.signals import user_logged_in",
    ],
)
def test_a_signal_is_found(found_in, text: str) -> None:
    assert len(found_in(habits.check_signals, "issues/apps.py", text + "\n")) == 1


@pytest.mark.parametrize(
    "text",
    [
        "from django.db.models.signals import post_migrate",
        "from celery.signals import worker_init",
        "import signal",
    ],
)
def test_signals_of_processes_pass(found_in, text: str) -> None:
    assert found_in(habits.check_signals, "governance/celery.py", text + "\n") == []


@pytest.mark.parametrize(
    "path", ["issues/utils.py", "issues/common/text.py", "grids/actions/helpers.py", "common/text.py"]
)
def test_a_drawer_is_found(plant, path: str) -> None:
    assert list(habits.check_drawers(plant({path: "", "issues/__init__.py": ""})))


def test_a_name_that_says_something_passes(plant) -> None:
    assert list(habits.check_drawers(plant({"issues/numbers.py": "", "issues/commons_land.py": ""}))) == []


TORN = {
    "f-string": '_(f"{n} issues")',
    "format": '_("{} issues".format(n))',
    "percent": '_("%d issues" % n)',
    "sum": '_("issues of " + name)',
    "join": '_(" ".join(words))',
    "by its own name": 'gettext_lazy(f"{n} issues")',
    "from the module": 'translation.gettext(f"{n} issues")',
    "plural": 'ngettext("one", f"{n} issues", n)',
    "in context": 'pgettext("noun", "%s" % n)',
}
HEAD = """\
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy, ngettext, pgettext
"""


@pytest.mark.parametrize("text", TORN.values(), ids=TORN.keys())
def test_a_torn_sentence_is_found(found_in, text: str) -> None:
    (found,) = found_in(habits.check_sentences, "issues/views.py", f"{HEAD}x = {text}\n")
    assert "issues/views.py:3" in found and "catalogue" in found


@pytest.mark.parametrize(
    "text",
    [
        '_("%(n)d issues") % {"n": n}',
        '_("{n} issues").format(n=n)',
        '_("a long "\n    "sentence")',
        "_(row.label)",
        "f\"{_('issues')}: {n}\"",
        'ngettext("%d issue", "%d issues", n + 1)',
        '"{}".format(n)',
    ],
)
def test_a_whole_sentence_passes(found_in, text: str) -> None:
    assert found_in(habits.check_sentences, "issues/views.py", f"{HEAD}x = {text}\n") == []
