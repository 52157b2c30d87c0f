"""The command line: packaged calendar, a file of one's own, and what it says when something is wrong."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from calendars.models import Calendar, CalendarDay, LoadedYear
from calendars.rows import PACKAGED_SOURCE

pytestmark = pytest.mark.django_db


@pytest.fixture
def write(tmp_path):
    def _write(text: str, encoding: str = "utf-8"):
        file = tmp_path / "2027.csv"
        file.write_bytes(text.encode(encoding))
        return file

    return _write


def run(*args, **options) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    call_command("load_calendar", *args, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_without_a_file_the_packaged_calendar():
    assert "771 days added, 0 changed; whole years in the file: 2004-2026" in run()[0]
    assert "0 days added, 0 changed" in run()[0]
    assert set(LoadedYear.objects.values_list("source", flat=True)) == {PACKAGED_SOURCE}


def test_only_where_there_are_none(write):
    """As every start of a deployment asks: what its people have loaded since is left alone."""
    run(write("date,kind\n2026-10-01,work\n"))
    assert "left as it is" in run("--if-none")[0]
    assert CalendarDay.objects.count() == 1
    assert "771 days added" in run("--if-none", "--calendar", "another")[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_file_of_ones_own(write, encoding):
    file = write("date,kind,name,note\n2027-10-01,off,国庆节,\n", encoding)
    run(file, "--calendar", "east")
    year = LoadedYear.objects.get()
    assert (year.calendar.name, year.year, year.source) == ("east", 2027, "2027.csv")
    assert CalendarDay.objects.get().name == "国庆节"


def test_the_source_can_be_named(write):
    run(write("date,kind\n2027-10-01,off\n"), "--source", "国办发明电〔2026〕7号")
    assert LoadedYear.objects.get().source == "国办发明电〔2026〕7号"


def test_a_file_without_national_day_makes_no_year_known_and_says_so(write):
    file = write("date,kind\n2027-01-01,off\n")
    out, err = run(file)
    assert "--year" in err and "none" in out
    assert not LoadedYear.objects.exists()
    assert run(file, "--year", "2027")[1] == ""
    assert LoadedYear.objects.get().year == 2027


def test_every_bad_row_is_named_and_nothing_loaded(write):
    file = write("date,kind,name,note\n2027-10-01,off,,\n2027-13-01,off,,\n2027-10-02,free,,\n")
    with pytest.raises(CommandError) as caught:
        run(file)
    lines = str(caught.value).splitlines()
    assert [line.split(": ")[:2] for line in lines[:2]] == [["3", "'2027-13-01'"], ["4", "'free'"]]
    assert len(lines) == 3
    assert not Calendar.objects.exists()


@pytest.mark.parametrize(
    ("text", "encoding", "told"),
    [
        ("date,kind\n", "utf-8", None),
        ("", "utf-8", None),
        ("day,what\n2027-10-01,off\n", "utf-8", "date,kind,name,note"),
        ("date,kind,name,note\n2027-10-01,off,国庆节,\n", "gbk", r"2027\.csv"),
    ],
)
def test_a_file_that_is_no_calendar_is_refused(write, text, encoding, told):
    with pytest.raises(CommandError, match=told):
        run(write(text, encoding))
    assert not Calendar.objects.exists()


def test_office_hours_can_be_set(write):
    run(write("date,kind\n2027-10-01,off\n"), "--hours", "09:00-12:00,14:00-18:00")
    assert Calendar.objects.get().hours == [["09:00", "12:00"], ["14:00", "18:00"]]


def test_impossible_office_hours_are_refused_before_anything_is_loaded():
    with pytest.raises(CommandError, match="--hours"):
        run("--hours", "18:00-09:00")
    assert not Calendar.objects.exists()


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CommandError, match=r"missing\.csv"):
        run(tmp_path / "missing.csv")
