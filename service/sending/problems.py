"""What can stand in the way of something on its way out."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from data.errors import OrderbeatError, note


class NotSent(Exception):
    """An attempt failed: `why` is a code (presentation/labels/delivery.py), `said` what the other side answered.

    `is_for_good`: another attempt would fail alike. `is_of_server`: so would everything else that goes there now.
    `wait` is how long the other side asked to be left alone, and `may_have_come` that it may have been taken.
    """

    def __init__(
        self,
        why: str,
        said: str = "",
        *,
        is_for_good: bool = False,
        is_of_server: bool = False,
        may_have_come: bool = False,
        wait: timedelta | None = None,
    ) -> None:
        super().__init__(why, said)
        self.why, self.said, self.wait = why, said, wait
        self.is_for_good, self.is_of_server, self.may_have_come = is_for_good, is_of_server, may_have_come


@contextmanager
def going_on(said: list[str], what: str, where: str) -> Iterator[None]:
    """Lets what follows go on whatever goes wrong here: `said` gets a line that begins with `what`.

    Of what nobody foresaw the log tells the rest, as having happened at `where`.
    """
    try:
        yield
    except OrderbeatError as error:
        said.append(f"{what}: {error}")
    except Exception as error:  # noqa: BLE001 (whatever it is, the others get theirs)
        said.append(f"{what}, id {note(error, where)} in the log.")
