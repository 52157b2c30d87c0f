"""What the terminal says: progress, and at the end the address, the sign-ins and what to try."""

import json
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar
from unicodedata import east_asian_width

T = TypeVar("T")
# Role key → what the sign-in is called; in the order of one issue's way.
ROLES = {
    "grid_worker": "专职网格员 grid worker",
    "grid_chief": "网格长 grid chief",
    "community_worker": "社工 community worker",
    "community_secretary": "社区书记 community secretary",
    "body_officer": "部门经办人 department officer",
    "body_head": "部门负责人 department head",
    "street_dispatcher": "街道调度员 street dispatcher",
    "street_leader": "街道分管领导 street leader",
    "district_dispatcher": "区级调度员 district dispatcher",
    "supervisor": "督办员 supervisor",
    "part_time_grid_worker": "兼职网格员 part-time grid worker",
    "spotter": "啄木鸟 spotter",
    "building_head": "楼栋长 building head",
    "building_party_leader": "楼栋党小组长 building Party-group leader",
    "team_leader": "志愿队长 volunteer team leader",
    "system_admin": "系统管理员 system administrator",
    "security_admin": "安全管理员 security administrator",
    "audit_admin": "审计管理员 audit administrator",
}
TRY = """\
现在试试（{base_url}）：
  1. 用手机宽度的窗口打开居民页 {resident_url} ，以居民身份反映一件事；不用了可以撤回，网格问您时可以补充。
  2. 以「专职网格员」登录 {base_url} ，签收、联系群众，再吹一声应急哨；说不清的先请诉求人补充，重复的并案办理。
  3. 以「街道调度员」登录 {base_url}/admin/ ，五分钟内看应急哨无人应答、自动升级；再审一声社区的攻坚哨，批一件延期。
Now try this:
  1. Open the resident's page {resident_url} in a phone-sized window and report something; withdraw it, or answer
     what the grid asks you.
  2. Sign in as the grid worker at {base_url} : sign for it, contact the resident, blow an emergency whistle; ask
     the reporter what is unclear, merge what was reported twice.
  3. Sign in as the street dispatcher at {base_url}/admin/ : unanswered, the whistle climbs after 5 minutes; review
     the community's tough whistle and grant an extension.
"""


def say(text: str = "") -> None:
    """Print one line at once; a terminal that is gone is no reason to stop."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def step(label: str, work: Callable[[], T]) -> T:
    """Do one step and say how many seconds it took."""
    began = time.monotonic()
    result = work()
    say(f"  ✓ {label}  {time.monotonic() - began:.1f} s")
    return result


def _sign_ins(people: dict) -> list[str]:
    known = [(ROLES[role], people[role]) for role in ROLES if role in people]
    others = [(role, person) for role, person in people.items() if role not in ROLES]
    return [
        f"  {_padded(label, 44)} {who['username']:<22} {who['password']}" for label, who in known + others
    ]


def _padded(text: str, width: int) -> str:
    """Chinese characters take two columns of a terminal."""
    wide = sum(east_asian_width(letter) in "WF" for letter in text)
    return text + " " * max(0, width - len(text) - wide)


def welcome(base_url: str, credentials: Path) -> str:
    """The closing text. Without credentials (nothing was seeded) only the address."""
    lines = ["", f"格治演示已就绪 / the demo is ready: {base_url}", ""]
    if credentials.exists():
        known = json.loads(credentials.read_text(encoding="utf-8"))
        lines += ["登录 / sign in (name, password):", *_sign_ins(known["users"]), ""]
        lines += [TRY.format(base_url=base_url, resident_url=known.get("resident_url", f"{base_url}/r/"))]
        lines += [f"全部账号 / all sign-ins: {credentials}"]
    lines += ["停止 Ctrl-C · 重新开始 make demo RESET=1 · 日志 / logs: " + str(credentials.parent / "logs")]
    return "\n".join(lines)
