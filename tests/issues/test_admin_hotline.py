"""Hotline files in the staff admin: upload, preview, confirm, result, wrong rows, results for the hotline."""

import io
import re
from datetime import datetime
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from openpyxl import load_workbook

from grids.actions.policies import BadValue, set_policy
from grids.models import Policy
from issues.hotline.columns import DEFAULT, USUAL, Columns
from issues.models import HotlineOrder, ImportBatch, Issue, Reporter
from issues.views.follow import follow_link
from tests.faces import hidden, panels, send, signed_in, stop_clock, take, visitor
from tests.issues.sheets import csv_text, read_back, row, workbook
from tests.issues.test_hotline import bring as bring_in
from tests.issues.test_policy_pages import filled
from trail.job_actions import run_job_once
from trail.models import Event

ADD = "/admin/issues/importbatch/add/"
ORDERS = "/admin/issues/hotlineorder/"


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def desk(town, name="district_dispatcher"):
    """That person at the desk, as staff."""
    user = town.people[name]
    user.is_staff = True
    user.save(update_fields=["is_staff"])
    return signed_in(town, name)


def upload(client, *rows, data=None, **more):
    form = client.get(ADD).context["form"]
    file = SimpleUploadedFile("工单.xlsx", workbook(rows) if data is None else data)
    return client.post(ADD, hidden(form) | {"file": file} | more)


def confirm(client, response, verb="confirm"):
    page = client.get(response.url)
    address = reverse(f"admin:issues_importbatch_{verb}", args=[page.context["batch"].pk])
    return client.post(address, hidden(page.context["form"]))


def run_jobs(town):
    while run_job_once(now=town.now):
        pass


def test_the_way_in(town):
    client = desk(town)
    response = upload(client, row(), row(number="bad", deadline="很快"))
    preview = client.get(response.url).content.decode()
    assert response.status_code == 302 and not Issue.objects.exists()
    assert "很快" in preview and "办理时限" in preview and "Import 1 order" in preview
    page = confirm(client, response)
    running = client.get(page.url)
    assert running["Refresh"] and "progress" in running.content.decode()
    run_jobs(town)
    result = client.get(page.url)
    assert (
        "Refresh" not in result and result.context["batch"].added == 1 and "很快" in result.content.decode()
    )
    assert Issue.objects.get().source == "hotline"


def test_a_double_click_imports_once(town):
    client = desk(town)
    response = upload(client, row())
    page = client.get(response.url)
    address = reverse("admin:issues_importbatch_confirm", args=[page.context["batch"].pk])
    told = hidden(page.context["form"])
    assert client.post(address, told).url == client.post(address, told).url
    run_jobs(town)
    assert Issue.objects.count() == 1 and ImportBatch.objects.get().added == 1


def test_the_wrong_rows_come_back_with_their_reasons(town):
    client = desk(town)
    bad = row(number="bad", deadline="很快", title="=1+1")
    upload(client, row(), bad)
    batch = ImportBatch.objects.get()
    file = take(client, reverse("admin:issues_importbatch_wrong", args=[batch.pk]))
    header, line = read_back(file.content)
    cells = dict(zip(header, line, strict=True))
    assert file["Content-Disposition"].endswith('.xlsx"') and "no-store" in file["Cache-Control"]
    assert header[: len(DEFAULT.headers())] == DEFAULT.headers()
    assert (cells["工单编号"], cells["标题"], cells["电话"]) == ("bad", "'=1+1", "13800001234")
    assert header[-2:] == ["Row", "What is wrong"] and line[-2] == 3 and "办理时限" in line[-1]


def test_the_file_of_wrong_rows_names_line_column_value_and_reason_in_chinese(town):
    client = desk(town)
    client.cookies["django_language"] = "zh-hans"
    upload(client, row(), row(number="bad", deadline="很快", nature="督办"))
    batch = ImportBatch.objects.get()
    file = take(client, reverse("admin:issues_importbatch_wrong", args=[batch.pk])).content
    header, *lines = read_back(file, 1)
    assert header == ["行", "列", "原值", "错误原因"]
    assert [line[:3] for line in lines] == [[3, "办理时限", "很快"], [3, "工单性质", "督办"]]
    assert all(re.search("[一-鿿]", line[3]) for line in lines)


def test_wrong_rows_that_were_put_right_can_be_sent_as_they_came_back(town):
    client = desk(town)
    upload(client, row(number="bad", deadline="很快", spot="-1楼停车场", phone="+86 13800001234"))
    batch = ImportBatch.objects.get()
    file = take(client, reverse("admin:issues_importbatch_wrong", args=[batch.pk])).content
    book = load_workbook(io.BytesIO(file))
    cells = {cell.value: cell.column for cell in book.worksheets[0][1]}
    book.worksheets[0].cell(2, cells["办理时限"]).value = "2026-03-16 17:30"
    out = io.BytesIO()
    book.save(out)
    confirm(client, upload(client, data=out.getvalue()))
    run_jobs(town)
    assert Issue.objects.get().spot == "-1楼停车场" and Reporter.objects.get().phone


def test_what_a_rule_refused_stands_in_the_file_too(town):
    client = desk(town)
    town.categories["other"].delete()
    confirm(client, upload(client, row(), row(number="bad", deadline="很快")))
    run_jobs(town)
    batch = ImportBatch.objects.get()
    file = take(client, reverse("admin:issues_importbatch_wrong", args=[batch.pk])).content
    assert [line[0] for line in read_back(file, 1)[1:]] == [3, 2]


def test_nothing_wrong_is_nothing_to_download(town):
    client = desk(town)
    upload(client, row())
    batch = ImportBatch.objects.get()
    assert take(client, reverse("admin:issues_importbatch_wrong", args=[batch.pk])).status_code == 404


def test_dropped(town):
    client = desk(town)
    page = confirm(client, upload(client, row()), "drop")
    assert ImportBatch.objects.get().state == "dropped" and page.status_code == 302
    assert "gz-button-primary" not in client.get(page.url).content.decode()


@pytest.mark.parametrize(
    ("data", "says"), [(b"x", "columns are missing"), (b"\xd0\xcf\x11\xe0x", "an old .xls")]
)
def test_a_file_that_cannot_be_read_says_so(town, data, says):
    response = upload(desk(town), data=data)
    assert response.status_code == 409 and says in response.content.decode()


def test_no_file_at_all(town):
    assert desk(town).post(ADD, {}).status_code == 422


def test_with_several_areas_one_chooses(town):
    town.appoint("district_dispatcher", "street_dispatcher", town.street)
    client = desk(town)
    assert "area" in client.get(ADD).context["form"].fields
    upload(client, row(), area=town.street.pk)
    assert ImportBatch.objects.get().area == town.street


@pytest.mark.parametrize("name", ["community_secretary", "grid_worker", "supervisor", "far_dispatcher"])
def test_a_file_of_others_does_not_exist(town, name):
    upload(desk(town), row())
    batch, client = ImportBatch.objects.get(), desk(town, name)
    for number in (batch.pk, "²"):
        page = client.get(reverse("admin:issues_importbatch_change", args=[number]))
        assert page.status_code in {403, 404}
    for verb in ("confirm", "drop"):
        address = reverse(f"admin:issues_importbatch_{verb}", args=[batch.pk])
        assert client.post(address, {}).status_code in {403, 404}
    assert ImportBatch.objects.get().state == "checked"


@pytest.mark.parametrize("name", ["grid_worker", "supervisor", "body_officer"])
def test_who_does_not_dispatch_imports_nothing(town, name):
    client = desk(town, name)
    assert client.get(ADD).status_code == 403 and client.post(ADD, {}).status_code == 403


def test_a_community_that_dispatches_has_no_area_to_import_for(town):
    client = desk(town, "community_secretary")
    file = SimpleUploadedFile("x.xlsx", workbook([row()]))
    assert client.post(ADD, {"file": file}).status_code == 403


def test_a_get_decides_nothing(town):
    client = desk(town)
    upload(client, row())
    address = reverse("admin:issues_importbatch_confirm", args=[ImportBatch.objects.get().pk])
    assert client.get(address).status_code == 405


def bring(town, client, *rows):
    confirm(client, upload(client, *rows))
    run_jobs(town)


def test_the_list_and_the_results_in_the_hotlines_columns(town):
    client = desk(town)
    bring(town, client, row(title="=cmd()"), row(number="AB7"))
    page = client.get(ORDERS).content.decode()
    assert row()["number"] in page and "AB7" in page and "Import orders" in page
    header, *lines = read_back(take(client, f"{ORDERS}export/").content)
    assert header == DEFAULT.headers() and len(lines) == 2
    first = next(dict(zip(header, line, strict=True)) for line in lines if line[0] == row()["number"])
    assert (first["标题"], first["办理结果"]) == ("'=cmd()", "办理中") and not first["来电人"]
    only = read_back(take(client, f"{ORDERS}export/?q=AB7").content)
    assert [line[0] for line in only[1:]] == ["AB7"]


def test_category_and_place_narrow_the_list_and_its_file(town):
    client = desk(town)
    elsewhere = row(number="AB7", community="长新社区", category="演示noise")
    bring(town, client, row(category="演示litter"), elsewhere, row(number="AB8", category="演示noise"))

    def numbers(**asked):
        shown = {order.number for order in client.get(ORDERS, asked).context["cl"].result_list}
        lines = read_back(take(client, f"{ORDERS}export/?{urlencode(asked | {'rows': 50})}").content)[1:]
        assert shown == {line[0] for line in lines}
        return shown

    assert numbers(unit=town.other_community.code) == {"AB7"} and numbers(category="noise") == {"AB7", "AB8"}
    assert numbers(unit=town.community.code, category="noise") == {"AB8"}
    assert len(numbers(unit=town.street.code)) == 3
    taken = Event.objects.about("user", town.people["district_dispatcher"].pk).filter(verb="export")
    assert taken.latest("pk").data["filter"] == {"unit": town.street.code}
    found = client.get(ORDERS, {"called": "长新"})
    assert found.url == f"{ORDERS}?unit={town.other_community.code}"
    street = desk(town, "street_dispatcher")
    for code in (town.other_street.code, "nowhere"):
        answer = street.get(ORDERS, {"unit": code}, follow=True)
        assert "does not know any more: place" in answer.content.decode()
        assert len(read_back(take(street, f"{ORDERS}export/?unit={code}").content)) == 1


@pytest.mark.parametrize("query", ["ended=no", "ended=yes", "ended=late", "nature__exact=主办"])
def test_every_filter_answers(town, query):
    assert desk(town).get(f"{ORDERS}?{query}").status_code == 200


def test_an_orders_own_page_shows_all_that_the_hotline_wrote(town):
    client = desk(town)
    bring(town, client, row(content="长" * 2500))
    order = HotlineOrder.objects.get()
    assert "长" * 2500 in client.get(f"{ORDERS}{order.pk}/change/").content.decode()


def test_the_pages_of_an_order_offer_no_other_way_out_than_back_to_the_hotline(town, act):
    bring(town, desk(town), row(category="演示litter"))
    issue = Issue.objects.get()
    for step in (None, "sign"):
        if step:
            act(step, issue, "community_secretary")
        client = desk(town, "community_secretary")
        on_phone = client.get(f"/i/{issue.code}/")
        at_desk = client.get(f"/admin/issues/issue/{issue.pk}/change/")
        assert all(row()["number"] in page.content.decode() for page in (on_phone, at_desk))
        phone = set(panels(on_phone))
        admin = {verb.key for verb in at_desk.context["page"].verbs}
        for offered in (phone, admin):
            assert "return_to_hotline" in offered
            assert not offered & {"reject", "return", "withdraw", "object"}
    address = f"/i/{issue.code}/return_to_hotline/"
    for sure, status in (({}, 422), ({"sure": "on"}, 302)):
        sent = send(client, client.get(address), "return_to_hotline", text="演示:不在本区", **sure)
        assert sent.status_code == status
    returned = Issue.objects.get()
    follow = visitor().get(follow_link(returned)).content.decode()
    assert "/object/" not in follow and "Returned to the 12345 hotline" in follow


def test_a_confidential_callers_data_stands_on_no_page_but_the_handlers(town):
    bring(town, desk(town), row(category="演示litter", secret="是"))
    issue, masked = Issue.objects.get(), "138****1234"
    for name, sees in (("community_secretary", True), ("street_dispatcher", False), ("grid_worker", False)):
        client = desk(town, name)
        for address in (f"/i/{issue.code}/", f"/admin/issues/issue/{issue.pk}/change/"):
            page = client.get(address).content.decode()
            assert (masked in page) is sees, (name, address)
            assert row()["phone"] not in page
    client = desk(town)
    file = take(client, f"{ORDERS}export/").content
    page = client.get(f"{ORDERS}{issue.pk}/change/").content.decode()
    assert not any(row()["phone"] in str(line) or row()["caller"] in str(line) for line in read_back(file))
    assert row()["phone"] not in page and row()["caller"] not in page


OWN = Columns(
    {name: heading for name, heading in USUAL.items() if name != "tags"}
    | {"number": "诉求编号", "caller": "诉求人", "deadline": "截止时间", "answer": "答复"}
)


def decide_columns(town, columns):
    value = {name: {"heading": heading} for name, heading in columns.headings.items()}
    by = town.people["system_admin"]
    set_policy(town.district, "hotline_columns", value, by=by, now=town.now, reason="演示:本市热线的表头")


TOPIC = "环境卫生→垃圾清运"


def test_a_district_says_which_category_a_classification_means(town):
    """In the same place and by the same people as its headings; orders that are here already stay as they are."""
    path = "城市管理->环境卫生->垃圾清运"
    bring_in(town, row(number="old", category=path))
    there = reverse("admin:grids_policy_edit", args=[town.district.code, "hotline_topics"])
    assert reverse("admin:grids_policy_kind", args=[town.district.code, "hotline_topics"]) in (
        desk(town).get(ADD).content.decode()
    )
    # Whoever imports may not, whoever sets the rules may.
    assert desk(town).get(there).status_code in {403, 404}
    client = desk(town, "system_admin")
    sent = filled(client.get(there).context["form"]) | {"own_1.name": TOPIC, "own_1.category": "noise"}
    assert client.post(there, sent | {"save": "1"}).status_code == 302
    assert Policy.objects.get().value == {"own_1": {"name": TOPIC, "category": "noise"}}
    bring_in(town, row(number="old", category=path), row(number="new", category=path))
    found = {
        one.number: one.issue.category.key for one in HotlineOrder.objects.select_related("issue__category")
    }
    assert found["new"] == "noise" and found["old"] != "noise"
    by = town.people["system_admin"]
    with pytest.raises(BadValue) as wrong:
        value = {"own_1": {"name": "x", "category": "nothing"}}
        set_policy(town.district, "hotline_topics", value, by=by, now=town.now, reason="演示:写错")
    assert set(wrong.value.errors) == {"own_1.category"}


def test_a_city_with_headings_of_its_own_the_whole_way(town, act):
    """Its own file in, with columns of no meaning to us; wrong rows and results back in its own headings."""
    decide_columns(town, OWN)
    client = desk(town)
    page = client.get(ADD).content.decode()
    assert "诉求编号" in page and "工单编号" not in page
    assert read_back(client.get(f"{ORDERS}template/").content) == [OWN.headers()]
    header = [*OWN.headers(), "坐席工号"]
    rows = [row(category="演示litter"), row(number="bad", deadline="很快")]
    response = upload(client, data=workbook(rows, columns=OWN, header=header))
    batch = ImportBatch.objects.get()
    wrong = take(client, reverse("admin:issues_importbatch_wrong", args=[batch.pk])).content
    assert read_back(wrong)[0][: len(header)] == header
    assert read_back(wrong, 1)[1][:3] == [3, "截止时间", "很快"]
    confirm(client, response)
    run_jobs(town)
    order = HotlineOrder.objects.get()
    assert Reporter.objects.get().name == row()["caller"]
    act("sign", order.issue, "community_secretary")
    act("submit_result", order.issue, "community_secretary", text="演示:已清运")
    sent, line = read_back(take(client, f"{ORDERS}export/").content)
    assert sent == OWN.headers()
    told = dict(zip(sent, line, strict=True))
    assert (told["诉求编号"], told["答复"], told["办理结果"]) == (row()["number"], "演示:已清运", "已解决")
    assert told["截止时间"] == datetime(2026, 3, 16, 17, 30) and not told["诉求人"]
    shown = client.get(f"{ORDERS}{order.pk}/change/").content.decode()
    assert "诉求编号: " in shown and "工单编号" not in shown


def test_the_usual_headings_hold_no_more_once_a_city_has_its_own(town):
    decide_columns(town, OWN)
    response = upload(desk(town), data=workbook([row()]))
    assert response.status_code == 409 and "诉求编号、截止时间" in response.content.decode()


def test_others_see_no_order_of_ours(town):
    bring(town, desk(town), row())
    client = desk(town, "far_secretary")
    assert row()["number"] not in client.get(ORDERS).content.decode()
    assert len(read_back(take(client, f"{ORDERS}export/").content)) == 1


def test_the_empty_sheet_can_be_filled_in(town):
    data = desk(town).get(f"{ORDERS}template/").content
    assert read_back(data) == [DEFAULT.headers()]


def test_the_empty_sheet_as_csv_is_taken_back(town):
    client = desk(town)
    answer = client.get(f"{ORDERS}template/?as=csv")
    assert answer["Content-Disposition"].endswith('.csv"')
    lines = csv_text([row()]).splitlines(keepends=True)
    data = answer.content + "".join(lines[1:]).encode()
    assert answer.content.decode("utf-8-sig") == lines[0]
    assert upload(client, data=data).status_code == 302 and ImportBatch.objects.get().expected_new == 1
    page = client.get(ADD).content.decode()
    assert "Excel file (.xlsx) or CSV" in page and 'accept=".xlsx,.csv"' in page and "?as=csv" in page


def test_what_the_lists_cost(town):
    client = desk(town)

    def cost(address):
        with CaptureQueriesContext(connection) as found:
            client.get(address)
        return len(found)

    bring(town, client, row())
    one = cost(ORDERS), cost("/admin/issues/importbatch/")
    bring(town, client, *(row(number=f"GZ{number}") for number in range(5)))
    assert (cost(ORDERS), cost("/admin/issues/importbatch/")) == one
    assert one[0] <= 12 and one[1] <= 12
