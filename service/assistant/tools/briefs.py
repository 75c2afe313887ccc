"""One account or one deal, read before a visit."""

from typing import Annotated, Any

from pydantic import Field

import queries
from presentation import needs
from presentation.sentences import alerts, win_record
from service.assistant import choices
from service.assistant.answers import Answer, table, whole
from service.assistant.asking import Asking
from service.assistant.tools.arguments import NO_FILTERS, Customer, Narrowed, Words
from service.assistant.tools.lists import require_known

_ROWS = 8
# What is told of an account, by its heading.
_OF_ACCOUNT = {
    "relationship": "customers.account_relationship",
    "reasons_to_act": "customers.work_reasons",
    "buys": "customers.account_products",
    "categories_at_risk": "customers.category_risks",
    "could_buy": "customers.account_growth",
    "open_quotes": "customers.account_quotes",
    "contracts": "customers.account_contracts",
    "contacts": "customers.account_contacts",
    "answers": "customers.account_feedback",
    "timeline": "customers.account_timeline",
}
_OF_DEAL = {
    "versions": "negotiations.deal_versions",
    "people": "negotiations.deal_people",
    "stages": "negotiations.path",
}


def customer_brief(asking: Asking, *, customer: Customer, filters: Narrowed = NO_FILTERS) -> Answer:
    """All that is worth knowing of one account before a call or a visit.

    Figures, rhythm, what it buys and could buy, what is open with it, whom to reach, and what happened lately: of each
    list the first rows; query_metric has more.
    """
    within = asking.filters("customers", filters.codes())
    profile = asking.fetch("customers.profile", within, customer=customer)
    require_known(profile)
    asking.about["customer"] = customer[:100]
    record = asking.fetch("customers.track_record", kind=profile.one()["rhythm"], grade=profile.one()["grade"])
    parts = {
        "account": table(asking, profile),
        **_parts(asking, _OF_ACCOUNT, within, {"customer": customer, "segment": None, "owner": None}),
    }
    fared = alerts.fared(record) if profile.one()["is_silent"] else ""
    return whole(
        asking, "customers", filters=within, places=filters.codes() | {"customer": customer},
        how_such_silences_fared=fared, parts=parts,
    )  # fmt: skip


def deal_brief(
    asking: Asking,
    *,
    deal: Annotated[Words, Field(description="negotiation_id, as list_values(what='deals') or a list gives it")],
) -> Answer:
    """One deal: its worth, dates, how likely it is to be won and when and why, its offers, people and stages."""
    within = asking.filters("negotiations", {})
    found = asking.fetch("negotiations.negotiation", within, negotiation=deal)
    require_known(found)
    asking.about["negotiation"] = deal[:100]
    record = asking.fetch("negotiations.win_record")
    parts = {"deal": table(asking, found)}
    parts |= _parts(asking, _OF_DEAL, within, {"negotiation": deal, "places": "stage"})
    fared = win_record.win_record(record)
    return whole(asking, "negotiations", places={"negotiation": deal}, how_such_probabilities_fared=fared, parts=parts)


def _parts(asking: Asking, names: dict[str, str], within: Any, subject: dict[str, Any]) -> dict[str, Answer]:
    """The first rows of each of the lists that something was loaded for."""
    found = {}
    for heading, name in names.items():
        query = queries.load(name)
        if needs.of_query(query, asking.shown):
            continue
        paged = {"page_start": 0, "page_rows": _ROWS} if choices.is_paged(query) else {}
        unsaid = {each: parameter.default for each, parameter in choices.parameters(query).items()}
        found[heading] = table(asking, asking.fetch(name, within, **(unsaid | subject | paged)), rows=_ROWS)
    return found
