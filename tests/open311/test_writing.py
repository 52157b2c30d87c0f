"""A request comes in: as the specification says it, as clients really send it, and as nobody should."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.client import MULTIPART_CONTENT, encode_multipart
from django.test.utils import CaptureQueriesContext
from knox.models import AuthToken

from accounts.actions import issue_token, set_first_password
from grids.models import Unit, UnitAlias
from issues.actions import PERFORM
from issues.models import Attachment, Category, Issue
from tests.builders import Town
from tests.faces import photo, signed_in
from tests.open311.conftest import HERE, LIFT, POSITIONS, Reader, errors, tree
from trail.models import Event

Key = Callable[[str], str]
LAT, LONG = POSITIONS["building"]
INTAKE = 15


def form(key: Key, **more: Any) -> dict[str, Any]:
    """What a client sends: by the spotter of the street, at the building."""
    return {
        "api_key": key("spotter"),
        "service_code": "litter",
        "lat": LAT,
        "long": LONG,
        "description": "演示：楼下的垃圾没有清运",
    } | more


def posted(reader: Reader, **fields: Any) -> dict[str, Any]:
    answer = reader.post("requests.json", fields)
    assert answer.status_code == 200, answer.content.decode()
    (row,) = json.loads(answer.content)
    return row


def refused(reader: Reader, **fields: Any) -> list[tuple[int, str]]:
    """The errors; nothing may have come in, and both formats say the same."""
    before = Issue.objects.count()
    answer = reader.post("requests.json", fields)
    assert errors(reader.post("requests.xml", fields)) == errors(answer)
    assert Issue.objects.count() == before
    assert {answer.status_code} == {code for code, _text in errors(answer)}
    return errors(answer)


def test_a_request_is_an_issue_with_owner_and_deadline(town: Town, reader: Reader, key: Key) -> None:
    row = posted(reader, **form(key))
    issue = Issue.objects.get()
    assert row == {
        "service_request_id": issue.code,
        "service_notice": "You get an answer by 2026-03-11 17:30 at the latest.",
        "account_id": None,
    }
    assert (issue.source, issue.registered_by, issue.on_behalf) == ("api", town.people["spotter"], True)
    assert (issue.building_id, issue.owner, issue.lat, issue.lon) == (town.building.pk, town.grid, LAT, LONG)
    assert Event.objects.filter(subject_type="issue", subject_id=issue.pk, verb="report").exists()


def test_it_answers_in_xml_as_well(town: Town, reader: Reader, key: Key) -> None:
    root = tree(reader.post("requests.xml", form(key)))
    assert root.tag == "service_requests" and [one.tag for one in root] == ["request"]
    assert root.findtext("request/service_request_id") == Issue.objects.get().code
    assert tree(reader.post("requests", form(key))).tag == "service_requests"


def test_the_whole_example_of_the_specification_comes_in(town: Town, reader: Reader, key: Key) -> None:
    posted(
        reader,
        **form(
            key,
            jurisdiction_id="220103",
            address_string="1234 5th street",
            email="smit333@sfgov.edu",
            device_id="tt222111",
            account_id="123456",
            first_name="john",
            last_name="smith",
            phone="111111111",
            media_url="http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg",
        ),
    )
    issue = Issue.objects.select_related("reporter").get()
    assert (issue.reporter.name, issue.reporter.phone) == ("john smith", "111111111")
    assert issue.spot == "1234 5th street"
    # The link stands below the words; nobody has gone there (no socket is open in tests).
    assert issue.text.splitlines()[-1] == "http://farm3.static.flickr.com/2002/2212426634_5ed477a060.jpg"
    # What else was said of the person is nowhere.
    kept = json.dumps([list(Issue.objects.values()), list(Event.objects.values())], default=str)
    assert not any(word in kept for word in ("smit333", "tt222111", "123456", "john", "111111111"))


def test_a_chinese_name_is_written_as_one(town: Town, reader: Reader, key: Key) -> None:
    posted(reader, **form(key, first_name="居民", last_name="演示", phone="138 0000 1234"))
    issue = Issue.objects.select_related("reporter").get()
    assert (issue.reporter.name, issue.reporter.masked_phone) == ("演示居民", "138****1234")


def test_a_number_is_read_as_people_write_it_and_what_is_none_is_dropped(
    town: Town, reader: Reader, key: Key
) -> None:
    """A form may hold anything there: the matter counts all the same."""
    for phone, kept in (
        ("(0431) 8888-8888", "043188888888"),
        ("+86 （431）8888.8888", "43188888888"),
        ("call me", ""),
        ("0431-88888888 ext. 12, ask for the janitor on the third floor", ""),
    ):
        code = posted(reader, **form(key, phone=phone, first_name="john"))["service_request_id"]
        reporter = Issue.objects.select_related("reporter").get(code=code).reporter
        assert (reporter.name, reporter.phone) == ("john", kept), phone
    code = posted(reader, **form(key, phone="call me"))["service_request_id"]
    assert not hasattr(Issue.objects.get(code=code), "reporter")


@pytest.mark.parametrize("said", ["", "x", " 。 "])
def test_without_words_the_service_says_what_it_is(town: Town, reader: Reader, key: Key, said: str) -> None:
    posted(reader, **form(key, description=said))
    assert Issue.objects.get().text == "演示litter"


def test_as_many_words_as_the_specification_allows_and_a_link(town: Town, reader: Reader, key: Key) -> None:
    said, link = "演" * 4000, "https://example.org/" + "a" * 480
    code = posted(reader, **form(key, description=said, media_url=link))["service_request_id"]
    assert Issue.objects.get().text == f"{said}\n{link}"
    # Where staff and the reporter read it, all of it stands.
    worker = signed_in(town, "grid_worker")
    assert said in worker.get(f"/i/{code}/").content.decode()
    assert reader.rows(f"requests/{code}", api_key=key("spotter"))[0]["description"] == f"{said}\n{link}"


def test_danger_is_called_at_once(town: Town, reader: Reader, key: Key) -> None:
    row = posted(reader, **form(key, service_code="fire"))
    assert "119" in row["service_notice"] and Issue.objects.get().is_danger


class TestPlaces:
    def test_the_code_of_a_unit_is_the_surest(self, town: Town, reader: Reader, key: Key) -> None:
        posted(reader, **form(key, address_id=town.other_building.code))
        assert Issue.objects.get().building_id == town.other_building.pk

    def test_the_code_of_a_merged_unit_leads_on(self, town: Town, reader: Reader, key: Key) -> None:
        UnitAlias.objects.create(code="22010300100100077", unit=town.building)
        posted(reader, **form(key, lat="", long="", address_id="22010300100100077"))
        assert Issue.objects.get().building_id == town.building.pk

    @pytest.mark.parametrize(
        ("address", "place"),
        [
            ("宽城区新发街道天光社区第一网格1号楼", "building"),
            ("1号楼, 第一网格, 天光社区, 新发街道", "building"),
            ("天光社区2号楼门口", "other_building"),
            ("天光社区第二网格", "other_grid"),
            ("新发街道长新社区", "other_community"),
            ("站前街道某处", None),
            ("新发街道", "street"),
        ],
    )
    def test_an_address_is_read(
        self, town: Town, reader: Reader, key: Key, address: str, place: str | None
    ) -> None:
        sent = form(key, lat="", long="", address_string=address)
        if place is None:
            # The other street is none that the spotter of this one sees.
            assert refused(reader, **sent)[0][0] == 400
        else:
            posted(reader, **sent)
            issue = Issue.objects.get()
            assert issue.place_code == town.units[place].code and issue.spot == address

    @pytest.mark.parametrize("address", ["1号楼", "Any Street 1", "网", "天光社区长新社区", "%", "1号楼' --"])
    def test_one_that_leads_nowhere_or_to_several_is_refused(
        self, town: Town, reader: Reader, key: Key, address: str
    ) -> None:
        (error,) = refused(reader, **form(key, lat="", long="", address_string=address))
        assert error[0] == 400 and "address_id" in error[1]

    def test_a_position_far_from_everything_is_refused_unless_the_address_helps(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        far = form(key, lat=10, long=10)
        assert refused(reader, **far) == [(400, "No place of this jurisdiction is near this position.")]
        posted(reader, **far | {"address_string": "天光社区第一网格"})
        assert Issue.objects.get().grid_id == town.grid.pk

    def test_nobody_reports_where_the_account_sees_nothing(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        for place in (town.far_building, town.far_community):
            sent = form(key, lat="", long="", address_id=place.code)
            assert refused(reader, **sent) == refused(reader, **sent | {"address_id": "22010300100199999"})

    def test_an_id_of_the_clients_own_does_not_refuse_what_came_with_a_position(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        """Clients have numbers of their own for addresses, or a word for "none"."""
        for unknown in ("#NOTPINPOINTED#", town.far_building.code):
            posted(reader, **form(key, address_id=unknown))
        assert set(Issue.objects.values_list("building", flat=True)) == {town.building.pk}


class TestAttributes:
    def test_answers_are_kept_as_what_they_are(self, town: Town, reader: Reader, key: Key) -> None:
        answers = {"attribute[trapped]": "true", "attribute[which]": "east", "attribute[number]": "L-1"}
        posted(reader, **form(key, service_code="lift", **answers))
        assert Issue.objects.get().answers == {"trapped": True, "which": "east", "number": "L-1"}

    def test_an_answer_that_is_a_danger_calls_at_once_and_is_said_to(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        Category.objects.filter(key="lift").update(questions=[LIFT[0] | {"danger": [True]}])
        (trapped,) = json.loads(reader.get("services/lift.json").content)["attributes"]
        assert "119" in trapped["datatype_description"]
        posted(reader, **form(key, service_code="lift", **{"attribute[trapped]": "true"}))
        assert (Issue.objects.get().is_danger, Issue.objects.get().owner) == (True, town.grid)

    def test_what_the_district_does_not_ask_any_more_is_passed_over(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        """Clients keep the questions for a while; what is required is asked all the same."""
        sent = form(key, service_code="lift", **{"attribute[more]": "x", "attribute[gone][]": ["a", "b"]})
        assert refused(reader, **sent) == [(400, "attribute[trapped]: Please answer this question.")]
        posted(reader, **sent | {"attribute[trapped]": "false"})
        assert Issue.objects.get().answers == {"trapped": False}

    @pytest.mark.parametrize("name", ["attribute[which][]", "attribute[which][0]"])
    def test_lists_of_one_are_read_too(self, town: Town, reader: Reader, key: Key, name: str) -> None:
        posted(reader, **form(key, service_code="lift", **{"attribute[trapped]": "false", name: ["west"]}))
        assert Issue.objects.get().answers == {"trapped": False, "which": "west"}

    def test_each_type_is_read(self, town: Town, reader: Reader, key: Key) -> None:
        asked = [
            {"key": kind, "label": kind, "label_en": kind, "type": kind, "choices": choices}
            for kind, choices in (
                *((kind, []) for kind in ("text", "number", "date")),
                ("several", LIFT[1]["choices"]),
            )
        ]
        Category.objects.filter(key="lift").update(questions=asked)
        answers = {
            "attribute[text]": "a\nb",
            "attribute[number]": "18.5",
            "attribute[date]": "2026-03-09T20:00:00Z",
            "attribute[several][]": ["west", "east"],
        }
        posted(reader, **form(key, service_code="lift", **answers))
        # The day is the district's own.
        kept = {"text": "a\nb", "number": 18.5, "date": "2026-03-10", "several": ["east", "west"]}
        assert Issue.objects.get().answers == kept
        for wrong in ({"attribute[date]": "yesterday"}, {"attribute[number]": "nan"}):
            assert refused(reader, **form(key, service_code="lift", **wrong))[0][0] == 400

    @pytest.mark.parametrize(
        ("answers", "wrong"),
        [
            ({}, {"trapped": "Please answer this question."}),
            ({"attribute[trapped]": ""}, {"trapped": "Please answer this question."}),
            ({"attribute[trapped]": "maybe"}, {"trapped": "Answer true or false."}),
            (
                {"attribute[trapped]": "true", "attribute[which]": "north", "attribute[more]": "x"},
                {"which": "Choose one of: east, west."},
            ),
            (
                {"attribute[trapped]": "true", "attribute[which][]": ["east", "west"]},
                {"which": "Choose one of: east, west."},
            ),
        ],
    )
    def test_each_wrong_one_is_an_error_of_its_own(
        self, town: Town, reader: Reader, key: Key, answers: dict[str, Any], wrong: dict[str, str]
    ) -> None:
        found = refused(reader, **form(key, service_code="lift", **answers))
        assert sorted(found) == sorted((400, f"attribute[{code}]: {why}") for code, why in wrong.items())


class TestBatch:
    def test_a_token_leads_to_the_id_once_it_is_screened(self, town: Town, reader: Reader, key: Key) -> None:
        row = posted(reader, **form(key, service_code="other"))
        assert set(row) == {"token", "service_notice", "account_id"}
        issue = Issue.objects.get()
        assert issue.code not in json.dumps(row)
        # Not yet: the token alone, and no list shows the id.
        assert reader.rows(f"tokens/{row['token']}") == [{"token": row["token"]}]
        assert reader.rows("requests") == reader.rows("requests", api_key=key("spotter")) == []
        secretary = town.people["community_secretary"]
        PERFORM["screen"](issue, by=secretary, now=town.now, category=town.categories["litter"])
        found = {"service_request_id": issue.code, "token": row["token"]}
        assert reader.rows(f"tokens/{row['token']}") == [found]
        root = tree(reader.get(f"tokens/{row['token']}.xml"))
        assert {one.tag: one.text for one in root[0]} == found
        assert [one["service_request_id"] for one in reader.rows("requests")] == [issue.code]

    def test_an_objection_does_not_take_the_id_away(self, town: Town, reader: Reader, key: Key) -> None:
        row = posted(reader, **form(key, service_code="other"))
        issue, secretary = Issue.objects.get(), town.people["community_secretary"]
        PERFORM["reject"](issue, by=secretary, now=town.now, channel="12345", text="演示：不属于这里")
        PERFORM["object"](issue, by=None, now=town.now, text="演示：请再看看")
        (found,) = reader.rows(f"tokens/{row['token']}")
        assert found["service_request_id"] == issue.code

    @pytest.mark.parametrize("token", ["x", "0" * 100, "%00", "gAAAAA" + "b" * 100, "a" * 9000, "é" * 80])
    def test_what_is_no_token_is_a_404(self, town: Town, reader: Reader, token: str) -> None:
        for suffix in (".xml", ".json", ""):
            answer = reader.client.get(f"{HERE}tokens/{token}{suffix}")
            assert (answer.status_code, errors(answer)) == (404, [(404, "There is no such token.")])


class TestKeys:
    @pytest.mark.parametrize("wrong", ["x", "0" * 64, "0" * 9000, "é", "\n", "a b", "' OR 1=1 --"])
    def test_a_wrong_key_is_a_403(self, town: Town, reader: Reader, key: Key, wrong: str) -> None:
        assert refused(reader, **form(key, api_key=f"-{wrong}")) == [(403, "This api_key is not valid.")]
        answer = reader.get("requests.xml", api_key=f"-{wrong}")
        assert (answer.status_code, errors(answer)) == (403, [(403, "This api_key is not valid.")])

    def test_none_is_a_403(self, town: Town, reader: Reader, key: Key) -> None:
        for sent in (form(key, api_key=""), {k: v for k, v in form(key).items() if k != "api_key"}):
            assert refused(reader, **sent) == [(403, "api_key was not provided.")]

    def test_one_without_the_right_to_report_is_a_403(self, town: Town, reader: Reader, key: Key) -> None:
        for name in ("supervisor", "system_admin", "body_officer"):
            (error,) = refused(reader, **form(key, api_key=key(name)))
            assert error == (403, "This api_key may not report in this jurisdiction.")

    def test_it_may_stand_in_the_header_so_that_no_log_shows_it(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        answer = reader.post("requests.json", form(key, api_key=""), Authorization=f"Token {key('spotter')}")
        assert answer.status_code == 200

    def test_it_may_stand_in_the_address_as_many_clients_send_it(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        sent = {name: value for name, value in form(key).items() if name != "api_key"}
        answer = reader.post(f"requests.json?api_key={key('spotter')}&jurisdiction_id=220103", sent)
        assert answer.status_code == 200

    def test_one_of_another_district_reports_only_there(
        self, town: Town, west: Unit, reader: Reader, key: Key
    ) -> None:
        (error,) = refused(reader, **form(key, api_key=key("west_spotter"), jurisdiction_id="220103"))
        assert error == (403, "This api_key may not report in this jurisdiction.")
        sent = form(key, api_key=key("west_spotter"), lat="", long="", address_id=town.building.code)
        (error,) = refused(reader, **sent)
        assert error[0] == 400

    def test_one_that_was_revoked_or_waits_for_a_password_opens_nothing(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        sent = form(key)
        set_first_password(town.people["spotter"], password="演示-Erstes-1", by=None, now=town.now)
        assert refused(reader, **sent)[0][0] == 403
        AuthToken.objects.all().delete()
        assert refused(reader, **sent) == [(403, "This api_key is not valid.")]

    def test_a_key_has_its_own_allowance_of_the_minute(
        self, town: Town, reader: Reader, key: Key, settings: Any
    ) -> None:
        settings.API_REQUESTS_PER_MINUTE, settings.ANONYMOUS_REQUESTS_PER_MINUTE = 3, 2
        for _time in range(3):
            posted(reader, **form(key))
        answer = reader.post("requests.json", form(key))
        assert (answer.status_code, errors(answer)[0][0]) == (429, 429)
        assert answer.headers["Retry-After"] == "60" and Issue.objects.count() == 3
        # Whoever has none, or a wrong one, has the address's.
        codes = [reader.get("services.json", api_key=wrong).status_code for wrong in ("", "x", "")]
        assert codes == [200, 403, 429]

    def test_what_cannot_be_read_counts_too(
        self, town: Town, reader: Reader, key: Key, settings: Any
    ) -> None:
        settings.ANONYMOUS_REQUESTS_PER_MINUTE = 2
        asked = {"api_key": "\0"}, "203.0.113.9"
        answers = [
            reader.client.get(f"{HERE}services.json", asked[0], REMOTE_ADDR=asked[1]) for _time in range(3)
        ]
        codes = [answer.status_code for answer in answers]
        assert codes == [400, 400, 429]

    def test_a_key_that_may_only_read_posts_nothing(self, town: Town, reader: Reader, clock: Any) -> None:
        spotter = town.people["spotter"]
        narrow = issue_token(spotter, by=None, now=town.now, scopes=["read"])
        (error,) = refused(reader, **form(lambda _name: narrow))
        assert error[0] == 403 and "report" in error[1] and not Issue.objects.exists()
        wide = issue_token(spotter, by=None, now=town.now, scopes=["report"])
        posted(reader, **form(lambda _name: wide))


def test_each_costs_the_same(town: Town, reader: Reader, key: Key) -> None:
    """As over REST, and besides: the jurisdiction, the service and its place."""

    def cost() -> int:
        with CaptureQueriesContext(connection) as found:
            posted(reader, **form(key))
        return len(found)

    cost()
    first, *others = [cost() for _more in range(3)]
    assert others == [first, first] and first <= INTAKE


class TestOnce:
    def test_the_same_key_gives_the_same_answer_in_either_format(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        sent, header = form(key), {"Idempotency-Key": "one"}
        first = reader.post("requests.json", sent, **header)
        again = reader.post("requests.json", sent, **header)
        assert first.content == again.content and again.headers["Idempotency-Replayed"] == "true"
        xml = tree(reader.post("requests.xml", sent, **header))
        assert xml.findtext("request/service_request_id") == Issue.objects.get().code
        assert Issue.objects.count() == 1

    def test_another_wish_with_it_is_refused(self, town: Town, reader: Reader, key: Key) -> None:
        reader.post("requests.json", form(key), **{"Idempotency-Key": "one"})
        answer = reader.post(
            "requests.json", form(key, description="演示：另一件"), **{"Idempotency-Key": "one"}
        )
        assert (answer.status_code, Issue.objects.count()) == (400, 1)

    def test_what_stands_in_the_address_is_part_of_the_wish(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        """But for who asks, and in which format."""
        sent = {name: value for name, value in form(key).items() if name not in {"api_key", "service_code"}}
        header = {"Idempotency-Key": "one"}
        mine = f"api_key={key('spotter')}"
        first = reader.post(f"requests.json?service_code=litter&{mine}", sent, **header)
        assert first.status_code == 200
        for query in (f"service_code=litter&{mine}&format=json", "service_code=litter"):
            again = reader.post(
                f"requests.json?{query}", sent, Authorization=f"Token {key('spotter')}", **header
            )
            assert again.content == first.content and again.headers["Idempotency-Replayed"] == "true"
        answer = reader.post(f"requests.json?service_code=fire&{mine}", sent, **header)
        assert (answer.status_code, Issue.objects.count()) == (400, 1)

    def test_nor_does_the_key_count_that_stands_in_the_form(
        self, town: Town, reader: Reader, key: Key
    ) -> None:
        """A key that was made anew, or came as a header: the same account asks for the same."""
        header = {"Idempotency-Key": "one"}
        first = reader.post("requests.json", form(key), **header)
        assert first.status_code == 200
        fresh = issue_token(town.people["spotter"], by=None, now=town.now, scopes=["report"])
        keyless = {name: value for name, value in form(key).items() if name != "api_key"}
        for sent, more in (
            (form(lambda _name: fresh), {}),
            (form(key) | {"format": "json"}, {}),
            (keyless, {"Authorization": f"Token {fresh}"}),
        ):
            again = reader.post("requests.json", sent, **header, **more)
            assert again.content == first.content and again.headers["Idempotency-Replayed"] == "true"
        assert Issue.objects.count() == 1

    def test_a_refusal_is_not_kept(self, town: Town, reader: Reader, key: Key) -> None:
        header = {"Idempotency-Key": "one"}
        assert reader.post("requests.json", form(key, lat=""), **header).status_code == 400
        assert reader.post("requests.json", form(key), **header).status_code == 200
        assert reader.post("requests.json", form(key), **{"Idempotency-Key": "x" * 200}).status_code == 400


class TestWrong:
    @pytest.mark.parametrize(
        ("change", "expected"),
        [
            ({"service_code": ""}, (400, "service_code was not provided.")),
            ({"service_code": "nothing"}, (404, "There is no service with this service_code.")),
            ({"service_code": "quarrel"}, (404, "There is no service with this service_code.")),
            ({"service_code": "staff"}, (404, "There is no service with this service_code.")),
            ({"service_code": "visit"}, (404, "There is no service with this service_code.")),
            ({"jurisdiction_id": "999999"}, (404, "There is no jurisdiction with this jurisdiction_id.")),
            ({"long": ""}, (400, "lat: lat and long are sent together.")),
            (
                {"lat": "", "long": ""},
                (400, "A location is needed: lat and long, address_string or address_id."),
            ),
            (
                {"description": "x" * 4001},
                (400, "description: Ensure this field has no more than 4000 characters."),
            ),
            ({"media_url": "javascript:alert(1)"}, (400, "media_url: This is no address of the web.")),
            ({"media_url": "http://["}, (400, "media_url: This is no address of the web.")),
        ],
    )
    def test_it_is_told_what(
        self, town: Town, reader: Reader, key: Key, change: dict[str, str], expected: tuple[int, str]
    ) -> None:
        assert refused(reader, **form(key, **change)) == [expected]

    @pytest.mark.parametrize("name", ["lat", "long"])
    @pytest.mark.parametrize(
        "value", ["nan", "inf", "-inf", "1e999", "9" * 400, "181", "north", "0x1", "٤٣", "1_0"]
    )
    def test_what_is_no_degree_is_refused(
        self, town: Town, reader: Reader, key: Key, name: str, value: str
    ) -> None:
        assert refused(reader, **form(key, **{name: value}))[0][0] == 400

    @pytest.mark.parametrize(
        "name",
        [
            *(
                "service_code",
                "description",
                "address_string",
                "address_id",
                "first_name",
                "phone",
                "media_url",
            ),
            *("api_key", "jurisdiction_id", "attribute[trapped]", "status"),
        ],
    )
    @pytest.mark.parametrize("value", ["a\0b", "x" * 5000, "😀" * 3000, "\x0b\x0c", "<a>&", "]]>"])
    def test_no_text_is_too_strange(
        self, town: Town, reader: Reader, key: Key, name: str, value: str
    ) -> None:
        for suffix in ("json", "xml"):
            answer = reader.post(f"requests.{suffix}", form(key, service_code="lift") | {name: value})
            assert answer.status_code in {200, 400, 403, 404}
            assert answer.status_code == 200 or errors(answer)

    @pytest.mark.parametrize(
        "state", ["state", "id", "code", "owner_unit", "registered_by", "created_at", "source"]
    )
    def test_nothing_else_can_be_set(self, town: Town, reader: Reader, key: Key, state: str) -> None:
        posted(reader, **form(key, **{state: "closed"}))
        issue = Issue.objects.get()
        assert (issue.state, issue.source, issue.registered_by) == ("assigned", "api", town.people["spotter"])

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"\xff\xfe",
            b"description=%ff%fe",
            "description=演示".encode("gb18030"),
            b"&".join(b"a=1" for _more in range(2000)),
            b"description=" + b"x" * 3_000_000,
            b"%00=%00",
            b"=&=&&",
        ],
    )
    def test_bytes_that_are_no_form(self, town: Town, reader: Reader, key: Key, body: bytes) -> None:
        answer = reader.client.generic(
            "POST",
            f"{HERE}requests.xml",
            body,
            content_type="application/x-www-form-urlencoded; charset=gb18030",
            headers={"Authorization": f"Token {key('spotter')}"},
        )
        assert answer.status_code in {400, 413} and errors(answer)

    @pytest.mark.parametrize(
        "kind", ["application/json", "text/xml", "application/xml", "text/plain", "nonsense"]
    )
    def test_only_forms_are_read(self, town: Town, reader: Reader, key: Key, kind: str) -> None:
        bomb = b'<!DOCTYPE x [<!ENTITY a "b"><!ENTITY c "&a;&a;">]><x>&c;</x>'
        answer = reader.client.post(f"{HERE}requests.xml", bomb, content_type=kind)
        assert answer.status_code == 400 and errors(answer)


class TestFiles:
    def send(self, reader: Reader, key: Key, **more: Any) -> Any:
        body = encode_multipart("BoUnDaRy", form(key, **more))
        return reader.client.post(
            f"{HERE}requests.json", body, content_type=MULTIPART_CONTENT.replace("BoUnDaRyStRiNg", "BoUnDaRy")
        )

    def test_a_picture_may_come_along(self, town: Town, reader: Reader, key: Key) -> None:
        assert self.send(reader, key, media=photo()).status_code == 200
        assert Attachment.objects.get().issue == Issue.objects.get()

    def test_what_is_no_picture_is_refused(self, town: Town, reader: Reader, key: Key) -> None:
        fake = photo()
        fake.file.truncate(10)
        answer = self.send(reader, key, media=fake)
        assert (answer.status_code, Issue.objects.count()) == (400, 0)
