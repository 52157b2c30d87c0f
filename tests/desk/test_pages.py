"""Signing in, language, and the pages for when something is not right."""

import pytest
from django.contrib import admin
from django.test import Client, RequestFactory
from django.urls import reverse
from django.views.defaults import server_error

from accounts.models import User
from tests.faces import signed_in, stop_clock, visitor


@pytest.fixture(autouse=True)
def clock(monkeypatch, town):
    stop_clock(monkeypatch, town.now)


def test_signing_in_and_out(town):
    user = town.people["grid_worker"]
    user.set_password("a long word of it")
    user.save()
    client = visitor()
    page = client.get("/accounts/login/?next=/report/")
    assert 'value="/report/"' in page.content.decode()
    answer = {"username": "grid_worker", "password": "a long word of it", "next": "/report/"}
    assert client.post("/accounts/login/", answer).url == "/report/"
    assert client.post("/accounts/logout/").url == "/accounts/login/"
    assert client.get("/").status_code == 302


def test_a_wrong_password_is_said_and_nothing_more(town):
    content = (
        visitor().post("/accounts/login/", {"username": "grid_worker", "password": "x"}).content.decode()
    )
    assert 'role="alert"' in content and 'value="grid_worker"' in content


def test_chinese_first(town):
    content = Client().get("/accounts/login/").content.decode()
    assert '<html lang="zh-hans">' in content and "简体中文" in content


def test_the_language_is_changed_and_one_stays_where_one_was(town):
    client = Client()
    response = client.post("/i18n/setlang/", {"language": "en", "next": "/r/"})
    assert response.url == "/r/"
    assert '<html lang="en">' in client.get("/r/").content.decode()


def test_nothing_here(town):
    content = visitor().get("/nowhere/")
    assert content.status_code == 404 and "There is nothing here" in content.content.decode()
    assert 'href="/r/"' in content.content.decode()
    assert 'href="/"' in signed_in(town, "grid_worker").get("/nowhere/").content.decode()


@pytest.mark.parametrize("model", sorted(admin.site._registry, key=str), ids=str)
@pytest.mark.parametrize("number", ["²", "x", "9" * 30])
def test_what_is_no_number_is_nobodys_page(town, model, number):
    root = User.objects.create_superuser("root", display_name="root")
    client = visitor()
    client.force_login(root, backend="grids.backends.PostBackend")
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}_change"
    # Pages of ours answer 404, Django's own lead back to the start with a word of explanation.
    assert client.get(reverse(name, args=[number])).status_code in {302, 404}


def test_nothing_here_leads_back_to_where_one_works(town):
    user = town.people["street_dispatcher"]
    user.is_staff = True
    user.save()
    client = signed_in(town, "street_dispatcher")
    assert 'class="button" href="/admin/"' in client.get("/admin/nowhere/").content.decode()
    assert 'class="button" href="/"' in client.get("/nowhere/").content.decode()
    assert 'class="button" href="/admin/"' in client.get("/admin/trail/event/").content.decode()


def test_who_works_on_the_phone_is_told_so_at_the_desk(town):
    page = signed_in(town, "grid_worker").get("/admin/", follow=True).content.decode()
    assert "You are signed in as grid_worker" in page and '<a class="gz-link" href="/">' in page
    assert "You are signed in" not in visitor().get("/admin/login/").content.decode()


def test_who_has_no_lists_on_the_phone_is_led_to_the_desk(town):
    user = town.people["audit_admin"]
    user.is_staff = True
    user.save()
    assert 'class="button" href="/admin/"' in signed_in(town, "audit_admin").get("/").content.decode()


def test_not_yours(town):
    response = signed_in(town, "body_officer").get("/report/")
    assert response.status_code == 403 and "This is not yours to do" in response.content.decode()


def test_a_page_that_was_open_too_long(town):
    client = Client(enforce_csrf_checks=True, headers={"accept-language": "en"})
    response = client.post("/f/", {"number": "20260310-000001", "last_four": "1234"})
    assert response.status_code == 403 and "Please send it again" in response.content.decode()


def test_our_own_mistake():
    response = server_error(RequestFactory().get("/"))
    content = response.content.decode()
    assert response.status_code == 500 and 'href="/"' in content and "119" in content


def test_locked_out(town):
    from django.shortcuts import render

    request = RequestFactory().get("/accounts/login/")
    request.LANGUAGE_CODE = "en"
    assert "/accounts/login/" in render(request, "accounts/locked.html").content.decode()
