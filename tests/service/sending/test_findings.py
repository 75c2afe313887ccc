"""What rules found anew reaches whom they are of by mail, once, and nobody else."""

import datetime as dt

import pytest

from data.people.store import outgoing, subscriptions
from data.people.store.subscriptions import Wish
from data.settings import current
from data.warehouse import whoever
from service.sending import findings, sender
from tests.pages.test_leaks import _TOKEN
from tests.service.conftest import Company
from tests.service.sending.post import Mailbox
from tests.service.test_rules_looked_at import rule_of


@pytest.fixture
def mailing(own_company: Company, box: Mailbox, monkeypatch: pytest.MonkeyPatch) -> Company:
    """The company with a mail server, and two reps who set a rule each; mail is open to nobody."""
    for name, value in {
        "URL": "http://127.0.0.1:8501", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(box.port), "SMTP_SECURITY": "none",
        "MAIL_FROM": "Orderbeat <orderbeat@example.org>",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"ORDERBEAT_{name}", value)
    own_company.open("rules", "rep")
    for rep in ("R1", "R2"):
        rule_of(own_company, own_company.somebody("rep", rep=rep))
    return own_company


def named(box: Mailbox) -> list[set[str]]:
    """Of whom each form of each mail tells."""
    bodies = [mail.get_body((kind,)) for mail in box.mails for kind in ("plain", "html")]
    return [{found[2] for found in _TOKEN.finditer(body.get_content())} for body in bodies if body]


def test_each_is_mailed_their_own_findings_once(mailing: Company, box: Mailbox) -> None:
    mailing.open("mail", "rep")
    assert sender.run(current()) == ["2 sent."]
    assert sorted(map(sorted, named(box))) == [["R1"], ["R1"], ["R2"], ["R2"]]
    assert not any("<script" in mail.as_string() for mail in box.mails)
    assert sender.run(current()) == []
    assert len(box.mails) == 2, "nothing is told twice"


def test_who_has_no_digest_is_told_in_the_language_the_rule_was_set_in(mailing: Company, box: Mailbox) -> None:
    rule_of(mailing, mailing.somebody("rep", rep="R3"), language="ru")
    mailing.open("mail", "rep")
    sender.run(current())
    assert sorted(mail["Content-Language"] for mail in box.mails) == ["en", "en", "ru"]
    (russian,) = (mail for mail in box.mails if mail["Content-Language"] == "ru")
    assert "ваших правил" in russian["Subject"]


def test_what_no_way_is_open_for_waits(mailing: Company, box: Mailbox) -> None:
    assert sender.run(current()) == []
    assert (box.mails, outgoing.everybodys(mailing.store, mailing.admin)) == ([], [])
    mailing.open("mail", "rep")
    assert sender.run(current()) == ["2 sent."]


def test_nothing_is_sent_once_rules_are_closed(mailing: Company, box: Mailbox) -> None:
    mailing.open("mail", "rep")
    findings.plan(current(), mailing.store, dt.datetime.now(dt.UTC))
    mailing.open("rules", "director")
    sender.run(current())
    assert box.mails == []
    assert {(each.kind, each.why) for each in outgoing.everybodys(mailing.store, mailing.admin)} == {
        ("rule", "way_closed")
    }


def test_whoever_handed_rules_on_and_has_no_file_any_more_keeps_no_mail_from_others(
    mailing: Company, box: Mailbox
) -> None:
    mailing.open("mail", "rep")
    mailing.open("rules", "rep", "lead")
    rule_of(mailing, mailing.somebody("lead", team="R99"), to_owners=True)
    assert sender.run(current()) == ["2 sent."]


def test_what_cannot_be_told_to_one_is_told_to_the_others(mailing: Company, box: Mailbox) -> None:
    mailing.open("mail", "rep")
    first = next(each for each in whoever.everybody(mailing.store) if each.scope == "rep:R1")
    subscriptions.keep(mailing.store, first, Wish("monday", 7, "UTC", "xx"))  # a language of another release
    said = sender.run(current())
    assert (said[-1], named(box)) == ("1 sent.", [{"R2"}, {"R2"}])
    assert f"What rules found for {first.key} was not put down" in said[0]
