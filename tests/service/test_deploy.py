"""What deploy/ gives to a server is well formed, as far as the tools of this machine can tell."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from data import settings
from data.settings import PROJECT
from presentation import addresses
from service.web import calendars, gate

DEPLOY = PROJECT / "deploy"


def test_the_services_of_systemd_are_well_formed(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd is installed")
    units = []
    for path in sorted(DEPLOY.glob("*.service")) + sorted(DEPLOY.glob("*.timer")):
        unit = tmp_path / path.name.replace("@.", "@8501.")
        unit.write_text(path.read_text("utf-8").replace("/opt/orderbeat/.venv/bin/python", "/bin/true"), "utf-8")
        units.append(str(unit))
    assert len(units) >= 4
    found = subprocess.run(["systemd-analyze", "verify", *units], check=False, capture_output=True, text=True)
    assert [line for line in found.stderr.splitlines() if "orderbeat" in line and "user" not in line.lower()] == []


def test_caddy_takes_its_configuration(tmp_path: Path) -> None:
    if shutil.which("caddy") is None:
        pytest.skip("no Caddy is installed")
    command = ["caddy", "validate", "--adapter", "caddyfile", "--config", str(DEPLOY / "Caddyfile")]
    own = {"HOME": str(tmp_path), "PATH": "/usr/bin:/usr/local/bin"}
    found = subprocess.run(command, check=False, capture_output=True, text=True, env=own)
    assert "Valid configuration" in found.stdout + found.stderr


def test_every_setting_that_deploy_names_is_one() -> None:
    known = {settings.variable(name) for name in settings._VARIABLES} | {"ORDERBEAT_ADDRESS"}
    named = {
        name
        for path in DEPLOY.iterdir()
        for name in re.findall(r"\bORDERBEAT_[A-Z_]+", path.read_text(encoding="utf-8"))
    }
    assert len(named) > 8
    assert named <= known


def test_every_setting_is_explained() -> None:
    said = (PROJECT / "docs" / "operating.md").read_text(encoding="utf-8")
    missing = [name for name in settings._VARIABLES if f"`{settings.variable(name)}`" not in said]
    assert missing == []


@pytest.mark.parametrize("place", [calendars.PLACE, addresses.ENDING, f"{gate.SIGN_IN}/link/"])
def test_no_log_of_a_proxy_holds_an_address_that_is_a_secret(place: str) -> None:
    conf = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")
    silent = re.findall(r"location (~ )?(\S+) {\n\s+access_log off;", conf)
    assert any(re.match(where if is_pattern else re.escape(where), f"{place}SECRET") for is_pattern, where in silent)
    found = re.search(r'request>uri regexp "(.*)" "\$1"', (DEPLOY / "Caddyfile").read_text(encoding="utf-8"))
    assert found
    shown = [re.sub(found[1], r"\1", said) for said in (f"{place}SECRET", f"{place}SECRET.ics?a=b", "/team?owner=Ann")]
    assert shown == [place, place, "/team"]
