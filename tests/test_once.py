"""Every form of ours that writes carries a key, so that what is sent twice is done once.

Signing in and out, and one's password, are Django's own forms in the staff admin and need none.
"""

import re
from pathlib import Path

import pytest
from django import forms

from trail.idempotency import FIELD, OnceForm

ROOT = Path(__file__).parent.parent
FORM = re.compile(r"<form\b[^>]*\bmethod=\"post\".*?</form>", re.S)
# The key by its name, all fields of a form, or what was typed sent again as it came.
CARRIES = re.compile(rf"{FIELD}|for field in |for name, value(?:, \w+)? in typed")
# What a form without a key is about -> why it needs none.
WITHOUT = {
    "templates/accounts/login.html": "signing in: a session, not a write; Django and axes guard it",
    "accounts:logout": "signing out: twice is once",
    "set_language": "the language: twice is once",
    "accounts:text_size": "the size of text: twice is once",
    "notices:read": "reading a notice: twice is once",
    "admin:trail_job_retry": "only work that has failed is tried again",
    "desk:keep_filter": "the name is the key: the same one is written over",
    "desk:drop_filter": "gone is gone",
    "desk:name_filter": "the name is what it is called then: twice is once",
    "admin:issues_issue_contact": "every look at contact data is a look of its own in the trail",
    "issues:reveal": "every look at contact data is a look of its own in the trail",
    "volunteers:wish_contact": "every look at contact data is a look of its own in the trail",
    "admin:grids_unit_boundaries": "writes nothing: the file is checked and drawn",
    "url sheet_export": "every file that is taken is one of its own in the trail",
    "templates/admin/desk/_files.html": "every file that is taken is one of its own in the trail",
    "admin:issues_hotlineorder_export": "every file that is taken is one of its own in the trail",
    "admin:issues_importbatch_wrong": "every file that is taken is one of its own in the trail",
    "admin:issues_outsidetask_export": "every file that is taken is one of its own in the trail",
    "admin:volunteers_good_figures": "every file that is taken is one of its own in the trail",
    "admin:volunteers_pairing_export": "every file that is taken is one of its own in the trail",
    "admin:volunteers_service_export": "every file that is taken is one of its own in the trail",
}


def forms_of(path: Path) -> list[str]:
    return FORM.findall(path.read_text(encoding="utf-8"))


# Our own rooms only: a virtual environment may stand in the checkout, with templates of others.
PLACES = [ROOT / "templates", *ROOT.glob("[a-z]*/templates")]
TEMPLATES = sorted(path for place in PLACES for path in place.rglob("*.html") if forms_of(path))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_every_form_carries_a_key_or_is_named_here(path: Path) -> None:
    for form in forms_of(path):
        excused = any(word == named(path) or f"'{word}" in form or f"{{% {word}" in form for word in WITHOUT)
        assert excused or CARRIES.search(form), form[:200]


def test_nothing_is_excused_that_is_not_there() -> None:
    text = "".join(f"{named(path)} {forms_of(path)}" for path in TEMPLATES).replace("\\'", "'")
    assert [word for word in WITHOUT if word not in text] == []


def test_a_key_has_one_name_no_id_and_is_no_answer() -> None:
    class Asked(OnceForm):
        name = forms.CharField()

    form = Asked({FIELD: "k", "a-name": "x"}, prefix="a")
    assert form.is_valid() and form.cleaned_data == {"name": "x"}
    hidden = str(form[FIELD])
    assert f'name="{FIELD}"' in hidden and 'value="k"' in hidden and "id=" not in hidden
