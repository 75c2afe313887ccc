"""The own work list, and why an account stands on it."""

from typing import Annotated, Literal

from pydantic import Field

from data.errors import AccessDenied, OrderbeatError
from data.people.permissions import allowed
from data.people.store import WORK
from data.warehouse.access import Result
from presentation.sentences import alerts, growth
from service.assistant.answers import ROWS, Answer, table, whole
from service.assistant.asking import Asking
from service.assistant.tools.arguments import NO_FILTERS, Customer, Narrowed, Rows, Start

Status = Literal["open", "accepted", "snoozed", "dismissed"]
Kind = Literal["late", "category_risk", "growth", "deal", "contract", "contact", "order"]


def my_list(
    asking: Asking,
    *,
    status: Annotated[Status | None, Field(description="by default what is open")] = None,
    alert: Annotated[Kind | None, Field(description="accounts that have a reason of this kind")] = None,
    channel: Literal["outside", "inside", "ecommerce"] | None = None,
    filters: Narrowed = NO_FILTERS,
    everything: Annotated[bool, Field(description="not only what one can do in a day")] = False,
    rows: Rows = ROWS,
    start: Start = 0,
) -> Answer:
    """Whom to take up next, most worth first: the work list as it stands on screen, one row an account.

    By default as many as people can take up in a day. Of one of them explain_alert tells the reasons.
    """
    within = asking.filters("customers", filters.codes())
    a_day = int(asking.fetch("customers.day_accounts", within).one()["accounts"])
    most = rows if everything else min(rows, a_day)
    chosen = {"status": status, "alert": alert, "channel": channel}
    found = asking.fetch("customers.work_list", within, **chosen, page_start=start, page_rows=most)
    record = asking.fetch("customers.list_record")
    places = {**filters.codes(), "list": "work", "everything": "1" if everything else None}
    said = {f"customers-work_list-{name}": code for name, code in chosen.items() if code}
    return whole(
        asking,
        "customers",
        places=places | said,
        fits_in_a_day=a_day,
        how_such_lists_fared=alerts.list_fared(record),
        **table(asking, found, rows=most, start=start),
    )


def explain_alert(asking: Asking, *, customer: Customer) -> Answer:
    """Why an account is worth acting on: each reason with money, probability and dates, and whom to reach.

    It also tells how such alerts fared in the company's own past. The rows carry alert, subject and version, which
    deciding takes.
    """
    whole_of_own = asking.filters("customers", {})
    found = asking.fetch("customers.work_reasons", whole_of_own, customer=customer)
    if not len(found):
        require_known(asking.fetch("customers.profile", whole_of_own, customer=customer))
    else:
        asking.about["customer"] = customer[:100]
    parts = {"reasons": table(asking, found)}
    first = found.rows()[0] if len(found) else None
    fared = ""
    if first and first["alert"] == "growth":
        fared = growth.fared(asking.fetch("customers.growth_record"))
    elif first and first["alert"] in WORK:
        kind = first["rhythm"] if first["alert"] == "late" else first["alert"]
        fared = alerts.fared(asking.fetch("customers.track_record", kind=kind, grade=first["grade"] or "all"))
    parts["seasons"] = table(asking, asking.fetch("customers.account_season", whole_of_own, customer=customer))
    may = {"decide": allowed(asking.person, "decide", "customers"), "note": allowed(asking.person, "note", "customers")}
    return whole(
        asking, "customers", places={"list": "work", "of": customer}, how_such_alerts_fared=fared, may=may, parts=parts
    )


def require_known(found: Result) -> None:
    """Raises AccessDenied where there is nothing: the same whether it is not there or is another's."""
    if not len(found):
        raise not_found()


def not_found() -> OrderbeatError:
    """What is said of whatever is not in the own file."""
    return AccessDenied(
        "Not found.",
        "It does not exist, or it is not part of what you may see.",
        "Ask list_values for names and ids.",
    )
