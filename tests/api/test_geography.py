"""GeoJSON in and out, the coordinate systems by parameter, and intake by position."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient
from shapely.geometry import shape

from grids.actions.boundaries import set_boundaries
from grids.boundary_files import read_boundaries
from grids.coordinates import BD09, GCJ02, WGS84, from_wgs84, geometry_from_wgs84, metres
from grids.models import SheetFile, Unit
from issues.models import Issue
from tests.api.conftest import ISSUES, Clock
from tests.api.test_queries import statements
from tests.builders import Town
from tests.grids.test_boundaries import box, collection, feature
from trail.job_actions import run_job_once
from trail.models import Event, IdempotencyKey, Job

Api = Callable[[str], APIClient]
UNITS, MAP, ISSUE_MAP = "/api/v1/units/", "/api/v1/units/boundaries/", "/api/v1/issues/map/"
GEOJSON = "application/geo+json"
LEFT, RIGHT = box(125.0, 43.0, 125.01, 43.01), box(125.01, 43.0, 125.02, 43.01)
REPORT = {"category": "litter", "text": "演示:垃圾堆积"}


@pytest.fixture
def mapped(town: Town) -> Town:
    """The community with its two grids side by side, the building in the left one."""
    both = box(125.0, 43.0, 125.02, 43.01)
    for unit, boundary in ((town.community, both), (town.grid, LEFT), (town.other_grid, RIGHT)):
        set_boundaries(read_boundaries(boundary, WGS84, unit.code), by=None, now=town.now)
    Unit.objects.filter(pk=town.building.pk).update(lon=125.005, lat=43.005)
    Unit.objects.filter(pk=town.far_grid.pk).update(lon=125.03, lat=43.005)
    return town


def links_of(answer: Any) -> dict[str, str]:
    """Relation → address, of the header Link."""
    return {name: address for address, name in re.findall(r'<([^>]+)>; rel="(\w+)"', answer.headers["Link"])}


def run_jobs() -> None:
    while run_job_once(now=Job.objects.latest("pk").next_try_at):
        pass


def features(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200 and answer["Content-Type"] == GEOJSON, answer.content.decode()
    said = answer.json()
    assert said["type"] == "FeatureCollection" and all(one["type"] == "Feature" for one in said["features"])
    return {one["id"]: one for one in said["features"]}


class TestUnits:
    def test_a_collection_of_what_one_sees(self, mapped: Town, api: Api) -> None:
        found = features(api("street_dispatcher").get(MAP, {"page_size": 100}))
        grid = found[mapped.grid.code]
        assert grid["geometry"]["type"] == "Polygon" and shape(grid["geometry"]).exterior.is_ccw
        assert (
            grid["properties"]["level"]["key"] == "grid"
            and grid["properties"]["parent"] == mapped.community.code
        )
        assert found[mapped.building.code]["geometry"] == {"type": "Point", "coordinates": [125.005, 43.005]}
        assert found[mapped.street.code]["geometry"] is None
        assert mapped.far_grid.code not in found

    def test_pages_and_filters(self, mapped: Town, api: Api) -> None:
        client = api("street_dispatcher")
        found, url = [], f"{MAP}?page_size=3&level=grid"
        first = client.get(MAP, {"page_size": 1, "level": "grid"}).json()
        assert len(first["features"]) == 1 and first["next"]
        while url:
            said = client.get(url).json()
            found += [one["id"] for one in said["features"]]
            url = said["next"]
        assert found == [mapped.grid.code, mapped.other_grid.code]

    @pytest.mark.parametrize("address", [MAP, ISSUE_MAP])
    def test_the_header_leads_on_and_back(self, mapped: Town, api: Api, address: str) -> None:
        for _one in range(3):
            mapped.report()
        client = api("street_dispatcher")
        first = client.get(f"{address}?page_size=1")
        links = links_of(first)
        assert set(links) == {"first", "next"} and links["next"] == first.json()["next"]
        second = client.get(links["next"])
        assert (
            set(links_of(second)) >= {"first", "prev"} and features(second).keys() != features(first).keys()
        )
        for name in ("first", "prev"):
            assert features(client.get(links_of(second)[name])) == features(first), name

    @pytest.mark.parametrize(
        ("bbox", "names"),
        [
            ("125.0,43.0,125.009,43.009", {"community", "grid", "building"}),
            ("125.012,43.002,125.013,43.003", {"community", "other_grid"}),
            ("126,44,127,45", set()),
        ],
    )
    def test_in_a_box(self, mapped: Town, api: Api, bbox: str, names: set[str]) -> None:
        found = features(api("street_dispatcher").get(MAP, {"bbox": bbox}))
        assert set(found) == {mapped.units[name].code for name in names}

    def test_a_box_in_another_system(self, mapped: Town, api: Api) -> None:
        corners = [*from_wgs84(125.012, 43.002, BD09), *from_wgs84(125.013, 43.003, BD09)]
        query = {"bbox": ",".join(map(str, corners)), "crs": BD09}
        found = features(api("street_dispatcher").get(MAP, query))
        assert set(found) == {mapped.community.code, mapped.other_grid.code}
        there = shape(found[mapped.other_grid.code]["geometry"])
        assert there.covers(shape({"type": "Point", "coordinates": from_wgs84(125.0125, 43.0025, BD09)}))

    @pytest.mark.parametrize(
        "bbox",
        [
            "1",
            "1,2,3",
            "a,b,c,d",
            "nan,43,126,44",
            "126,43,125,44",
            "125,43,126,95",
            "inf,43,inf,44",
            "0" * 9999,
        ],
    )
    def test_what_is_no_box(self, mapped: Town, api: Api, bbox: str) -> None:
        answer = api("street_dispatcher").get(MAP, {"bbox": bbox})
        assert answer.status_code == 400 and "bbox" in answer.json()["errors"]

    def test_what_is_no_system(self, mapped: Town, api: Api) -> None:
        for address in (
            MAP,
            UNITS,
            ISSUE_MAP,
            f"{UNITS}{mapped.grid.code}/",
            f"{UNITS}{mapped.grid.code}/boundary/",
        ):
            answer = api("street_dispatcher").get(address, {"crs": "epsg:3857"})
            assert answer.status_code == 400 and "crs" in answer.json()["errors"], address

    def test_the_plain_list_offers_the_systems_too(self, mapped: Town, api: Api) -> None:
        said = api("street_dispatcher").get(f"{UNITS}{mapped.building.code}/", {"crs": GCJ02}).json()
        assert (said["lon"], said["lat"]) == from_wgs84(125.005, 43.005, GCJ02)
        (row,) = (
            api("street_dispatcher")
            .get(UNITS, {"crs": GCJ02, "code": mapped.building.code})
            .json()["results"]
        )
        assert (row["lon"], row["lat"]) == (said["lon"], said["lat"])

    def test_one_unit(self, mapped: Town, api: Api) -> None:
        answer = api("street_dispatcher").get(f"{UNITS}{mapped.grid.code}/boundary/")
        assert answer["Content-Type"] == GEOJSON and answer.json()["geometry"]["type"] == "Polygon"
        for code in (mapped.far_grid.code, "999", "9\n"):
            assert api("street_dispatcher").get(f"{UNITS}{code}/boundary/").status_code == 404

    def test_a_page_is_one_question_more_than_none(self, mapped: Town, api: Api) -> None:
        api("street_dispatcher").get(MAP)
        few = statements(lambda: api("street_dispatcher").get(MAP, {"page_size": 1}))
        assert statements(lambda: api("street_dispatcher").get(MAP, {"page_size": 100})) == few


class TestSet:
    def test_one_as_a_dry_run_and_for_good(self, mapped: Town, api: Api) -> None:
        client, address = api("system_admin"), f"{UNITS}{mapped.grid.code}/boundary/"
        there = geometry_from_wgs84(box(125.0, 43.0, 125.005, 43.01), GCJ02)
        dry = client.put(f"{address}?crs=gcj02&dry_run=true", there)
        told = {"dry_run": True, "changed": [mapped.grid.code], "unchanged": 0, "faults": []}
        assert (dry.status_code, dry.json(), dry["Content-Type"]) == (200, told, "application/json")
        assert Unit.objects.get(pk=mapped.grid.pk).boundary == mapped_again(LEFT)
        done = client.put(f"{address}?crs=gcj02", feature("ignored", there))
        assert (done.status_code, done.json()) == (200, told | {"dry_run": False})
        bounds = shape(Unit.objects.get(pk=mapped.grid.pk).boundary).bounds
        assert bounds == pytest.approx((125.0, 43.0, 125.005, 43.01), abs=2e-7)

    def test_many_in_its_own_media_type(self, mapped: Town, api: Api) -> None:
        wrong = collection(feature(mapped.grid.code, RIGHT), feature("999", LEFT))
        client = api("system_admin")
        dry = client.post(f"{MAP}?dry_run=1", json.dumps(wrong), content_type=GEOJSON)
        assert dry.status_code == 200
        said = [(fault["number"], fault["code"], fault["at"] is None) for fault in dry.json()["faults"]]
        assert said == [(1, mapped.grid.code, False), (2, "999", True)]
        events = Event.objects.count()
        answer = client.post(MAP, wrong)
        assert answer.status_code == 400 and len(answer.json()["errors"]["features"]) == 2
        assert answer["Content-Type"] == "application/problem+json" and Event.objects.count() == events
        right = collection(feature(mapped.grid.code, RIGHT), feature(mapped.other_grid.code, LEFT))
        first = client.post(MAP, right, headers={"Idempotency-Key": "swap-1"})
        again = client.post(MAP, right, headers={"Idempotency-Key": "swap-1"})
        assert first.status_code == 200 and len(first.json()["changed"]) == 2
        assert again.content == first.content and again["Idempotency-Replayed"] == "true"

    def test_a_key_of_a_dry_run_saves_nothing_later(self, mapped: Town, api: Api) -> None:
        """What the address asks besides is part of the wish: another one with the key is a 422, not the same answer."""
        client, swapped = api("system_admin"), feature(mapped.grid.code, box(125.0, 43.0, 125.005, 43.01))
        for ask, address, body in (
            (client.post, MAP, collection(swapped)),
            (client.put, f"{UNITS}{mapped.grid.code}/boundary/", swapped),
        ):
            key = {"Idempotency-Key": f"perhaps-{ask.__name__}"}
            before = Unit.objects.get(pk=mapped.grid.pk).boundary
            for _again in range(2):
                dry = ask(f"{address}?dry_run=true", body, headers=key)
                assert dry.status_code == 200 and dry.json()["dry_run"] is True
            for query in ("", "?dry_run=false", "?dry_run=true&crs=gcj02"):
                answer = ask(f"{address}{query}", body, headers=key)
                assert (answer.status_code, answer.json()["code"]) == (422, "key_reused"), query
            assert Unit.objects.get(pk=mapped.grid.pk).boundary == before
            IdempotencyKey.objects.all().delete()
            saved = ask(address, body, headers=key)
            assert saved.status_code == 200 and saved.json()["dry_run"] is False

    def test_many_in_the_background(self, mapped: Town, api: Api) -> None:
        right = collection(feature(mapped.grid.code, RIGHT), feature(mapped.other_grid.code, LEFT))
        client, before = api("system_admin"), Unit.objects.get(pk=mapped.grid.pk).boundary
        sent = client.post(f"{MAP}?background=1", right, headers={"Idempotency-Key": "later-1"})
        there = sent["Location"]
        told = {
            "state": {"key": "running", "label": "Being saved"},
            "total": 2,
            "done": 0,
            "changed": 0,
            "unchanged": 0,
            "wrong": 0,
            "faults": [],
        }
        assert sent.status_code == 202 and sent.json().items() >= told.items()
        Job.objects.update(state="failed")
        assert client.get(sent["Location"]).json()["state"]["key"] == "failed"
        Job.objects.update(state="waiting")
        again = client.post(f"{MAP}?background=1", right, headers={"Idempotency-Key": "later-1"})
        assert (again.status_code, again.content, again["Location"]) == (202, sent.content, there)
        assert client.get(there).json() == sent.json() and Job.objects.count() == 1
        assert Unit.objects.get(pk=mapped.grid.pk).boundary == before
        run_jobs()
        done = {"state": {"key": "done", "label": "Dealt with"}, "done": 2, "changed": 2}
        assert client.get(there).json() == sent.json() | done
        assert Unit.objects.get(pk=mapped.grid.pk).boundary == mapped_again(RIGHT)
        # Whose order it is not: as one that there is not.
        assert api("street_dispatcher").get(there).status_code == 404
        for pk in (10**9, 10**30):
            assert client.get(f"{MAP}saving/{pk}/").status_code == 404

    def test_what_does_not_fit_by_then_stands_there_and_nothing_is_saved(
        self, mapped: Town, api: Api
    ) -> None:
        client = api("system_admin")
        overlapping = collection(feature(mapped.grid.code, RIGHT), feature("999", LEFT))
        there = client.post(f"{MAP}?background=true", overlapping)["Location"]
        run_jobs()
        told = client.get(there).json()
        assert (told["state"]["key"], told["changed"], told["wrong"]) == ("done", 0, 2)
        assert [(fault["number"], fault["code"]) for fault in told["faults"]] == [
            (1, mapped.grid.code),
            (2, "999"),
        ]
        assert Unit.objects.get(pk=mapped.grid.pk).boundary == mapped_again(LEFT)

    def test_what_is_not_ordered(self, mapped: Town, api: Api) -> None:
        client, one = api("system_admin"), collection(feature(mapped.grid.code, LEFT))
        for query in ("background=1&dry_run=1", "background=perhaps"):
            answer = client.post(f"{MAP}?{query}", one)
            assert answer.status_code == 400 and "background" in answer.json()["errors"]
        wrong = collection(feature(mapped.grid.code, {"type": "Point", "coordinates": [125, 43]}))
        answer = client.post(f"{MAP}?background=1", wrong)
        assert answer.status_code == 400 and answer.json()["errors"]["features"]
        assert api("street_dispatcher").post(f"{MAP}?background=1", one).status_code == 403
        assert not SheetFile.objects.exists()

    def test_who_may(self, mapped: Town, api: Api) -> None:
        address = f"{UNITS}{mapped.grid.code}/boundary/"
        assert api("street_dispatcher").put(address, LEFT).status_code == 403
        assert api("far_dispatcher").put(address, LEFT).status_code == 404
        foreign, none = (
            api("far_dispatcher")
            .post(f"{MAP}?dry_run=1", collection(feature(code, LEFT)))
            .content.replace(code.encode(), b"")
            for code in (mapped.grid.code, "9" * 15)
        )
        assert foreign == none

    @pytest.mark.parametrize(
        "body", [None, [], "x", {"type": "Polygon"}, {"type": "FeatureCollection", "features": []}]
    )
    def test_nonsense(self, mapped: Town, api: Api, body: Any) -> None:
        for ask in (api("system_admin").post, api("system_admin").put):
            address = MAP if ask.__name__ == "post" else f"{UNITS}{mapped.grid.code}/boundary/"
            answer = ask(address, body, format="json")
            assert answer.status_code == 400 and answer.json()["errors"]["features"], answer.content.decode()
        assert api("system_admin").post(f"{MAP}?dry_run=perhaps", collection()).status_code == 400


def mapped_again(boundary: dict) -> dict:
    """As it is stored."""
    return read_boundaries(boundary, WGS84, "1").shapes["1"]


class TestLocate:
    AT = f"{UNITS}at/"

    def test_how_sure_it_is(self, mapped: Town, api: Api) -> None:
        client = api("street_dispatcher")
        for lon, unit, match in ((125.005, "building", "building"), (125.015, "other_grid", "boundary")):
            said = client.get(self.AT, {"lon": lon, "lat": 43.005}).json()
            assert (said["unit"]["code"], said["match"]["key"]) == (mapped.units[unit].code, match)
        said = client.get(self.AT, {"lon": 125.021, "lat": 43.005}).json()
        assert said["match"]["key"] == "nearest" and said["metres"] > 400
        assert client.get(self.AT, {"lon": 120, "lat": 30}).status_code == 404

    def test_in_another_system(self, mapped: Town, api: Api) -> None:
        lon, lat = from_wgs84(125.005, 43.005, BD09)
        said = api("street_dispatcher").get(self.AT, {"lon": lon, "lat": lat, "crs": BD09}).json()
        assert said["unit"]["code"] == mapped.building.code and said["metres"] == 0
        assert (said["unit"]["lon"], said["unit"]["lat"]) == pytest.approx((lon, lat))

    @pytest.mark.parametrize(
        "query",
        [
            {},
            {"lon": 125},
            {"lon": "nan", "lat": 43},
            {"lon": 125, "lat": 91},
            {"lon": 1, "lat": 1, "crs": "x"},
        ],
    )
    def test_what_is_no_position(self, api: Api, query: dict) -> None:
        assert api("street_dispatcher").get(self.AT, query).status_code == 400


class TestIntake:
    def test_a_report_goes_where_its_position_lies(self, mapped: Town, api: Api) -> None:
        lon, lat = from_wgs84(125.015, 43.005, GCJ02)
        answer = api("street_dispatcher").post(ISSUES, REPORT | {"lon": lon, "lat": lat, "crs": GCJ02})
        assert answer.status_code == 201, answer.content.decode()
        issue = Issue.objects.get()
        assert issue.place_code == mapped.other_grid.code
        assert metres(issue.lon, issue.lat, 125.015, 43.005) < 0.01, "stored in WGS-84"

    def test_lists_and_details_offer_the_systems_too(self, mapped: Town, api: Api) -> None:
        issue, nowhere = mapped.report("litter", lon=125.001, lat=43.008), mapped.report("litter")
        client, there = api("street_dispatcher"), from_wgs84(125.001, 43.008, BD09)
        rows = {row["code"]: row["place"] for row in client.get(ISSUES, {"crs": BD09}).json()["results"]}
        whole = client.get(f"{ISSUES}{issue.code}/", {"crs": BD09}).json()["place"]
        for place in (rows[issue.code], whole):
            assert (place["lon"], place["lat"]) == there
        assert rows[nowhere.code]["lon"] is None
        assert client.get(f"{ISSUES}{issue.code}/").json()["place"]["lon"] == 125.001
        for address in (ISSUES, f"{ISSUES}{issue.code}/"):
            assert client.get(address, {"crs": "mars"}).status_code == 400

    def test_the_address_says_it_for_what_is_written_and_for_the_answer(self, mapped: Town, api: Api) -> None:
        """As a client's base address with `?crs=` in it: nothing is stored elsewhere than it was meant."""
        client, there = api("street_dispatcher"), from_wgs84(125.015, 43.005, GCJ02)
        position = dict(zip(("lon", "lat"), there, strict=True))
        alert = {"severity": "major", "dedupe_key": "1", "category": "litter", "text": "演示:井盖移位"}
        asked = f"?crs={GCJ02}"
        said = [
            client.post(f"{ISSUES}{asked}", REPORT | position).json()["place"],
            client.post(f"/api/v1/alerts/{asked}", alert | position).json()["issue"]["place"],
        ]
        batch = {"rows": [REPORT | position | {"text": "演示:成批"}]}
        assert client.post(f"{ISSUES}batch/{asked}", batch).json()["created"] == 1
        issues = Issue.objects.all()
        assert len(issues) == 3 and all(metres(one.lon, one.lat, 125.015, 43.005) < 0.01 for one in issues)
        note = client.post(f"{ISSUES}{issues[0].code}/note/{asked}", {"text": "演示:看过了"}).json()["place"]
        for place in (*said, note):
            assert (place["lon"], place["lat"]) == pytest.approx(there, abs=1e-7)

    def test_the_body_goes_before_the_address_and_the_answer_after_it(self, mapped: Town, api: Api) -> None:
        body = REPORT | {"lon": 125.015, "lat": 43.005, "crs": "wgs84"}
        place = api("street_dispatcher").post(f"{ISSUES}?crs={BD09}", body).json()["place"]
        assert (Issue.objects.get().lon, place["lon"]) == (125.015, from_wgs84(125.015, 43.005, BD09)[0])

    @pytest.mark.parametrize("path", ["", "batch/", "{code}/note/"])
    def test_another_system_is_refused_before_anything_is_done(
        self, mapped: Town, api: Api, path: str
    ) -> None:
        issue = mapped.report("litter")
        body = {"rows": [REPORT]} if path == "batch/" else REPORT | {"place": mapped.grid.code}
        answer = api("street_dispatcher").post(f"{ISSUES}{path.format(code=issue.code)}?crs=mars", body)
        assert answer.status_code == 400 and "crs" in answer.json()["errors"]
        assert Issue.objects.get().version == issue.version

    def test_a_place_that_is_named_counts_more(self, mapped: Town, api: Api) -> None:
        named = REPORT | {"lon": 125.015, "lat": 43.005, "place": mapped.grid.code}
        assert api("street_dispatcher").post(ISSUES, named).json()["place"]["code"] == mapped.grid.code

    @pytest.mark.parametrize(
        "body", [{"lon": 125.0}, {"lat": 43.0}, {"lon": 100.0, "lat": 30.0}, {"lon": "nan", "lat": 43}]
    )
    def test_what_leads_nowhere(self, mapped: Town, api: Api, body: dict) -> None:
        answer = api("street_dispatcher").post(ISSUES, REPORT | body)
        assert answer.status_code == 400 and {"lat", "lon"} & set(answer.json()["errors"])
        assert not Issue.objects.exists()

    def test_nobody_reports_into_what_they_do_not_see(self, mapped: Town, api: Api) -> None:
        answer = api("far_dispatcher").post(ISSUES, REPORT | {"lon": 125.029, "lat": 43.005})
        assert answer.json()["place"]["code"] == mapped.far_grid.code

    def test_an_alert_too(self, mapped: Town, api: Api) -> None:
        lon, lat = from_wgs84(125.015, 43.005, BD09)
        body = {"severity": "major", "dedupe_key": "1", "category": "litter", "text": "演示:井盖移位"}
        answer = api("street_dispatcher").post(
            "/api/v1/alerts/", body | {"lon": lon, "lat": lat, "crs": BD09}
        )
        assert answer.json()["issue"]["place"]["code"] == mapped.other_grid.code


class TestIssues:
    def found(self, api: Api, name: str = "street_dispatcher", **query: Any) -> dict[str, Any]:
        return features(api(name).get(ISSUE_MAP, query))

    def test_within_a_hundred_metres_and_in_nobodys_words(self, mapped: Town, api: Api) -> None:
        exact = mapped.report("litter", lon=125.00123, lat=43.00789)
        none = mapped.report("litter", place=mapped.building)
        found = self.found(api)
        one, other = found[exact.code], found[none.code]
        assert (
            one["geometry"]["coordinates"] == [125.001, 43.008]
            and one["properties"]["middle_of"]["key"] == "cell"
        )
        assert (
            other["geometry"]["coordinates"] == [125.005, 43.005]
            and other["properties"]["middle_of"]["key"] == "grid"
        )
        assert "text" not in one["properties"]
        shifted = self.found(api, crs=GCJ02)[exact.code]["geometry"]["coordinates"]
        assert shifted == pytest.approx(from_wgs84(125.001, 43.008, GCJ02), abs=1e-7)

    def test_who_needs_help_is_only_in_a_community(self, mapped: Town, api: Api) -> None:
        mapped.categories["litter"].key = "care"
        mapped.categories["litter"].save()
        issue = mapped.report("litter", lon=125.00123, lat=43.00789)
        (one,) = self.found(api).values()
        assert (one["id"], one["properties"]["middle_of"]["key"]) == (issue.code, "community")
        assert one["geometry"]["coordinates"] == [125.01, 43.005]
        assert self.found(api, bbox="125.0005,43.0075,125.0015,43.0085") == {}
        assert set(self.found(api, bbox="125.0095,43.0045,125.0105,43.0055")) == {issue.code}

    def test_a_box_tells_no_more_than_the_map(self, mapped: Town, api: Api) -> None:
        issue = mapped.report("litter", lon=125.00123, lat=43.00789)
        assert self.found(api, bbox="125.0011,43.0078,125.0013,43.0079") == {}, "where it really is"
        assert set(self.found(api, bbox="125.001,43.008,125.001,43.008")) == {issue.code}, "where it is shown"
        assert set(self.found(api, bbox="125,43,125.02,43.01", open="true")) == {issue.code}

    def test_never_a_dispute_or_a_complaint_about_somebody(self, mapped: Town, api: Api) -> None:
        shown = mapped.report("litter")
        mapped.report("litter", kind="dispute")
        mapped.report("noise", about=mapped.grid)
        assert set(self.found(api, "district_dispatcher")) == {shown.code}

    def test_what_one_does_not_see_is_on_no_map(self, mapped: Town, api: Api, clock: Clock) -> None:
        near, far = mapped.report("litter"), mapped.report("litter", place=mapped.far_building)
        assert set(self.found(api)) == {near.code} and set(self.found(api, "far_dispatcher")) == {far.code}

    def test_a_page_costs_the_same_however_long(self, mapped: Town, api: Api) -> None:
        mapped.report("litter")
        self.found(api)
        few = statements(lambda: api("street_dispatcher").get(ISSUE_MAP))
        mapped.report("litter"), mapped.report("noise")
        assert statements(lambda: api("street_dispatcher").get(ISSUE_MAP)) == few
