"""Chinese first, English complete: the catalogue is whole, and its words are those of a street office."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from django.apps import apps
from django.conf import settings
from django.test import Client
from django.utils import translation

from desk import screen_feed
from grids.body_kinds import BODY_KINDS
from grids.levels import LEVELS, LINES
from grids.powers import POWERS
from grids.roles import CAPABILITIES, ROLES
from issues import kinds, ladder, lifecycle, limits, sentences, whistles
from notices import words as notice_words
from scripts import messages
from scripts.messages import Key

CHINESE = re.compile(r"[\u3400-\u9fff]")
OURS = [app.label for app in apps.get_app_configs() if (messages.ROOT / app.label).is_dir()]


@pytest.fixture(scope="module")
def found() -> messages.Found:
    return messages.collect()


# --- the catalogue ----------------------------------------------------------------------------------------


def test_the_catalogue_holds_exactly_what_is_used_and_all_of_it_in_chinese(found: messages.Found) -> None:
    assert messages.problems(found, messages.read_catalogue()) == [], "run: make messages"


def test_msgids_are_english(found: messages.Found) -> None:
    assert [key.singular for key in found if CHINESE.search(key.singular + key.plural)] == []


def test_words_are_found_under_whatever_name_gettext_is_imported(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        "from django.utils.translation import gettext as _t, pgettext_lazy as _in\n"
        "_t('every day'), _in('clock', 'at'), _x('nobody calls this')\n"
    )
    assert messages.messages_of(module) == [Key("at", context="clock"), Key("every day")]


def test_scripts_in_the_browser_carry_no_words() -> None:
    """They take them from data attributes, so that there is one catalogue."""
    for path in (messages.ROOT / "static" / "js").rglob("*.js"):
        source = path.read_text(encoding="utf-8")
        assert not CHINESE.search(source) and "gettext" not in source, path.name


def test_what_is_read_at_run_time_is_this_catalogue() -> None:
    """The .mo is made before the tests (tests/environment.py), and wins over Django's own words."""
    with translation.override("zh-hans"):
        for message in messages.read_catalogue():
            if message.id and not message.context and isinstance(message.id, str):
                assert translation.gettext(message.id) == message.string


@pytest.mark.parametrize(
    ("msgid", "msgstr", "fault"),
    [
        ("Open", "", "untranslated"),
        (("%(n)s day", "%(n)s days"), ("",), "untranslated"),
        (("%(n)s day", "%(n)s days"), ("%(n)s天", "%(n)s天"), "Chinese has one form"),
        (("one day", "%(n)s days"), ("一天",), "placeholders differ"),
        ("To %(name)s", "致%(nam)s", "placeholders differ"),
        ("{0} rows", "几行", "placeholders differ"),
        ("%s rows", "几行", "placeholders differ"),
        (" and ", "和", "begins or ends with another blank"),
        ("Number, please", "编号,谢谢", "punctuation is not Chinese"),
    ],
)
def test_a_fault_is_named(msgid: Any, msgstr: Any, fault: str) -> None:
    assert list(messages.faults(Message(msgid, msgstr))) == [fault]


@pytest.mark.parametrize(
    ("msgid", "msgstr"),
    [
        ("%(a)s of %(b)s", "%(b)s的%(a)s"),
        (("one day", "%(n)s days"), ("%(n)s 天",)),
        ("100 %% of {name!r}", "{name!r}的 100 %%"),
        ("yes,no", "是,否"),
        (", ", "、"),
    ],
)
def test_a_sound_translation_passes(msgid: Any, msgstr: Any) -> None:
    assert list(messages.faults(Message(msgid, msgstr))) == []


def test_fuzzy_obsolete_and_missing_ones_are_named() -> None:
    catalogue = Catalog(locale="zh_Hans")
    catalogue.add("Gone", "没了")
    catalogue.add("Unsure", "大概", flags={"fuzzy"})
    wrong = messages.problems({Key("Unsure"): ["a.py"], Key("New"): ["b.py"]}, catalogue)
    assert wrong == ["not collected: 'New' (b.py)", "obsolete: 'Gone'", "fuzzy: 'Unsure'"]


def test_collecting_keeps_translations_drops_the_obsolete_and_adds_the_new(tmp_path: Path) -> None:
    old = Catalog(locale="zh_Hans")
    old.add("Kept", "留着")
    old.add(("%(n)s day", "%(n)s days"), ("%(n)s 天",))
    old.add("Open", "未结")
    old.add("Open", "打开", context="verb")
    old.add("Gone", "没了")
    keys = Key("Kept"), Key("%(n)s day", "%(n)s days"), Key("Open"), Key("Open", context="verb"), Key("New")
    path = tmp_path / "django.po"
    path.write_bytes(messages.rendered(messages.merged({key: ["a.py"] for key in keys}, old)))
    again = messages.read_catalogue(path)
    assert [message.string for message in again if message.id] == ["留着", ("%(n)s 天",), "未结", "打开", ""]
    assert messages.rendered(messages.merged({key: ["a.py"] for key in keys}, again)) == path.read_bytes()


MODULE = """
from django.utils.translation import gettext as _, ngettext, pgettext_lazy
A = _("plain ") + _("two " "parts") + translation.gettext_lazy("lazy")
B = ngettext("%(n)s day", "%(n)s days", n), pgettext_lazy("verb", "Open"), _(table["label"]), _(f"{a}")
"""
TEMPLATE = """{% load i18n %}
  {% translate "plain" %} it's {{ _("in braces") }}
    {% blocktranslate with name=a.b|upper trimmed %}
      With {{ name }}, 100%
    {% endblocktranslate %}
{% blocktranslate count n=days %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}
{% translate "Open" context "verb" as word %}{{ x|yesno:_("yes,no") }}
{% comment %}{% translate "no" %}{% endcomment %}
"""


def test_words_of_a_module_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(MODULE)
    assert messages.messages_of(tmp_path / "a.py") == [
        Key("%(n)s day", "%(n)s days"),
        Key("Open", context="verb"),
        Key("lazy"),
        Key("plain "),
        Key("two parts"),
    ]


def test_words_of_a_template_are_found(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(TEMPLATE)
    assert messages.messages_of(tmp_path / "a.html") == [
        Key("%(n)s day", "%(n)s days"),
        Key("Open", context="verb"),
        Key("With %(name)s, 100%%"),
        Key("in braces"),
        Key("plain"),
        Key("yes,no"),
    ]


# --- the tables -------------------------------------------------------------------------------------------

TABLES: dict[str, Iterable[Any]] = {
    "states": (*lifecycle.STATES, *lifecycle.CALLEE_STATES),
    "verbs": lifecycle.VERBS,
    "inputs": [one for verb in lifecycle.VERBS for one in verb.inputs],
    "words": (*kinds.SOURCES, *kinds.KINDS, *kinds.OUTCOMES, *kinds.CONTACT_WAYS, *kinds.REPORT_MODES),
    "rungs and clocks": (*ladder.RUNGS, *ladder.CLOCKS),
    "whistles": whistles.KINDS,
    "roles": ROLES.values(),
    "powers": POWERS.values(),
    "kinds of bodies": BODY_KINDS.values(),
    "urgencies": notice_words.URGENCIES,
}
MODEL_NAMES = ("verbose_name", "verbose_name_plural")
FIELDS = ("label", "resident_label", "explain", "help")


def labels() -> Iterator[tuple[str, Any]]:
    """(where it stands, label) of everything that the tables say to somebody."""
    for table, rows in TABLES.items():
        for row in rows:
            yield from ((f"{table} {row.key} {name}", getattr(row, name, "")) for name in FIELDS)
    for level in LEVELS.values():
        yield from ((f"level {level.key}", label) for label in (*level.labels, *level.party_labels))
    for key, label in [*LINES.items(), *CAPABILITIES.items(), *limits.handling_level_choices()]:
        yield key, label
    for verb, line in sentences.SENTENCES.items():
        yield from ((f"timeline {verb}", text) for text in (line.staff, line.resident))
    for key, word in notice_words.WORDS.items():
        yield from ((f"notice {key}", text) for text in (word.text, word.about))
    for app in OURS:
        for model in apps.get_app_config(app).get_models():
            yield from ((model._meta.label, getattr(model._meta, name)) for name in MODEL_NAMES)


LABELS = [pytest.param(label, id=where) for where, label in labels() if label]


@pytest.mark.parametrize("label", LABELS)
def test_every_label_of_the_tables_speaks_both_languages(label: Any) -> None:
    with translation.override("en"):
        english = str(label)
    with translation.override("zh-hans"):
        chinese = str(label)
    assert english and not CHINESE.search(english)
    # A sentence may consist of what is filled in alone.
    assert CHINESE.search(chinese) or not re.sub(r"%\(\w+\)s|[^a-z]", "", english)


# Words that street offices use everywhere; a smoother translation would be a wrong one.
FIXED = {
    "state": "reported 待甄别 已收到 assigned 待签收 已交给承办单位 handling 办理中 正在办 "
    "suspended 挂账 需要等待 resolved 待核实 已办\uff0c请您确认 closed 已结案 已结束 "
    "rejected 不予受理 未受理 merged 已并案 与另一件一起办",
    "verb": "screen 甄别 dispatch 交办 correct 更正地点或类别 mark_complaint 标为对人员或单位的投诉 "
    "answer 直接答复 reject 不予受理 sign 签收 "
    "contact 联系群众 note 记录进展 submit_result 提交办结 hand_up 上报 return 退单 "
    "give_proposed 转交应办单位 recall 撤回派单 lift 提级办理 return_to_hotline 退回12345热线 whistle 吹哨 "
    "join 增加报到单位 call_off_whistle 取消吹哨 acknowledge 应哨 report_in 报到 "
    "meet 登记联席会议 plan 提交方案 stage_done 下一阶段已完成 done 办结 decline 谢绝报到 "
    "contest 对此哨提出异议 ask_more_time 申请宽限时间 release_callee 不再需要其到场 "
    "rate_callee 评价报到单位 judge 评价此哨 "
    "assign_officer 指派经办人 send_officer 派出经办人 phoned 已电话通知 rate 评价 "
    "call_back 电话回访 "
    "verify 现场核实 send_back 退回 redo 重办 close 结案 ask_info 请诉求人补充信息 "
    "supply_info 补充信息 add_info 补充情况 withdraw 撤回诉求 reopen 其实没有解决 object 提出异议 "
    "object_merge 我反映的是另一件事 merge 并案 unmerge 撤销并案 "
    "split 拆分子任务 take_task 接收子任务 finish_task 完成子任务 ask_task_time 子任务申请宽限 give_back 退回子任务 "
    "call_off 取消子任务 chase 催办 supervise 发督办函 "
    "chase_callee 催办报到单位 supervise_callee 向报到单位发督办函 chase_task 催办子任务 supervise_task 就子任务发督办函 "
    "lead 领办 ask_extension 申请延期 "
    "ask_suspension 申请挂账 ask_all_clear 申请解除险情 all_clear 解除险情 resume 恢复办理 grant 同意 refuse 不同意 "
    "answer_letter 答复督办函 withdraw_letter 撤回督办函 drop 撤销申请",
    "role": "district_dispatcher 区级调度员 street_dispatcher 街道调度员 street_leader 街道分管领导 "
    "community_secretary 社区书记 community_worker 社工 grid_chief 网格长 grid_worker 专职网格员 "
    "part_time_grid_worker 兼职网格员 spotter 啄木鸟 building_head 楼栋长 "
    "building_party_leader 楼栋党小组组长 body_officer 经办人 body_head 负责人 supervisor 督办员 "
    "system_admin 系统管理员 security_admin 安全管理员 audit_admin 审计管理员",
    "whistle": "quick 快捷哨 tough 攻坚哨 emergency 应急哨",
    "outcome": "solved 已解决 answered 已解答 explained 解释说明 not_substantiated 不属实 "
    "unreachable 联系不上 legal 已转法定程序 withdrawn 诉求人撤回",
}


def test_the_words_of_the_trade_are_these() -> None:
    with translation.override("zh-hans"):
        said = {
            "state": " ".join(f"{row.key} {row.label} {row.resident_label}" for row in lifecycle.STATES),
            "verb": " ".join(f"{row.key} {row.label}" for row in lifecycle.VERBS),
            "role": " ".join(f"{row.key} {row.label}" for row in ROLES.values()),
            "whistle": " ".join(f"{row.key} {row.label}" for row in whistles.KINDS),
            "outcome": " ".join(f"{row.key} {row.label}" for row in kinds.OUTCOMES),
        }
    assert said == FIXED


# --- a page -----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_handing_up_alone_is_called_so() -> None:
    """上报: an issue goes one level up. What somebody reports is 反映 or 登记; 上报到 is "to check in above"."""
    said = {str(one.id): str(one.string).replace("上报到", "") for one in messages.read_catalogue() if one.id}
    assert [msgid for msgid, text in said.items() if "上报" in text and "hand" not in msgid.lower()] == []


# What no office writes, and what says another day than is meant.
UNWRITTEN = ("接着办理", "人人有责", "吹哨调度", "被发函督办", "误并案", "职责清单内，现由", "s前由您承担")


@pytest.mark.parametrize("words", UNWRITTEN)
def test_it_is_written_as_offices_write(words: str) -> None:
    assert [str(one.id) for one in messages.read_catalogue() if words in str(one.string)] == []


def test_on_a_screen_the_place_stands_first() -> None:
    """And what happened there behind it, in every line of the feed."""
    with translation.override("zh-hans"):
        lines = [str(words) for words, _badge in screen_feed.SENTENCES.values()]
    assert lines and all("%(place)s\uff1a%(category)s" in line.replace("新增", "") for line in lines)


def test_a_page_is_chinese_until_its_reader_chooses_english() -> None:
    client = Client()
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="zh-hans"' in page
    assert "登录" in page and "Sign in" not in page

    client.post("/i18n/setlang/", {"language": "en", "next": "/accounts/login/"})
    page = client.get("/accounts/login/").content.decode()
    assert '<html lang="en"' in page
    assert "Sign in" in page
    # The name of the other language is written in that language.
    assert not CHINESE.search(page.replace("简体中文", ""))


@pytest.mark.django_db
def test_the_staff_desk_is_chinese_too_packages_included(admin_client: Client) -> None:
    page = admin_client.get("/admin/issues/issue/?due=late").content.decode()
    assert "没有找到" in page and "显示全部" in page
    assert "工作台" in admin_client.get("/admin/").content.decode()
    english = admin_client.get("/admin/", headers={"accept-language": "en"}).content.decode()
    # The name of the other language is written in that language.
    assert "Desk" in english and not CHINESE.search(english.replace("简体中文", ""))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("accepted", "language"),
    [("", "zh-hans"), ("zh-CN,zh;q=0.9,en;q=0.8", "zh-hans"), ("en-GB,en;q=0.9", "en"), ("de", "zh-hans")],
)
def test_the_browser_is_asked_first_and_chinese_is_the_rest(accepted: str, language: str) -> None:
    page = Client().get("/accounts/login/", headers={"accept-language": accepted}).content.decode()
    assert f'<html lang="{language}"' in page


def test_the_two_languages_are_these() -> None:
    assert settings.LANGUAGE_CODE == "zh-hans"
    assert [code for code, _name in settings.LANGUAGES] == ["zh-hans", "en"]
