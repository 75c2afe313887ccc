"""What the cells of trade share."""

from dataclasses import dataclass

from data.demo.accounts import Accounts
from data.demo.market import Market
from data.demo.reps import Reps
from data.demo.tables import Ints


@dataclass(frozen=True)
class World:
    """The goods, the sales force and the customers."""

    market: Market
    reps: Reps
    accounts: Accounts


@dataclass(frozen=True)
class Leads:
    """By customer: the lead it came from (-1: none) and the day of that."""

    of_customer: Ints
    created: Ints
