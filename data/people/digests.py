"""Having one's own digest sent, where that way is open, and as whose file it is made."""

from data.people import ways
from data.people.permissions import PAGES, allowed
from data.people.person import Person
from data.people.store import Store, subscriptions
from data.people.store.subscriptions import Wish
from data.people.ways import Way


def way_of(channel_id: str) -> Way:
    """The way by which something goes out: a channel's, or mail where there is none."""
    return "messages" if channel_id else "mail"


def subscribe(store: Store, by: Person, wish: Wish) -> None:
    """Has one's own digest sent like that from now on. Raises AccessDenied where the way is not open, BadInput."""
    ways.require_open(store, way_of(wish.channel_id), by)
    subscriptions.keep(store, by, wish)


def reads(who: Person) -> str:
    """As whose file, and of which pages, something is made for somebody. What was made for another is not sent."""
    return f"{who.scope} {','.join(page for page in PAGES if allowed(who, 'read', page))}"
