"""The same tools for a program on this computer, which an official client starts."""

import os
import subprocess
import sys
from typing import Any

import anyio
import pytest
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from data.people.store import tokens
from data.settings import PROJECT
from tests.service.assistant.house import TOKEN, House, asked

COMMAND = ["-m", "service", "mcp"]


@pytest.mark.slow
def test_a_program_on_this_computer_asks_until_its_token_is_revoked(own: House) -> None:
    environment = os.environ | {"ORDERBEAT_TOKEN": own.secrets["rep"]}
    told = StdioServerParameters(command=sys.executable, args=COMMAND, cwd=PROJECT, env=environment)

    async def talk() -> tuple[Any, Any]:
        async with Client(stdio_client(told)) as client:
            shown = asked(await client.call_tool("list_values", {"what": "customers"}))
            tokens.revoke(own.store, own.person("rep"), tokens.own(own.store, own.person("rep"))[0].id)
            return shown, asked(await client.call_tool("list_values", {"what": "customers"}))

    shown, after = anyio.run(talk)
    assert {token[1] for token in TOKEN.findall(shown.text)} == {"R5"}
    assert after.answer["refused"]["what"] == "This token does not let anybody in."


def test_without_a_token_it_ends_at_once_and_takes_none_as_an_argument(own: House) -> None:
    environment = os.environ | {"ORDERBEAT_TOKEN": "nonsense"}
    ended = subprocess.run(
        [sys.executable, *COMMAND], env=environment, cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout) == (12, "")
    assert "does not let anybody in" in ended.stderr
