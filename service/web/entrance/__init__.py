"""The pages by which people come in, set a password or a second factor, see their sessions, and go out."""

from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, Router

from data.settings import Settings
from presentation import addresses, words
from service.web.entrance import by_link, by_password, by_provider, ending, own
from service.web.entrance.visit import Answer, Visit, form_of, nowhere
from service.web.headers import App


def app(settings: Settings) -> App:
    """The ASGI app of everything below /sign-in, of /sign-out, and of what ends mails."""

    def route(path: str, answer: Answer, *methods: str) -> Route:
        async def endpoint(request: Request) -> Response:
            try:
                form = await form_of(request)
            except ValueError as error:
                return Response(f"{error}\n", 413, media_type="text/plain")
            except (TimeoutError, ClientDisconnect):
                return Response("This form did not come in time.\n", 408, media_type="text/plain")
            visit = Visit(request, settings, form)
            words.settle(visit.language)
            return await answer(visit)

        return Route(path, endpoint, methods=[*methods])

    routes = [
        route("/sign-in", by_password.ask, "GET"),
        route("/sign-in", by_password.password, "POST"),
        route("/sign-in/code", by_password.ask_code, "GET"),
        route("/sign-in/code", by_password.code, "POST"),
        route("/sign-in/link/{token}", by_link.link, "GET"),
        route("/sign-in/link/{token}", by_link.set_password, "POST"),
        route("/sign-in/second-factor", own.set_second_factor, "GET", "POST"),
        route("/sign-in/password", own.change_password, "GET", "POST"),
        route("/sign-in/sessions", own.list_sessions, "GET"),
        route("/sign-in/sessions", own.end_sessions, "POST"),
        route("/sign-in/oidc", by_provider.go, "POST"),
        route("/sign-in/oidc/callback", by_provider.come_back, "GET"),
        route("/sign-out", own.ask_out, "GET"),
        route("/sign-out", own.sign_out, "POST"),
        route(addresses.ENDING + "{stop}", ending.ask, "GET"),
        route(addresses.ENDING + "{stop}", ending.end, "POST"),
        route("/{rest:path}", nowhere, "GET", "POST"),
    ]
    return ExceptionMiddleware(Router(routes))  # what fails is the gate's to answer and to log
