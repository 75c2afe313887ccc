"""Team: what each person closes, against quota and in fair company."""

from pages.ui import cards, links, lists, page_frame
from pages.ui.source import fetch, fetch_compared, may
from pages.ui.team import attainment, coaching, coming, due, effort, targets, win_rates
from presentation.filters import Filters
from presentation.sentences import attainment as sentences

PANELS = {
    "attainment": attainment.show,
    "win_rates": win_rates.show,
    "coming": coming.show,
    "due": due.show,
    "effort": effort.show,
}
FOR_ADMINISTRATORS = {"targets": targets.show}


def body(f: Filters) -> None:
    """One person where one is asked for, else the team."""
    if rep := links.drill("rep"):
        coaching.show(f, rep)
    else:
        overview(f)


def overview(f: Filters) -> None:
    """The figures of the team, and one of the panels."""
    figures = fetch("team.kpis", f, rep=None)
    cards.headline(sentences.attainment(figures), beside=f.compared())
    cards.numbers(figures, ["revenue", "attainment", "won_value", "win_rate", "average_won"],
                  compared=fetch_compared("team.kpis", f, rep=None))  # fmt: skip
    panels = PANELS | (FOR_ADMINISTRATORS if may("set_targets") else {})
    shown = lists.switch(list(panels), figures)
    panels[shown](f)


# A person is shown whole, whatever team is chosen.
page_frame.show("team", body, "period", "compare", *([] if links.drill("rep") else ["team"]))
