"""Mails of an administrator: by which somebody comes in, or gets a new password, and one that tries the way."""

import datetime as dt

from presentation.sentences.people import moment
from presentation.words import text


def link(purpose: str, name: str, address: str, until: dt.datetime) -> tuple[str, str]:
    """Subject and text, in the settled language."""
    is_first = purpose == "invitation"
    subject = text("You are invited to Orderbeat") if is_first else text("A new password for Orderbeat")
    why = (
        text("An administrator of Orderbeat lets you in. By this link you set your password:")
        if is_first
        else text("An administrator of Orderbeat sends you this link, by which you set a new password:")
    )
    lines = [
        text("Hello {name},", name=name),
        "",
        why,
        "",
        address,
        "",
        text("It works once, until {moment} UTC. Whoever opens it first sets the password: hand it to nobody.",
             moment=moment(until)),
        text("If you did not expect this, tell your administrator, and do not open it."),
    ]  # fmt: skip
    return subject, "\n".join(lines) + "\n"


def test() -> tuple[str, str]:
    """Subject and text of a mail that says no more than that mails come."""
    return text("A test mail of Orderbeat"), text("Mails of Orderbeat reach you.") + "\n"
