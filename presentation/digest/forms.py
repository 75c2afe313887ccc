"""A report in its forms: HTML and text of a mail, and messages of chat programs. Text stays text in each of them."""

from pathlib import Path
from typing import Any

import jinja2

from presentation import words
from presentation.digest.content import Report, Row
from presentation.format import literal
from presentation.words import text

_TEMPLATES = jinja2.Environment(
    loader=jinja2.FileSystemLoader(Path(__file__).parent),
    autoescape=True,
    undefined=jinja2.StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_ROWS_OF_A_MESSAGE = 15  # in each section: a channel is no place for long lists


def html(report: Report, *, stop: str = "") -> str:
    """The mail as HTML: tables and styles of its own, no scripts, nothing from elsewhere. `stop` ends the mails."""
    return _TEMPLATES.get_template("mail.html").render(
        report=report,
        stop=stop,
        language=words.language(),
        open=text("Show"),
        because=text("You get this because you asked for it."),
        end=text("End these mails"),
    )


def plain(report: Report, *, stop: str = "") -> str:
    """The same as text."""
    lines = [report.answer, ""]
    for section in report.sections:
        lines += [section.title.upper(), *section.sentences, *map(_line, section.rows)]
        lines += [each for each in (section.more, section.link) if each]
        lines.append("")
    lines += [report.foot, text("You get this because you asked for it. To end it: {link}", link=stop) if stop else ""]
    return "\n".join(lines).rstrip() + "\n"


def _line(row: Row) -> str:
    mark = f" [{row.mark}]" if row.mark else ""
    return f"- {'  '.join(filter(None, [row.title + mark, row.amount]))}" + "".join(
        f"\n  {each}" for each in (" · ".join(row.details), row.link) if each
    )


def message(report: Report, program: str) -> dict[str, Any]:
    """What an incoming webhook of that chat program takes: "slack", "teams" or "mattermost"."""
    return {"slack": _slack, "teams": _teams, "mattermost": _mattermost}[program](report)


def _slack(report: Report) -> dict[str, Any]:
    def safe(said: str) -> str:
        """Slack takes these three for marks, and nothing else for a mention; a joiner parts what would look bold."""
        escaped = said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        return "".join(f"\u2060{sign}\u2060" if sign in "*_~`@" else sign for sign in escaped)

    def linked(label: str, link: str) -> str:
        return f"<{link}|{safe(label).replace('|', '¦')}>" if link else safe(label)

    return {"text": _lines(report, safe, linked, "*"), "unfurl_links": False, "unfurl_media": False}


def _mattermost(report: Report) -> dict[str, Any]:
    def safe(said: str) -> str:
        """No mark, and no mention: a joiner parts the sign from the name it would call."""
        return literal(said).replace("@", "@\u2060")

    def linked(label: str, link: str) -> str:
        return f"[{safe(label)}]({link})" if link else safe(label)

    return {"text": _lines(report, safe, linked, "**")}


def _lines(report: Report, safe: Any, linked: Any, bold: str) -> str:
    said = [f"{bold}{safe(report.subject)}{bold}", safe(report.answer)]
    for section in report.sections:
        said += ["", f"{bold}{safe(section.title)}{bold}", *map(safe, section.sentences)]
        for row in section.rows[:_ROWS_OF_A_MESSAGE]:
            parts = [safe(each) for each in (row.amount, row.mark, *row.details) if each]
            said.append(f"• {' · '.join([linked(row.title, row.link), *parts])}")
        if section.more:
            said.append(safe(section.more))
    return "\n".join([*said, "", linked(text("Open the list"), report.link), safe(report.foot)])


def _teams(report: Report) -> dict[str, Any]:
    """An adaptive card; rich text blocks take nothing in them for marks."""
    body: list[dict[str, Any]] = [_block(report.subject, weight="Bolder", size="Medium"), _block(report.answer)]
    for section in report.sections:
        body += [_block(section.title, weight="Bolder"), *map(_block, section.sentences)]
        body += [_rich(row) for row in section.rows[:_ROWS_OF_A_MESSAGE]]
        body += [_block(section.more)] if section.more else []
    body.append(_block(report.foot, size="Small", isSubtle=True))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": [{"type": "Action.OpenUrl", "title": text("Open the list"), "url": report.link}],
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _run(said: str, **look: Any) -> dict[str, Any]:
    return {"type": "TextRun", "text": said, **look}


def _block(said: str, **look: Any) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": [_run(said, **look)]}


def _rich(row: Row) -> dict[str, Any]:
    opens = {"selectAction": {"type": "Action.OpenUrl", "url": row.link}} if row.link else {}
    more = " · ".join(filter(None, [row.amount, row.mark, *row.details]))
    return {"type": "RichTextBlock", "inlines": [_run(row.title, weight="Bolder", **opens), _run(f"  {more}")]}
