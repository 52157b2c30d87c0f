"""What requests look like: an example for every body, made of plain values that a district would send."""

from typing import Any

from trail.api.fields import EXTENSIBLE

# Name of a field → what it may say. Words of a table and what is not named here come from the description itself.
VALUES: dict[str, Any] = {
    "account": "city-bus",
    "address": "https://bus.example.org/gezhi",
    "about": "220103001001001",
    "answers": {},
    "bodies": ["department-1"],
    "body": "department-1",
    "case_number": "演示-2026-017",
    "category": "litter",
    "channel": "12345",
    "code": "department-2",
    "community": "220103001001",
    "dedupe_key": "camera-17-20260310-0955",
    "deputy": "grid_chief",
    "effective_from": "2026-04-01T00:00:00+08:00",
    "ends_at": "2026-03-12T18:00:00+08:00",
    "ends_on": "2026-12-31",
    "expires_at": "2026-12-31T00:00:00+08:00",
    "first": "2026-03-01",
    "given_by": "220103001",
    "given_on": "2026-03-09",
    "grid": "220103001001001",
    "home": "220103001001",
    "last": "2026-03-31",
    "leave": 1,
    "main": "7hk2m9qv4xw8tz3b",
    "name": "city-bus",
    "officer": "body_officer",
    "on": "2026-03-10",
    "password": "not-this-one-please",
    "person": "grid_worker",
    "place": "22010300100100001",
    "quiet_from": "22:00",
    "quiet_until": "07:00",
    "reason": "演示：按区里会议要求调整",
    "result": "已当场清理干净",
    "scopes": ["read", "report", "handle"],
    "seen": 0,
    "shift": 1,
    "spot": "3单元门口",
    "stages": "2026-03-12 现场勘查\n2026-03-20 完成整改",
    "starts_at": "2026-03-11T08:00:00+08:00",
    "starts_on": "2026-03-11",
    "text": "演示：垃圾没有清运",
    "types": ["issue.report", "issue.close"],
    "unit": "220103001001001",
    "units": ["220103001001001"],
    "until": "2026-03-20",
    "up_to": 1,
    "username": "grid_worker",
    "value": {"all": {"percent": 5}},
}
# What is rather left out: seldom wanted, or instead of another field.
LEFT_OUT = {
    *(
        "about",
        "about_body",
        "about_person",
        "token",
        "version",
        "occurred_at",
        "feedback_on",
        "crs",
        "lat",
        "lon",
    ),
    *(
        "photos",
        "result_photos",
        "given_by_body",
        "contact_name",
        "contact_phone",
        "internal_text",
        "on_behalf",
    ),
    *("of_age_on", "guardian_name", "guardian_phone", "guardian_consents"),
    *("deputy", "ends_on", "starts_on", "effective_from", "kind", "source", "thing", "person", "lead"),
}
RING = [[125.31, 43.90], [125.33, 43.90], [125.33, 43.92], [125.31, 43.92], [125.31, 43.90]]
FEATURE = {"type": "Feature", "geometry": {"type": "Polygon", "coordinates": [RING]}}
_TEAM = {"name": "演示敬老队", "topic": "elders", "about": "演示：每周探望独居老人"}
_SHIFT = {
    "starts_at": "2026-03-14T09:00:00+08:00",
    "ends_at": "2026-03-14T11:00:00+08:00",
    "places": 20,
}
_STATION = {
    "name": "演示服务站",
    "place": "演示路1号",
    "hours": "周一至周六 9:00–17:00",
    "phone": "0431-00000000",
}
WHOLE: dict[str, Any] = {
    "write_down_volunteer": {
        "home": "220103001001",
        "name": "演示·老张",
        "skills": ["repair"],
        "availability": ["weekend_day"],
        "agreed": True,
    },
    "change_volunteer": {"alias": "演示·老张", "phone": "138 0000 0001", "skills": ["repair", "it"]},
    "open_team": _TEAM | {"community": "220103001001"},
    "change_team": _TEAM,
    "open_station": _STATION | {"community": "220103001001"},
    "change_station": _STATION,
    "add_activity": {
        "unit": "220103001001",
        "title": "演示：清雪",
        "what": "演示：清理人行道上的积雪",
        "place": "东门",
        "shifts": [_SHIFT],
        "free_cancel_hours": 24,
    },
    "change_activity": {"place": "西门", "free_cancel_hours": 12},
    "add_activity_shift": _SHIFT,
    "change_activity_shift": {"places": 40},
    "cancel_activity": {"reason": "演示：暴雪预警"},
    "cancel_activity_shift": {"reason": "演示：暴雪预警"},
    "cancel_rest_of_activity": {"reason": "演示：暴雪预警"},
    "move_activity_shift": {name: _SHIFT[name] for name in ("starts_at", "ends_at")},
    "repeat_activity": {"rhythm": "weekly", "until": "2026-06-30"},
    "sign_up": {"shift": 1},
    "check_in": {"code": "0f3a9c71d2be"},
    "check_out": {"code": "0f3a9c71d2be"},
    "propose_hours": {"minutes": [{"sign_up": 1, "minutes": 90}]},
    "confirm_hours": {},
    "settle_activity": {"result": "演示：清出人行道两公里"},
    "propose_service": {"on": "2026-03-09", "minutes": 90, "what": "演示：陪独居老人就医"},
    "refuse_service": {"reason": "演示：当天没有到场"},
    "ask_correction": {"minutes": 120, "reason": "演示：签退时间记错"},
    "send_sheet": {
        "kind": "bodies",
        "file": "编码,名称,类别,所属辖区编码\nnew-1,演示新单位,职能部门,220103\n",
    },
    "send_hotline_file": {"area": "220103001", "file": "12345.xlsx"},
    "reveal_contact": {"occasion": "visit"},
    "add_unit": {
        "parent": "220103001001",
        "code": "220103001001003",
        "name": "演示第三网格",
        "households": 400,
    },
    "change_unit": {"households": 410},
    "rename_unit": {"name": "演示第一网格"},
    **{name: {"to": "220103001002"} for name in ("move_unit", "preview_move_unit")},
    **{name: {"into": "220103001001002"} for name in ("merge_unit", "preview_merge_unit")},
    "choose_ranking": {"shown": True},
    "offer_good": {"station": 1, "name": "演示：毛巾", "price": 50, "per_person": 2, "stock": 20},
    "change_good": {"price": 40, "about": "演示：纯棉，每人两条"},
    "deliver_good": {"amount": 20},
    "count_good": {"difference": -2},
    "reserve_good": {},
    "collect_good": {"code": "012 345"},
    "return_good": {"on_shelf": True},
    "add_organisation": {"name": "演示银行", "kind": "state_firm", "phone": "0431-00000000"},
    "add_schedule": {
        "place": "220103001001001",
        "category": "litter",
        "text": "演示：清理楼道堆物",
        "at": "09:00",
        "weekdays": [0, 3],
    },
    "settle_outside_task": {"state": "allowed", "until": "2026-12-31", "text": "演示：经区里批准"},
    "change_organisation": {"phone": "0431-00000000", "speaker": "grid_worker"},
    "check_in_organisation": {"community": "220103001001"},
    "check_in_member": {"community": "220103001001"},
    "offer_resource": {
        "kind": "venue",
        "words": "演示：会议室，周末可用",
        "minutes": 480,
        "until": "2026-12-31",
    },
    "make_statement": {"since": "2026-01-01", "until": "2026-03-09", "by_name": False, "days": 30},
    "pair_place": {"unit": "220103001001001", "level": 3, "official": "grid_worker"},
    "note_duty": {"duty": "committee", "done_on": "2026-03-09", "note": "演示：业主大会3月9日召开"},
    "take_back_duty": {"duty": "committee"},
    "set_boundary": FEATURE,
    "set_boundaries": {
        "type": "FeatureCollection",
        "features": [FEATURE | {"properties": {"code": "220103001001001"}}],
    },
}
# From an answer to what can be done with what it names: with an issue that was made, …
LINKED = (
    "get_issue",
    "explain_issue",
    "sign_issue",
    "note_issue",
    "submit_result_issue",
    "dispatch_issue",
    "whistle_issue",
)
# … with whoever was called first, with the first sub-task (no expression names the newest), with a sheet.
CALLED = {"id": "$response.body#/whistles/0/callees/0/id"}
LINKS: dict[str, tuple[str, dict[str, str], tuple[str, ...]]] = {
    **{
        made: ("201", {"code": "$response.body#/code"}, LINKED) for made in ("report_issue", "settle_at_once")
    },
    "sign_issue": ("200", {"code": "$response.body#/code"}, ("whistle_issue", "split_issue")),
    "whistle_issue": ("200", CALLED, ("acknowledge_callee", "decline_callee")),
    "acknowledge_callee": ("200", {"id": "$request.path.id"}, ("report_in_callee",)),
    "report_in_callee": ("200", {"id": "$request.path.id"}, ("done_callee",)),
    "done_callee": ("200", {"id": "$request.path.id"}, ("rate_callee_callee",)),
    "split_issue": (
        "200",
        {"id": "$response.body#/tasks/0/id"},
        ("take_task_task", "finish_task_task", "give_back_task"),
    ),
    "send_sheet": ("201", {"id": "$response.body#/id"}, ("get_sheet", "confirm_sheet", "drop_sheet")),
}


def with_examples(result: Any, **_options: Any) -> Any:
    """A post-processing hook: every body has an example, and an answer leads to what can be done next."""
    shapes = result["components"]["schemas"]
    for methods in result["paths"].values():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                shape = _found(content["schema"], shapes)
                name = operation["operationId"]
                content.setdefault("example", WHOLE[name] if name in WHOLE else _object(shape, shapes))
            if operation["operationId"] in LINKS:
                status, named, next_steps = LINKS[operation["operationId"]]
                operation["responses"][status]["links"] = {
                    name: {"operationId": name, "parameters": named} for name in next_steps
                }
    return result


def _found(shape: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    """The shape that a reference leads to."""
    for whole in (shape, *shape.get("allOf", ())):
        if "$ref" in whole:
            return shapes[whole["$ref"].rpartition("/")[2]]
    return shape


def _object(shape: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    needed = shape.get("required", ())
    return {
        name: _value(name, part, shapes)
        for name, part in shape.get("properties", {}).items()
        if name in needed or name not in LEFT_OUT
    }


def _value(name: str, shape: dict[str, Any], shapes: dict[str, Any]) -> Any:
    """One field: what is usual for its name, if it fits, else the first word, the default, or the least."""
    shape = _found(shape, shapes)
    if words := shape.get("enum") or shape.get(EXTENSIBLE):
        return shape.get("default", words[0])
    if name in VALUES and not ("maxLength" in shape and len(VALUES[name]) > shape["maxLength"]):
        return VALUES[name]
    if shape.get("type") == "array":
        return [_value("", shape["items"], shapes)] if shape["items"].get("format") != "binary" else []
    if "properties" in shape:
        return _object(shape, shapes)
    plain = {
        "boolean": True,
        "integer": shape.get("minimum", 1),
        "number": 0.5,
        "object": {},
        "string": "演示",
    }
    return shape.get("default", plain[shape["type"]])
