"""What stands in front of the pages: in the demonstration the wall, else the gate and the door of assistants."""

from starlette.middleware import Middleware

from data.settings import Settings
from service.web import calendars, entrance, headers, wall
from service.web.gate import Gate, Wire

_IN_THE_OPEN = "Passwords would travel in the open: that takes TLS, which a proxy in front does (deploy/)."


def middleware(settings: Settings, wire: Wire) -> list[Middleware]:
    """The middleware of the app, the outermost first. Without a proxy nothing but this computer is listened to."""
    if not settings.sign_in:
        return [
            Middleware(headers.Headed, policy=headers.pages_policy(wire.inline_scripts())),
            wall.middleware(),
            Middleware(calendars.Beside, calendars=calendars.app(settings)),
        ]
    from service.assistant.door import Door  # noqa: PLC0415 (the demonstration starts sooner without)

    doors = [
        Middleware(Door, settings=settings),
        Middleware(Gate, settings=settings, entrance=entrance.app(settings), wire=wire),
    ]
    if settings.is_behind_proxy:
        return doors
    return [Middleware(wall.Wall, refuses=lambda _: None, why_here=_IN_THE_OPEN), *doors]
