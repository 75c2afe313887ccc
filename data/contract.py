"""The input tables, each defined once: templates, documentation, checks and casts all come from here."""

from collections.abc import Container
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["text", "integer", "quantity", "price", "money", "fx_rate", "date", "timestamp"]

SQL_TYPES: dict[Kind, str] = {
    "text": "varchar",
    "integer": "bigint",
    "quantity": "decimal(18,3)",
    "price": "decimal(18,6)",
    "money": "decimal(18,2)",
    "fx_rate": "decimal(18,8)",
    "date": "date",
    "timestamp": "timestamp",
}

SEGMENTS = ("dealer", "b2b", "b2c")
CHANNELS = ("inside", "outside", "ecommerce", "branch")
BUYING_JOBS = (
    "problem_identification",
    "solution_exploration",
    "requirements_building",
    "supplier_selection",
    "validation",
    "consensus_creation",
)


@dataclass(frozen=True)
class Column:
    """One input column. `references` names the table whose key it must hold; `one_of` its allowed values.

    `past_only` marks dates of things that have happened, which therefore may not lie in the future.
    """

    name: str
    kind: Kind
    meaning: str
    required: bool = False
    one_of: tuple[str, ...] = ()
    references: str | None = None
    past_only: bool = False
    minimum: float | None = None
    maximum: float | None = None

    @property
    def sql_type(self) -> str:
        """The type of the column in the warehouse."""
        return SQL_TYPES[self.kind]


@dataclass(frozen=True)
class Table:
    """One input table: its grain in words, its key, its columns. `required` tables carry the product.

    Of each group of columns in `either`, a row gives at least one.
    """

    name: str
    grain: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    required: bool = False
    feeds: tuple[str, ...] = field(default=())
    either: tuple[tuple[str, ...], ...] = ()

    def column(self, name: str) -> Column:
        """The column of that name; StopIteration where there is none."""
        return next(column for column in self.columns if column.name == name)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The names of all columns, in order."""
        return tuple(column.name for column in self.columns)

    def missing(self, given: Container[str]) -> list[str]:
        """What every row needs and `given` columns do not hold, for people: "quantity", "unit_price or amount"."""
        needed = [(column.name,) for column in self.columns if column.required]
        return [" or ".join(group) for group in (*needed, *self.either) if not any(name in given for name in group)]


def _key(name: str, meaning: str, references: str | None = None) -> Column:
    return Column(name, "text", meaning, required=True, references=references)


def _ref(name: str, table: str, meaning: str) -> Column:
    return Column(name, "text", meaning, references=table)


def _text(name: str, meaning: str, *, required: bool = False, one_of: tuple[str, ...] = ()) -> Column:
    return Column(name, "text", meaning, required=required, one_of=one_of)


def _happened(name: str, meaning: str, *, required: bool = True, kind: Kind = "date") -> Column:
    return Column(name, kind, meaning, required=required, past_only=True)


def _date(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "date", meaning, required=required)


def _money(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "money", meaning, required=required)


def _price(name: str, meaning: str, *, required: bool = False) -> Column:
    return Column(name, "price", meaning, required=required)


_CURRENCY = _text("currency", "ISO 4217 code, such as EUR", required=True)
_LINE_NO = Column("line_no", "integer", "number of the line within its document", required=True)

# In order of dependence: a table comes after those it refers to.
TABLES: tuple[Table, ...] = (
    Table(
        "exchange_rates",
        "one row per currency and day",
        ("currency", "rated_on"),
        (
            _CURRENCY,
            _date("rated_on", "day the rate is valid from", required=True),
            Column("rate", "fx_rate", "worth of one unit in the reporting currency", required=True, minimum=1e-8),
        ),
    ),
    Table(
        "sales_reps",
        "one row per salesperson",
        ("rep_id",),
        (
            _key("rep_id", "the rep's id in your system"),
            _text("name", "name shown on screen", required=True),
            _text("email", "e-mail address used to sign in"),
            _text("team", "name of the team"),
            _ref("manager_id", "sales_reps", "rep_id of the team lead"),
            _text("kind", "works from the office or on the road", one_of=("inside", "outside")),
            Column("capacity", "integer", "accounts this person can look after", minimum=0),
            Column("accounts_a_day", "integer", "accounts this person can take up in a day; 15 where empty", minimum=1),
        ),
        feeds=("team",),
    ),
    Table(
        "rep_teams",
        "one row per rep and first day in a team, the first team included",
        ("rep_id", "joined_on"),
        (
            _key("rep_id", "rep", references="sales_reps"),
            _date("joined_on", "first day in the team", required=True),
            _text("team", "name of the team; empty from the day somebody belongs to none"),
        ),
        feeds=("team",),
    ),
    Table(
        "catalogs",
        "one row per catalog",
        ("catalog_id",),
        (
            _key("catalog_id", "the catalog's id"),
            _text("name", "name shown on screen", required=True),
            _text("target_group", "customer group the catalog is made for"),
            _date("valid_from", "first day of validity"),
            _date("valid_to", "last day of validity"),
        ),
        feeds=("catalogs",),
    ),
    Table(
        "customers",
        "one row per customer account",
        ("customer_id",),
        (
            _key("customer_id", "the account's id"),
            _text("name", "name shown on screen", required=True),
            _text("segment", "dealer or distributor, professional buyer, or consumer", one_of=SEGMENTS),
            _text("industry", "industry of the customer"),
            _text("region", "sales region or country"),
            _ref("owner_rep_id", "sales_reps", "rep who looks after the account"),
            _ref("catalog_id", "catalogs", "catalog offered to the account"),
            _ref("parent_id", "customers", "account of the parent company"),
            Column("outlets", "integer", "outlets the customer runs", minimum=0),
            _money("annual_turnover", "the customer's own yearly turnover, in the reporting currency"),
            _money("expected_annual_volume", "yearly purchases expected from it, in the reporting currency"),
            _happened("created_on", "day the account was opened", required=False),
        ),
        required=True,
        feeds=("customers", "catalogs", "negotiations", "team"),
    ),
    Table(
        "account_owners",
        "one row per account and first day with a rep, the first rep included",
        ("customer_id", "owned_from"),
        (
            _key("customer_id", "account", references="customers"),
            _date("owned_from", "first day with the rep", required=True),
            _ref("rep_id", "sales_reps", "rep who looks after the account; empty from the day nobody does"),
        ),
        feeds=("team",),
    ),
    Table(
        "products",
        "one row per product",
        ("product_id",),
        (
            _key("product_id", "the product's id"),
            _text("sku", "article number shown on screen"),
            _text("name", "name shown on screen", required=True),
            _text("category", "product category"),
            _text("brand", "brand"),
            _price("unit_cost", "standard cost of one unit, in the reporting currency"),
            _price("list_price", "list price of one unit, in the reporting currency"),
            Column("stock", "quantity", "units in stock"),
            _date("discontinued_on", "day it left the assortment"),
        ),
        required=True,
        feeds=("catalogs",),
    ),
    Table(
        "catalog_items",
        "one row per catalog, product and start of validity",
        ("catalog_id", "product_id", "valid_from"),
        (
            _key("catalog_id", "catalog", references="catalogs"),
            _key("product_id", "product", references="products"),
            _date("valid_from", "first day of this price", required=True),
            _date("valid_to", "last day of this price"),
            _price("price", "price of one unit, in the reporting currency", required=True),
        ),
        feeds=("catalogs",),
    ),
    Table(
        "leads",
        "one row per lead",
        ("lead_id",),
        (
            _key("lead_id", "the lead's id"),
            _happened("created_on", "day it came in"),
            _text("company", "company name"),
            _text("source", "where it came from"),
            _text("segment", "dealer, professional buyer or consumer", one_of=SEGMENTS),
            _ref("rep_id", "sales_reps", "rep it was given to"),
            _ref("customer_id", "customers", "account it became"),
            _text("status", "where it stands", required=True, one_of=("new", "accepted", "rejected", "converted")),
            _text("rejected_reason", "why sales rejected it"),
            _happened("first_response_on", "day of the first answer", required=False),
            Column("outlets", "integer", "outlets the company runs", minimum=0),
            _money("annual_turnover", "the company's yearly turnover, in the reporting currency"),
            _money("expected_annual_volume", "yearly purchases expected, in the reporting currency"),
        ),
        feeds=("negotiations",),
    ),
    Table(
        "contacts",
        "one row per person at a customer",
        ("contact_id",),
        (
            _key("contact_id", "the contact's id"),
            _key("customer_id", "account", references="customers"),
            _text("name", "name", required=True),
            _text("role", "role in the buying group"),
            _text("email", "e-mail address"),
            _text("phone", "telephone number"),
            _text("site", "site or outlet of the customer"),
        ),
        feeds=("customers",),
    ),
    Table(
        "quotes",
        "one row per quote, a revision being a quote of its own",
        ("quote_id",),
        (
            _key("quote_id", "the quote's id"),
            _ref("revision_of", "quotes", "first quote of which this is a revision"),
            _ref("split_from", "quotes", "quote that this one and others replace together"),
            _ref("merged_into", "quotes", "quote that goes on for this one"),
            _ref("customer_id", "customers", "account; empty while it is not known"),
            _ref("rep_id", "sales_reps", "rep who handles it"),
            _ref("lead_id", "leads", "lead it came from"),
            _text("channel", "channel of the request", one_of=CHANNELS),
            _happened("requested_on", "day the customer asked"),
            _happened("issued_on", "day the quote was sent; empty while it is being prepared", required=False),
            _CURRENCY,
            _money("amount", "net value of the quote, in its currency; empty while it is not known"),
            _date("valid_until", "last day the offer binds"),
            _date("expected_close_on", "day the rep expects a decision"),
            _text("stage", "where it stands today, for sources that keep no log of it"),
            _text("outcome", "how it ended; empty while open", one_of=("won", "lost")),
            _happened("closed_on", "day it was won or lost", required=False),
            _text("outcome_reason", "why it was won or lost"),
        ),
        feeds=("negotiations", "team"),
    ),
    Table(
        "quote_lines",
        "one row per line of a quote",
        ("quote_id", "line_no"),
        (
            _key("quote_id", "quote", references="quotes"),
            _LINE_NO,
            _key("product_id", "product", references="products"),
            Column("quantity", "quantity", "units offered", required=True),
            _price("unit_price", "price offered for one unit, in the quote's currency", required=True),
            _price("list_price", "list price of one unit that day, in the quote's currency"),
            _price("unit_cost", "cost of one unit, in the quote's currency"),
        ),
        feeds=("negotiations",),
    ),
    Table(
        "quote_events",
        "one row per dated step of a negotiation",
        ("event_id",),
        (
            _key("event_id", "the event's id"),
            _key("quote_id", "quote", references="quotes"),
            _happened("occurred_at", "moment it happened", kind="timestamp"),
            _text("stage", "stage of your sales process"),
            _text("buying_job", "which of the six buying jobs it served", one_of=BUYING_JOBS),
            _text("actor", "who moved", one_of=("customer", "rep", "system")),
            _text("channel", "how", one_of=("digital", "personal", "phone", "email")),
            _ref("contact_id", "contacts", "person at the customer"),
        ),
        feeds=("negotiations",),
    ),
    Table(
        "orders",
        "one row per order or invoice; a credit note is an order with negative quantities",
        ("order_id",),
        (
            _key("order_id", "the order's id"),
            _happened("ordered_on", "order or invoice date"),
            _ref("customer_id", "customers", "account; empty for a sale to nobody known"),
            _ref("rep_id", "sales_reps", "rep credited with the sale"),
            _text("channel", "channel of the order", one_of=CHANNELS),
            _ref("quote_id", "quotes", "quote it came from"),
            _ref("catalog_id", "catalogs", "catalog it was ordered from"),
            _CURRENCY,
            _happened("accepted_on", "day it was confirmed", required=False),
            _happened("picked_on", "day its goods were made ready", required=False),
            _happened("shipped_on", "day it left", required=False),
            _happened("delivered_on", "day it arrived", required=False),
            _happened("paid_on", "day it was paid in full", required=False),
            _date("promised_on", "day delivery is promised for"),
            _date("payment_due_on", "last day to pay"),
        ),
        required=True,
        feeds=("customers", "catalogs", "team"),
    ),
    Table(
        "order_lines",
        "one row per line of an order",
        ("order_id", "line_no"),
        (
            _key("order_id", "order", references="orders"),
            _LINE_NO,
            _key("product_id", "product", references="products"),
            Column("quantity", "quantity", "units; negative for a return, 0 for a charge or allowance", required=True),
            _price("unit_price", "net price of one unit, tax excluded, in the order's currency"),
            _money("amount", "net amount of the line, tax excluded, in the order's currency; what counts, if given"),
            _price("list_price", "list price of one unit that day, in the order's currency"),
            _price("unit_cost", "cost of one unit, in the order's currency"),
        ),
        required=True,
        feeds=("customers", "catalogs", "team"),
        either=(("unit_price", "amount"),),
    ),
    Table(
        "quotas",
        "one row per rep, month and metric",
        ("rep_id", "month", "metric"),
        (
            _key("rep_id", "rep", references="sales_reps"),
            _date("month", "first day of the month", required=True),
            _text("metric", "what is measured", required=True, one_of=("revenue", "margin", "won_value")),
            _money("target", "target of the month, in the reporting currency", required=True),
        ),
        feeds=("team",),
    ),
    Table(
        "contracts",
        "one row per contract",
        ("contract_id",),
        (
            _key("contract_id", "the contract's id"),
            _key("customer_id", "account", references="customers"),
            _ref("rep_id", "sales_reps", "rep in charge"),
            _date("starts_on", "first day", required=True),
            _date("ends_on", "last day"),
            _date("review_on", "day the terms are due for review"),
            _money("annual_value", "value of one year, in the reporting currency"),
        ),
        feeds=("customers", "team"),
    ),
    Table(
        "activities",
        "one row per contact with a customer",
        ("activity_id",),
        (
            _key("activity_id", "the activity's id"),
            _happened("occurred_on", "day"),
            _key("customer_id", "account", references="customers"),
            _ref("rep_id", "sales_reps", "rep"),
            _text("kind", "kind of contact", one_of=("call", "visit", "email", "meeting", "portal")),
            _ref("contact_id", "contacts", "person at the customer"),
            _ref("quote_id", "quotes", "quote it was about"),
        ),
        feeds=("customers", "team"),
    ),
    Table(
        "feedback",
        "one row per answer to the recommendation question",
        ("feedback_id",),
        (
            _key("feedback_id", "the answer's id"),
            _happened("given_on", "day"),
            _key("customer_id", "account", references="customers"),
            _ref("order_id", "orders", "order it is about"),
            Column("score", "integer", "would recommend us, 0 to 10", required=True, minimum=0, maximum=10),
            _text("comment", "the customer's words"),
        ),
        feeds=("customers",),
    ),
)

_BY_NAME = {table.name: table for table in TABLES}


def table(name: str) -> Table:
    """The contract table of that name. Raises KeyError for an unknown one."""
    return _BY_NAME[name]
