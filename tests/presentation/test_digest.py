"""What is news against what was told, and a digest in its forms: text from data stays text in each of them."""

import json
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

from presentation import words
from presentation.digest import forms
from presentation.digest.content import Digest, Row, Section, tidy
from presentation.digest.memory import Memory, News, Standing, news, remembered, seen, told_now

NOBODY: frozenset[str] = frozenset()


def standing(shown: dict[str, int], still_open: str = "", **more: object) -> Standing:
    """Accounts that are shown, and others that are open besides."""
    given = {"due": NOBODY, "figures": (), "outcomes": (), **more}
    return Standing(shown, frozenset({*shown, *still_open}), **given)  # type: ignore[arg-type]


def told(*steps: Standing) -> Memory:
    """What is remembered once each of these was told."""
    memory = None
    for step in steps:
        memory = told_now(memory, step)
    assert memory
    return memory


TWO = standing({"a": 1000, "b": 2000})


def test_the_first_time_everything_is_news_and_unchanged_data_are_none() -> None:
    assert news(None, standing({})) == News(is_first=True)
    assert news(None, standing({})).is_any
    again = news(told(TWO), TWO)
    assert not again.is_any
    assert not again.has_come


def test_new_gone_and_worth_much_else_are_told_apart() -> None:
    found = news(told(TWO), standing({"b": 2501, "c": 1}))
    assert (found.new, found.gone, found.changed, found.back) == (["c"], ["a"], ["b"], [])
    assert found.has_come
    little = news(told(TWO), standing({"a": 1250, "b": 2000}))
    assert not little.is_any, "up to a quarter is little"


def test_what_is_off_and_nothing_else_is_a_change_and_nothing_that_came() -> None:
    found = news(told(TWO), standing({"a": 1000}))
    assert (found.is_any, found.has_come) == (True, False)


def test_what_was_solved_and_came_back_is_told_again() -> None:
    memory = told(TWO, standing({"b": 2000}))
    found = news(memory, TWO)
    assert (found.back, found.new) == (["a"], [])
    assert not news(told_now(memory, TWO), TWO).is_any, "once"
    assert news(told(TWO, standing({"b": 2000}), TWO, standing({"b": 2000})), TWO).back == ["a"], "and again"


def test_what_was_solved_between_two_digests_is_noticed_by_a_look() -> None:
    memory = seen(told(TWO), frozenset("b"))
    assert news(memory, TWO).back == ["a"]
    assert not news(seen(told(TWO), frozenset("ab")), TWO).is_any
    assert seen(memory, frozenset("b")) == memory, "a second look changes nothing"


def test_what_others_pushed_below_the_fold_is_neither_gone_nor_new_again() -> None:
    pushed = standing({"c": 9000, "b": 2000}, "a")
    found = news(told(TWO), pushed)
    assert (found.new, found.gone) == (["c"], [])
    assert not news(told(TWO, pushed), standing({"a": 1000, "b": 2000}, "c")).is_any


def test_what_is_due_figures_and_outcomes_are_news_too() -> None:
    memory = told(TWO)
    assert news(memory, replace(TWO, due=frozenset({"deal x"}))).has_come
    for other in (replace(TWO, figures=("revenue 1",)), replace(TWO, outcomes=("late 1",))):
        found = news(memory, other)
        assert (found.is_any, found.has_come) == (True, False)


def test_what_is_remembered_is_kept_whole() -> None:
    memory = told(TWO, standing({"b": 1}, due=frozenset({"deal x", "contract y"}), figures=("f",), outcomes=("o",)))
    assert remembered(memory.as_text()) == memory
    assert remembered("") is None


# Forms

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7*7 }}{% raw %}",
    "line\r\nBcc: everybody@example.com\r\n\r\nbody",
    "\u202egnp.exe\u2066\u0000\x1b[31m",
    "<!channel> <https://evil.example|click> @channel @all",
    "[x](javascript:alert(1)) **bold** `code` ![i](https://evil.example/i.png)",
    "A & B | C",
    "שלום",
)


class Elements(HTMLParser):
    """The elements of a page, with their attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.said = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.said += data


def digest(*names: str) -> Digest:
    rows = tuple(
        Row(tidy(name), "1,000 EUR", (tidy(name), "due 1 May"), "https://orderbeat.example/customers?of=C1", "new")
        for name in names
    )
    sections = (
        Section("Since the last time", tuple(f"New: {tidy(name)}" for name in names)),
        Section("Whom to take up", (), rows, "3 more accounts wait", "https://orderbeat.example/customers?list=work"),
    )
    nothing = Memory({}, (), NOBODY, (), ())
    return Digest(
        "3 new", "3 accounts are silent", sections, "Data to 1 May", "https://orderbeat.example/customers",
        News(is_first=True), nothing, NOBODY,
    )  # fmt: skip


STOP = "https://orderbeat.example/unsubscribe/secret"
PLACES = {
    "https://orderbeat.example/customers?of=C1", "https://orderbeat.example/customers?list=work", STOP,
    "https://orderbeat.example/customers",
}  # fmt: skip


def test_a_mail_is_tables_and_own_styles_and_names_in_it_are_text() -> None:
    plain, hostile = (Elements(forms.html(digest(*names), stop=STOP)) for names in (["Ada"] * len(HOSTILE), HOSTILE))
    assert [tag for tag, _ in hostile.found] == [tag for tag, _ in plain.found], "no name makes an element"
    assert {tag for tag, _ in hostile.found} <= {
        "html", "head", "meta", "title", "style", "body", "div", "table", "tr", "td", "p", "h1", "h2", "a", "br",
        "span", "bdi",
    }  # fmt: skip
    assert {attributes["href"] for tag, attributes in hostile.found if tag == "a"} <= PLACES
    assert not any({"src", "background", "onerror", "onclick", "srcset"} & {*each} for _, each in hostile.found)
    assert "url(" not in forms.html(digest(*HOSTILE), stop=STOP)
    for name in HOSTILE:
        assert tidy(name) in " ".join(hostile.said.split())


def test_a_name_stays_on_its_line_and_turns_nothing_around_it() -> None:
    for name in HOSTILE:
        shown = tidy(name)
        assert shown.isprintable()
        assert not {*"\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f"} & {*shown}
    assert tidy("  ") == tidy(None) == "–"
    assert tidy("Łódź 👩‍👩‍👧 שלום") == "Łódź 👩‍👩‍👧 שלום"
    said = forms.plain(digest(*HOSTILE), stop=STOP)
    assert said.count("\n") == forms.plain(digest(*["Ada"] * len(HOSTILE)), stop=STOP).count("\n")
    assert STOP in said


def texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)


def test_a_message_calls_nobody_and_links_to_our_pages_alone() -> None:
    slack = forms.message(digest(*HOSTILE), "slack")["text"]
    assert "<!" not in slack
    assert "<@" not in slack
    opened = [each.partition("|")[0] for each in slack.split("<")[1:]]
    assert {*opened} <= PLACES
    mattermost = forms.message(digest(*HOSTILE), "mattermost")["text"]
    assert "@channel" not in mattermost
    assert "@all" not in mattermost
    assert "](javascript" not in mattermost
    assert "![" not in mattermost
    card = forms.message(digest(*HOSTILE), "teams")["attachments"][0]["content"]
    assert card["type"] == "AdaptiveCard"
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}, "in which nothing is a mark"
    addresses = {each for each in texts(card) if each.startswith("http")} - {card["$schema"]}
    assert addresses <= PLACES
    assert tidy(HOSTILE[0]) in json.dumps(card)


def test_it_is_said_in_russian() -> None:
    words.settle("ru")
    try:
        page = forms.html(digest("Ада"), stop=STOP)
        assert '<html lang="ru">' in page
        assert "Больше не присылать" in page
        assert "Отписаться" in forms.plain(digest("Ада"), stop=STOP)
    finally:
        words.settle("en")
