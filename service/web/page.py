"""The pages of sign-in: plain HTML with one style sheet, without scripts, in the words of the catalogue."""

import base64
import hashlib
from collections.abc import Sequence
from html import escape

from presentation.words import LANGUAGES, text

_STYLE = """
:root{--ink:#0f1820;--soft:#55626f;--line:#cbd3db;--ground:#f4f6f8;--card:#fff;--accent:#1f5fa8;--bad:#a8321f;--good:#17663a}
@media(prefers-color-scheme:dark){:root{--ink:#e4e9ee;--soft:#a9b4bf;--line:#465462;--ground:#12181f;--card:#1b232c;
--accent:#8ab8ee;--bad:#ff9d8a;--good:#7fd6a2}.go{color:#12181f!important}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 "Source Sans 3","Source Sans Pro",system-ui,sans-serif;min-height:100vh;display:flex}
main{width:100%;max-width:25rem;margin:auto;padding:1.5rem 1rem}section{background:var(--card);
border:1px solid var(--line);border-radius:6px;padding:1.4rem}
.name{font-weight:600;letter-spacing:.01em;color:var(--soft);margin:0 0 .8rem}h1{font-size:1.35rem;margin:0 0 .8rem}
p{margin:.5rem 0}label{display:block;font-weight:600;margin-top:.9rem}
input[type=text],input[type=email],input[type=password]{width:100%;font:inherit;color:inherit;background:var(--card);
border:1px solid var(--soft);border-radius:6px;padding:.55rem .6rem;margin-top:.2rem}
button,a.go{font:inherit;font-weight:600;display:block;width:100%;text-align:center;padding:.6rem;border-radius:6px;
border:1px solid var(--accent);cursor:pointer;margin-top:1.1rem;text-decoration:none}
.go{background:var(--accent);color:#fff}.other{background:none;color:var(--accent)}
input:focus-visible,button:focus-visible,a:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.bad{border-left:4px solid var(--bad);padding:.1rem .8rem;margin:0 0 .6rem}.good{border-left:4px solid var(--good);
padding:.1rem .8rem}.soft{color:var(--soft);font-size:.92rem}code{font-size:1.02rem;overflow-wrap:anywhere}
a{color:var(--accent)}ul{list-style:none;padding:0;margin:0}li{border-top:1px solid var(--line);padding:.7rem 0}
li button{margin-top:.4rem;padding:.35rem}nav{margin-top:1rem;display:flex;gap:1rem;flex-wrap:wrap}
""".strip()
STYLE_HASH = "sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()


def whole(title: str, *parts: str, language: str, here: str = "", leads_to: str = "") -> str:
    """A page of these parts, which are HTML; `here` is its address, for the links to the other languages.

    A page that `leads_to` an address goes there by itself.
    """
    onward = f'<meta http-equiv="refresh" content="0; url={escape(leads_to)}">' if leads_to else ""
    others = "".join(
        f'<a href="{escape(_with_language(here, code))}" lang="{code}" hreflang="{code}">{escape(name)}</a>'
        for code, name in LANGUAGES.items()
        if here and code != language
    )
    return (
        f'<!DOCTYPE html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"{onward}<title>{escape(title)} · Orderbeat</title><style>{_STYLE}</style></head><body><main>"
        f'<p class="name">Orderbeat</p><section><h1>{escape(title)}</h1>{"".join(parts)}</section>'
        f"<nav>{others}</nav></main></body></html>"
    )


def said(line: str, kind: str = "") -> str:
    """A paragraph."""
    look = f' class="{kind}"' if kind else ""
    return f"<p{look}>{escape(line)}</p>"


def refusal(*lines: str) -> str:
    """What went wrong, its cause and what to do, read out at once by a screen reader."""
    return '<div class="bad" role="alert">' + "".join(said(line) for line in lines if line) + "</div>"


def field(
    name: str, label: str, *, kind: str = "text", fill: str = "off", value: str = "", has_focus: bool = False
) -> str:
    """One labelled field; `fill` is what a browser may fill in (autocomplete of HTML)."""
    focus = " autofocus" if has_focus else ""
    return (
        f'<label for="{name}">{escape(label)}</label><input id="{name}" name="{name}" type="{kind}" '
        f'autocomplete="{fill}" value="{escape(value)}" maxlength="500" required{focus}>'
    )


def hidden(**values: str) -> str:
    """What a form carries along."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in values.items()
        if value
    )


def form(action: str, *parts: str, button: str, is_main: bool = True) -> str:
    """A form with one button."""
    return (
        f'<form method="post" action="{escape(action)}">{"".join(parts)}'
        f'<button class="{"go" if is_main else "other"}" type="submit">{escape(button)}</button></form>'
    )


def onward(place: str, label: str) -> str:
    """A link that looks like a button: what one does next."""
    return f'<a class="go other" href="{escape(place)}">{escape(label)}</a>'


def link(place: str, label: str) -> str:
    """A line with a link."""
    return f'<p><a href="{escape(place)}">{escape(label)}</a></p>'


def listed(rows: Sequence[str]) -> str:
    """Rows of HTML, one below the other."""
    return "<ul>" + "".join(f"<li>{row}</li>" for row in rows) + "</ul>"


def code(value: str) -> str:
    """Something to be copied letter by letter."""
    return f"<p><code>{escape(value)}</code></p>"


def missing() -> str:
    """The title of a page that is not there."""
    return text("There is no such page")


def _with_language(place: str, language: str) -> str:
    return f"{place}{'&' if '?' in place else '?'}language={language}"
