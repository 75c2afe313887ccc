"""A crawl that opens every control it meets: it reads off the screen which there are, so that a new one is opened, too.

A control is known by the page it is on, the key it stands under, its kind and its name, figures left out. Each is
opened once; what it leads to is looked at, and crawled as well where it holds a control that was not seen yet.
"""

import re
from collections import deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from babel.messages.pofile import read_po
from playwright.sync_api import Browser, ElementHandle, Page
from playwright.sync_api import Error as BrowserError
from playwright.sync_api import TimeoutError as PatienceError

from data import contract
from data.settings import PROJECT
from tests.browser.chromium import AS_BACK, Visit

_PATIENCE, _CLICK_PATIENCE = 60_000, 15_000
_FAILURES = ".st-key-unforeseen, [data-testid=stException], [data-testid=stAlertContentError]"
# Search, order, pages and files of a list. What narrows it and how it is computed is each list's own.
_BESIDE_EVERY_LIST = re.compile(r"-(?:search|sort|page)$|^export-|-(?:csv|xlsx)$")
_LEADS_ON = ("list", "radio")
_NO_VALUE = re.compile(r"(?:^|[=:,(]\s?)(None|nan|NaN|NaT|undefined|null)(?:$|[,;)\n])", re.MULTILINE)
_RAW_KEY = re.compile(r"\b[a-z][a-z0-9]*(?:_[a-z0-9]+)+\b")
_UNFILLED = re.compile(r"\{\w+\}")
_PATH_OR_PARAMETER = re.compile(r"\S*/\S+|\$\w+")
# Names of tables are what people call their files by.
_NAMES_OF_FILES = {table.name for table in contract.TABLES}


@dataclass(frozen=True)
class Control:
    """Something to open: `opener` is what must be opened first, such as the popover it stands in.

    Of the controls of one `switch` each takes the place of the one before.
    """

    name: str
    kind: str
    switch: str
    opener: "Control | None" = None


@dataclass
class Found:
    """What a crawl opened, what was wrong, and what is to be looked at without being wrong."""

    opened: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    answers: set[str] = field(default_factory=set)
    foreign: set[str] = field(default_factory=set)
    cut_off: dict[str, int] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [
            f"{len(self.opened)} controls opened, {len(self.vanished)} gone before they could be",
            f"{len(self.cut_off)} lists wider than the screen: "
            + ", ".join(f"{name} by {by} px" for name, by in sorted(self.cut_off.items())),
            f"{len(self.foreign)} English texts in another language: " + "; ".join(sorted(self.foreign)),
            *(f"answered: {' '.join(answer.split())}" for answer in sorted(self.answers)),
            *self.troubles,
        ]
        return "\n".join(parts)


class Crawl:
    """A crawl by one person in one language; `every_option` opens all options of a choice instead of the last one.

    Without it, what the same lines draw beside every list is opened beside one list a page.

    Without `at_the_top` what the same lines draw above every page is left alone. `but` names controls that need not be
    opened again, such as those somebody else opened; what leads on always is.
    """

    def __init__(
        self,
        browser: Browser,
        address: str,
        *,
        who: str,
        language: str = "en",
        every_option: bool = False,
        at_the_top: bool = True,
        but: Collection[str] = (),
    ) -> None:
        self._visit = Visit(browser, address)
        self._visit.page.add_init_script(_LISTEN)
        self._visit.page.set_default_timeout(_CLICK_PATIENCE)
        self._person = {"view_as": who, "language": language}
        self._every_option = every_option
        self._at_the_top = at_the_top
        self._english = _english() if language != "en" else set()
        self._seen = {name for name in but if name.split(" | ")[2] not in _LEADS_ON}
        self._firsts: dict[tuple[str, ...], str] = {}
        self._pages: tuple[str, ...] = ()
        self.found = Found()

    def run(self, *pages: str) -> Found:
        """Opens everything from the pages this person is offered on, or on the named ones alone."""
        self._open("customers")
        offered = self._page.locator(".st-key-places a").evaluate_all("all => all.map(a => a.href)")
        self._pages = pages or tuple(urlsplit(place).path.strip("/") for place in offered)
        for place in offered:
            if self._is_asked_for(place):
                self._go(place)
                self._look("")
                self._crawl()
        self.found.troubles += self._visit.troubles
        self._visit.close()
        return self.found

    def _is_asked_for(self, place: str) -> bool:
        """Whether a place is of the pages asked for, and still seen by the same person in the same language."""
        parts = urlsplit(place)
        query = parse_qs(parts.query)
        person = {name: query.get(name, [""])[0] for name in self._person}
        return parts.path.strip("/") in self._pages and person == self._person

    @property
    def _page(self) -> Page:
        return self._visit.page

    def _open(self, place: str) -> None:
        self._visit.page.goto(f"{self._visit.address}/{place}?" + "&".join(f"{k}={v}" for k, v in self._person.items()))
        self._page.locator(".st-key-headline, .st-key-failure, .st-key-first-steps").first.wait_for()
        self._settle()

    def _crawl(self, known: Collection[str] = ()) -> None:
        """Opens what is on the screen and not `known` where one came from; goes on from where that leads."""
        base, before, led_to = self._page.url, "", ""
        todo = deque(one for one in self._unseen(None) if one.name not in known)
        known = {*known, *(control.name for control in todo)}
        while todo:
            control = todo.popleft()
            if control.name in self._seen:
                continue
            self._seen.add(control.name)
            if not control.switch or control.switch != before or self._page.url != led_to:
                self._go(base)
            before, led_to = control.switch, ""
            if not self._activate(control):
                self.found.vanished.append(control.name)
                continue
            led_to = self._page.url
            self.found.opened.append(control.name)
            self._look(control.name)
            if led_to == base:
                inside = [one for one in self._unseen(control) if one.name not in known]
                todo.extendleft(reversed(inside))
                known |= {one.name for one in inside}
            elif self._is_asked_for(led_to):
                self._dismiss()
                self._crawl(known)

    def _go(self, place: str) -> None:
        """Goes to a place as the browser's Back does, which is quicker than loading it."""
        if self._page.url == place:
            return
        self._dismiss()
        self._page.evaluate(AS_BACK, place)
        self._settle()

    def _activate(self, control: Control) -> bool:
        """Opens a control, and before it what it stands in; whether it was still there."""
        element = self._element(control)
        if element is None and control.opener is not None and self._activate(control.opener):
            element = self._element(control)
        while element is not None and self._page.evaluate(_COVERS, element):
            self._dismiss()
            element = self._element(control)
        if element is None:
            return False
        try:
            _ACTIONS.get(control.kind, _click)(self._page, element)
        except BrowserError as error:
            self.found.troubles.append(f"{self._where()} {control.name}: cannot be used: {error.message[:300]}")
        self._settle()
        return True

    def _element(self, control: Control) -> ElementHandle | None:
        return self._page.evaluate_handle(_ELEMENT, control.name).as_element()

    def _unseen(self, opener: Control | None) -> list[Control]:
        shown: list[dict[str, Any]] = self._page.evaluate(_CONTROLS)
        # What is chosen already has been looked at with the page.
        self._seen |= {one["name"] for one in shown if one["chosen"]}
        fresh = [one for one in shown if one["name"] not in self._seen]
        if not self._at_the_top:
            fresh = [one for one in fresh if not one["name"].startswith(" | ")]
        if not self._every_option:
            last = {one["choice"]: one for one in fresh if one["choice"]}
            fresh = [one for one in fresh if not one["choice"] or one is last[one["choice"]]]
            fresh = [one for one in fresh if self._is_first_of_its_kind(one["name"])]
        return [Control(one["name"], one["kind"], one["switch"], opener) for one in fresh]

    def _is_first_of_its_kind(self, name: str) -> bool:
        """Whether no list of this page offered that yet which the same lines draw above or below every list."""
        place, key, *rest = name.split(" | ")
        drawn = _BESIDE_EVERY_LIST.search(key)
        if drawn is None:
            return True
        first = self._firsts.setdefault((place, drawn.group(), *rest), name)
        return first == name

    def _dismiss(self) -> None:
        if self._page.evaluate(_COVERED):
            self._page.keyboard.press("Escape")
            self._settle()

    def _settle(self) -> None:
        self._page.wait_for_timeout(50)  # what was clicked must have had time to ask the server
        try:
            self._page.wait_for_function(_QUIET, polling=50, timeout=_PATIENCE)
        except PatienceError:
            state = self._page.evaluate("[window.isAsked, window.isRunning, performance.now() - window.movedAt]")
            self.found.troubles.append(f"{self._where()}: never stood still, {state}")

    def _look(self, after: str) -> None:
        wrong = [*self._wrong()]
        if wrong:
            # A list writes what it shows into the page's readable text a moment after it has drawn it.
            self._page.wait_for_timeout(500)
            wrong = [*self._wrong()]
        for trouble in wrong:
            self.found.troubles.append(f"{self._where()} {after}: {trouble}")
        for name, wider_by in self._page.evaluate(_CUT_OFF):
            self.found.cut_off[name] = wider_by

    def _where(self) -> str:
        parts = urlsplit(self._page.url)
        return parts.path + " " + " ".join(f"{k}={v[0]}" for k, v in parse_qs(parts.query).items())

    def _wrong(self) -> Iterator[str]:
        for card in self._page.locator(_FAILURES).all():
            yield card.inner_text()
        self.found.answers |= {*self._page.locator(".st-key-failure").all_inner_texts()}
        for kind, said in self._page.evaluate(_TEXTS):
            if _NO_VALUE.search(said):
                yield f"no value: {said!r}"
            if _UNFILLED.search(said):
                yield f"unfilled: {said!r}"
            if kind != "fact":
                keys = {*_RAW_KEY.findall(_PATH_OR_PARAMETER.sub("", said))} - _NAMES_OF_FILES
                if keys:
                    yield f"raw key: {said!r}"
            if said in self._english:
                self.found.foreign.add(said)


def _english() -> set[str]:
    """Messages that read otherwise in Russian."""
    with (PROJECT / "presentation/locale/ru.po").open("rb") as file:
        catalogue = read_po(file, locale="ru")
    return {message.id for message in catalogue if isinstance(message.id, str) and message.id != message.string}


def _click(page: Page, element: ElementHandle) -> None:
    label = element.evaluate_handle("e => e.matches('input') && e.closest('label') || e").as_element()
    assert label is not None
    label.click()


def _type(page: Page, element: ElementHandle) -> None:
    element.click()
    page.keyboard.press("End")
    page.keyboard.type("a")
    page.keyboard.press("Enter")


def _first_cell(page: Page, element: ElementHandle) -> None:
    element.scroll_into_view_if_needed()
    box = element.bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 60, box["y"] + 48)
    page.wait_for_timeout(100)
    page.mouse.click(box["x"] + 60, box["y"] + 48)
    page.wait_for_timeout(250)  # a list waits that long for another click before it asks the server


def _download(page: Page, element: ElementHandle) -> None:
    with page.expect_download() as download:
        element.click()
    assert download.value.failure() is None


_ACTIONS: dict[str, Callable[[Page, ElementHandle], None]] = {
    "text": _type, "list": _first_cell, "download": _download,
}  # fmt: skip

# Follows the talk with the server: a run is over when its last message says so, unless that says that another begins;
# and notes when the page last changed. The messages are protobuf: of their fields, 4 begins a run and 6 ends it.
_LISTEN = """
window.isAsked = window.isRunning = false;
window.movedAt = 0;
const fieldsOf = function* (bytes) {
    let at = 0;
    const number = () => {
        let value = 0, shift = 1, byte;
        do { byte = bytes[at++]; value += (byte & 127) * shift; shift *= 128; } while (byte & 128);
        return value;
    };
    while (at < bytes.length) {
        const tag = number(), kind = tag % 8;
        if (kind !== 0 && kind !== 2) return;
        const value = number();
        yield [Math.floor(tag / 8), value];
        if (kind === 2) at += value;
    }
};
const heard = message => {
    window.isAsked = false;
    for (const [field, value] of fieldsOf(new Uint8Array(message.data))) {
        if (field === 4) window.isRunning = true;
        if (field === 6) window.isRunning = value === 2;
    }
};
const send = WebSocket.prototype.send;
WebSocket.prototype.send = function (data) {
    if (!this.isFollowed) {
        this.isFollowed = true;
        this.addEventListener('message', heard);
    }
    window.isAsked = true;
    return send.call(this, data);
};
new MutationObserver(() => { window.movedAt = performance.now(); }).observe(
    document, {childList: true, characterData: true, subtree: true});
"""
_QUIET = """() => {
    const app = document.querySelector('[data-testid=stApp]');
    return app?.dataset.testScriptState === 'notRunning' && app.dataset.testConnectionState === 'CONNECTED'
        && !window.isAsked && !window.isRunning
        && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
        && [...document.querySelectorAll('[data-testid=stVegaLiteChart]')].every(e => e.querySelector('canvas, svg'))
        && [...document.querySelectorAll('[data-testid=stDataFrame]')].every(e => e.querySelector('canvas td'))
        && performance.now() - window.movedAt > 80;
}"""
_ALL = """
// Drawn by the same lines on every page.
const isOnEveryPage = key => /^(viewer|view_as|language|view-.*|FormSubmitter-view-.*)$/.test(key);
const floating = '[data-testid=stPopoverBody], [role=dialog], [role=listbox]';
const wanted = 'button, [role=button], [role=tab], [role=radio], [role=checkbox], [role=switch], [role=combobox], '
    + '[role=option], [role=slider], input, textarea, summary, a[href], [data-testid=stDataFrame]';
// Streamlit's own: the button of a select beside its field, the tools above a chart, the anchor of a heading; and
// the links to the pages, which are crawled one by one.
const others = '[data-testid=stElementToolbar], [data-testid=stHeaderActionElements], .st-key-places, '
    + '[data-testid=stDateInput] input, [data-testid=stSelectbox] button, [data-testid=stTooltipHoverTarget], '
    + '[data-testid=stDataFrame] *';
const named = e => {
    const own = [...e.querySelectorAll('[data-testid=stMarkdownContainer]')].map(part => part.innerText).join(' ');
    return (e.ariaLabel || own || e.innerText || e.placeholder || '').replace(/\\d+/g, '#').trim().slice(0, 80);
};
// What is cut down to a point is there for screen readers; a field that its label stands for is not meant.
const isForReadersAlone = e => !e.closest('label') && [e, e.parentElement].some(part => {
    const {width, height} = part.getBoundingClientRect();
    return width <= 1 || height <= 1;
});
const kindOf = e => {
    const role = e.getAttribute('role');
    if (e.dataset.testid === 'stDataFrame') return 'list';
    if (e.closest('[data-testid=stDownloadButton]')) return 'download';
    if (role) return role;
    if (e.matches('textarea, input[type=text], input:not([type])') && !e.closest('[data-testid=stDateInput]'))
        return 'text';
    return e.tagName.toLowerCase();
};
const keyOf = e => (e.closest('[class*=st-key-]')?.className.match(/st-key-([^ ]+)/)?.[1] || '').replace(/\\d+/g, '#');
const controls = () => {
    const roots = [...document.querySelectorAll(floating), document.querySelector('[data-testid=stMain]')];
    const found = new Map();
    for (const root of roots)
        for (const e of root.querySelectorAll(wanted)) {
            if (!e.checkVisibility() || e.disabled || e.ariaDisabled === 'true' || isForReadersAlone(e)) continue;
            if (e.closest(others) && !e.matches('[data-testid=stDataFrame]')) continue;
            const kind = kindOf(e);
            const select = kind === 'option' ? document.querySelector('[role=combobox][aria-expanded=true]') : null;
            const key = select ? keyOf(select) : keyOf(e);
            // Any day of a calendar stands for all of them.
            const isDay = e.closest('[data-testid=stDateInputCalendar] [role=grid]');
            const place = isOnEveryPage(key) ? '' : location.pathname;
            const name = [place, key, kind, isDay ? 'a day' : named(e)].join(' | ');
            const chosen = e.getAttribute('aria-checked') === 'true' && kind === 'radio'
                || e.getAttribute('aria-selected') === 'true' && kind !== 'list';
            // What switches to another list is opened one by one; of what narrows the same list one may stand for all.
            const isOneOfMany = kind === 'option' || e.closest('[data-testid=stButtonGroup]')
                && (kind !== 'radio' || e.closest('.st-key-filters')) || e.closest('[data-testid=stPagination]');
            const choice = isOneOfMany ? key || kind : '';
            if (!found.has(name)) found.set(name, {name, kind, chosen, choice, switch: kind === 'radio' ? key : '', e});
        }
    return [...found.values()];
};
"""
_CONTROLS = f"() => {{ {_ALL} return controls().map(({{e, ...about}}) => about); }}"
_ELEMENT = f"name => {{ {_ALL} return controls().find(one => one.name === name)?.e || null; }}"
# What floats above an element, such as a menu that was left open.
_COVERS = """e => {
    const floating = [...document.querySelectorAll('[data-testid=stPopoverBody], [role=dialog], [role=listbox]')];
    return floating.length > 0 && !floating.at(-1).contains(e);
}"""
_COVERED = "() => !!document.querySelector('[data-testid=stPopoverBody], [role=dialog], [role=listbox]')"
_TEXTS = """() => {
    const roots = [document.querySelector('[data-testid=stMain]'),
        ...document.querySelectorAll('[data-testid=stPopoverBody], [role=dialog], [role=tooltip], [role=listbox]')];
    const found = [];
    for (const root of roots.filter(Boolean)) {
        const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
        while (walker.nextNode()) {
            const parent = walker.currentNode.parentElement, said = walker.currentNode.data.trim();
            if (!said || parent.closest('code, [data-testid=stCode], [data-testid=stIconMaterial], script, style'))
                continue;
            if (parent.closest('canvas') || parent.checkVisibility())
                found.push([parent.closest('[data-testid=stText]') ? 'fact' : 'text', said]);
        }
    }
    return found;
}"""
_CUT_OFF = """() => [...document.querySelectorAll('[data-testid=stMain] [data-testid=stDataFrame]')].map(e => {
    const scroller = e.querySelector('.dvn-scroller');
    const key = e.closest('[class*=st-key-]')?.className.match(/st-key-([^ ]+)/)?.[1] || '';
    return [key, scroller ? scroller.scrollWidth - scroller.clientWidth : 0];
}).filter(([key, by]) => by > 0)"""
