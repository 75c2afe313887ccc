"""The same server for a program on this computer: `python -m service mcp`, over standard input and output."""

import anyio
from mcp.server.context import ServerRequestContext
from mcp.server.stdio import stdio_server

from data.settings import Settings
from data.warehouse import access
from service.assistant import callers, server
from service.assistant.server import Asked


def serve(settings: Settings, token: str) -> None:
    """Answers until its input ends, in the name of whose token it is, asked anew with each call. Raises NotLetIn."""
    callers.of_token(settings, token)  # so that one that opens nothing is told at once
    access.raise_handle_limit()

    def who(_ctx: ServerRequestContext[object, object]) -> Asked:
        return Asked(callers.of_token(settings, token), settings.address)

    anyio.run(_run, settings, who)


async def _run(settings: Settings, who: server.Who) -> None:
    serving = server.server(settings, who)
    async with stdio_server() as (reads, writes):
        await serving.run(reads, writes, serving.create_initialization_options())
