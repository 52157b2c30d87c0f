"""No engine runs where this is developed, so docker-compose.yml is held against what it starts."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from django.core.management import get_commands, load_command_class

from tests.deploy.compose import COMPOSE, FILLED, OURS, SERVICES, VARIABLE, environment, filled_in, words
from tests.starting import ROOT, load_settings

OWNERS = {"migrate", "seal"}
# Read by Celery itself.
NOT_SETTINGS = {"REMAP_SIGTERM"}
IMAGE = re.compile(r"[a-z0-9]+([._/-][a-z0-9]+)*:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")


def settings_names():
    """Every variable that governance/settings.py reads."""
    tree = ast.parse((ROOT / "governance/settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    readers = [call for call in calls if getattr(call.func, "id", "").startswith("env_")]
    return {call.args[0].value for call in readers}


def test_the_services_are_there():
    assert {
        "postgres",
        "broker",
        "migrate",
        "web",
        "beat",
        "ticks",
        "seal",
        "sweep",
        "fanout",
        "deliver",
        "jobs",
    } == set(SERVICES)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_is_read_by_settings(name):
    assert set(OURS[name]["environment"]) - NOT_SETTINGS <= settings_names()


@pytest.mark.parametrize("name", OURS)
def test_settings_load_with_exactly_these_variables(name):
    answer = load_settings(environment(name))
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    "missing", ["SECRET_KEY", "FIELD_KEYS", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL"]
)
def test_production_does_not_start_without(missing):
    answer = load_settings({key: value for key, value in environment("web").items() if key != missing})
    assert answer.returncode != 0
    assert missing in answer.stderr


@pytest.mark.parametrize("name", OURS)
def test_runs_as_app_unless_it_must_own(name):
    role = "gezhi_owner" if name in OWNERS else "gezhi_app"
    assert f"//{role}:" in environment(name)["DATABASE_URL"]
    assert environment(name)["GEZHI_ENV"] == "production"
    assert ("OWNER_DB_PASSWORD" in str(SERVICES[name])) == (name in OWNERS)


def test_roles_of_the_addresses_are_the_ones_that_are_made():
    script = (ROOT / "deploy/roles.sh").read_text()
    for role in ("gezhi_owner", "gezhi_app"):
        assert f"CREATE ROLE {role} LOGIN PASSWORD" in script
    assert "grant_app gezhi_app" in COMPOSE
    asked = set(re.findall(r"\$(\w+_DB_PASSWORD)", script))
    assert asked <= set(SERVICES["postgres"]["environment"])


@pytest.mark.parametrize("name", OURS)
def test_commands_exist(name):
    line = words(SERVICES[name])
    managed = [line[place + 1] for place, word in enumerate(line) if word == "manage.py"]
    assert managed or line[0] in {"granian", "celery"}
    for command in managed:
        assert command in get_commands(), command
    for word in line:
        if word.endswith(".py"):
            assert (ROOT / word).is_file()


def test_celery_consumes_every_queue():
    from governance.celery import app

    lines = [words(service) for service in OURS.values()]
    workers = [line for line in lines if "worker" in line]
    assert all(line[:3] == ["celery", "-A", "governance"] for line in lines if line[0] == "celery")
    consumed = {queue for line in workers for queue in line[line.index("-Q") + 1].split(",")}
    routed = {route["queue"] for route in app.conf.task_routes.values()} | {app.conf.task_default_queue}
    assert consumed == routed


def test_granian_serves_what_exists():
    line = words(SERVICES["web"])
    module, _, name = line[-1].partition(":")
    assert line[0] == "granian" and line[line.index("--interface") + 1] == "wsgi"
    assert line[line.index("--blocking-threads") + 1] == "1"
    assert f"{name} =" in (ROOT / f"{module.replace('.', '/')}.py").read_text()


def test_options_are_known_to_the_programs():
    bindir = Path(sys.executable).parent
    for name, service in OURS.items():
        line = words(service)
        if line[0] not in {"granian", "celery"}:
            continue
        asked = [bindir / line[0], *(["-A", "governance", line[3]] if line[0] == "celery" else []), "--help"]
        env = os.environ | {"COLUMNS": "200"}
        known = subprocess.run(asked, cwd=ROOT, env=env, capture_output=True, text=True).stdout
        for word in line:
            if word.startswith("--"):
                assert word.partition("=")[0] in known, f"{name}: {word}"


@pytest.mark.parametrize("name", [name for name in SERVICES if name != "migrate"])
def test_every_service_that_stays_is_asked_for_its_health(name):
    service = SERVICES[name]
    test = service["healthcheck"]["test"]
    for word in test:
        assert not word.endswith(".py") or (ROOT / word).is_file(), word
    if "manage.py" in test:
        assert test[3] == "check_heartbeat"
        parser = load_command_class("trail", "check_heartbeat").create_parser("manage.py", test[3])
        assert parser.parse_args(test[4:]).name == name
    if "scripts/check_process.py" in test:
        assert environment(name)["HEARTBEAT_FILE"].startswith(service["tmpfs"][0])


def test_each_copy_of_a_worker_or_beat_shows_its_own_life():
    """A row in the database would be kept fresh by the other copies and by `ticks`."""
    copied = {name for name, service in OURS.items() if words(service)[0] == "celery"}
    assert copied == {"sweep", "fanout", "deliver", "jobs", "beat"}
    for name in copied:
        assert SERVICES[name]["healthcheck"]["test"] == ["CMD", "python", "scripts/check_process.py"]


@pytest.mark.parametrize("name", SERVICES)
def test_image_restart_and_grace(name):
    service = SERVICES[name]
    assert IMAGE.fullmatch(filled_in(service["image"], FILLED))
    assert service["restart"] == ("on-failure" if name == "migrate" else "always")
    assert re.fullmatch(r"\d+s", service["stop_grace_period"])


def test_only_the_web_is_published_and_only_on_the_loopback_by_default():
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert filled_in(SERVICES["web"]["ports"][0], FILLED).startswith("127.0.0.1:")
    networks = yaml.safe_load(COMPOSE)["networks"]
    assert networks["inside"] == {"internal": True}
    assert SERVICES["postgres"]["networks"] == SERVICES["broker"]["networks"] == ["inside"]


def test_no_secret_has_a_default():
    for name, kind, default in VARIABLE.findall(COMPOSE):
        if re.search("PASSWORD|SECRET|KEY", name):
            assert kind == "?" or not default, name


def test_the_image_may_be_built_with_the_extras_there_are():
    """What an operator may name in EXTRAS."""
    extras = re.findall(r"with, blanks between: (.+)", (ROOT / ".env.example").read_text())[0].split()
    assert extras == ["sso", "channels"] and all(
        (ROOT / f"requirements/{name}.txt").is_file() for name in extras
    )


def test_single_sign_on_from_what_an_operator_fills_in(monkeypatch):
    for name, value in {
        "ISSUER": "https://sso.example.org",
        "CLIENT_ID": "gezhi",
        "CLIENT_SECRET": "e5",
    }.items():
        monkeypatch.setitem(FILLED, f"OIDC_{name}", value)
    answer = load_settings(environment("web"))
    assert answer.returncode == 0, answer.stderr


def test_env_example_lists_every_variable_and_no_other():
    lines = (ROOT / ".env.example").read_text().splitlines()
    listed = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    used = {name: kind == "-" and default != "" for name, kind, default in VARIABLE.findall(COMPOSE)}
    assert set(listed) == set(used)
    for name, value in listed.items():
        assert bool(value) == used[name], (
            f"{name}: a value here means a default there, and the other way round"
        )


def test_volumes_and_anchors_name_what_is_declared():
    whole = yaml.safe_load(COMPOSE)
    for name, service in SERVICES.items():
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in whole["volumes"] or (ROOT / source).exists(), f"{name}: {volume}"
        for other in service.get("depends_on", {}):
            assert other in SERVICES
    mounts = {volume.split(":")[1] for service in OURS.values() for volume in service["volumes"]}
    assert mounts == {environment("web")["MEDIA_ROOT"]}


def test_two_beats_and_a_loop_without_broker():
    assert SERVICES["beat"]["deploy"]["replicas"] == 2
    assert "broker" not in SERVICES["ticks"]["depends_on"]


def test_dockerfile_copies_what_exists_and_does_not_serve_as_root():
    lines = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").splitlines()
    steps = [line.split(maxsplit=1) for line in lines if line and not line.startswith("#")]
    for keyword, rest in steps:
        if keyword == "FROM":
            assert IMAGE.fullmatch(rest.split()[0])
        if keyword == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
    assert ["USER", "gezhi"] in steps
    assert [keyword for keyword, _ in steps].index("USER") < [keyword for keyword, _ in steps].index("CMD")
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".env", ".demo"} <= set(ignored)
    for word in re.findall(r"[\w/]+\.py", "\n".join(lines)):
        assert (ROOT / word).is_file(), word


def test_build_step_loads_settings():
    """The variables that the Dockerfile gives for collectstatic are enough, and valid."""
    text = (ROOT / "Dockerfile").read_text()
    given = dict(
        re.findall(r"\b([A-Z_]+)=(\S+)", text[text.index("GEZHI_ENV=") : text.index("collectstatic")])
    )
    answer = load_settings(given)
    assert answer.returncode == 0, answer.stderr


def test_docs_name_every_setting():
    text = (ROOT / "docs/deploy.md").read_text()
    for name in settings_names() - {"GEZHI_TEST_DB", "GEZHI_TEST_TEMPLATE"}:
        assert f"`{name}`" in text, name
