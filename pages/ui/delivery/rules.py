"""Rules of one's own: what they find now, the rules there are, and a new one, replayed before it is kept."""

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from data.errors import OrderbeatError
from data.people import ways
from data.people.store import own_rules as kept
from data.people.store.own_rules import Condition, Rule, Sense
from data.warehouse.rules_for import rules_for
from pages.ui import cards, doing, links, origin
from pages.ui.source import fetching, may, person, snapshot
from presentation import format, labels, own_rules, words
from presentation.addresses import address
from presentation.own_rules import History, Told
from presentation.sentences import own_rules as sentences
from presentation.words import plural, text

SNOOZE_DAYS = (7, 14, 28)
_SHOWN = 8  # findings of one rule at once, and so many behind a button
_SHOWN_MORE = 200
_TRIED = "own-rule-tried"
_MONTHS = (1, 3, 6, 12)


def show() -> None:
    """What the rules find now, the rules themselves, and the form of a new one."""
    if not ways.is_open(doing.store(), "rules", person()):
        cards.empty(
            text("Rules are not open to you yet."),
            text("An administrator opens them to your role; then you can be told when a figure crosses a limit."),
        )
        return
    doing.failure()
    everybodys = kept.everybodys(doing.store())
    telling = rules_for(doing.store(), person(), everybodys, snapshot())
    own = [rule for rule in everybodys if rule.account_id == person().key]
    handed = [rule for rule in telling if rule not in own]
    histories = {rule.id: found for rule in telling if (found := _looked(rule)) is not None}
    _headline(own, handed, histories)
    for rule in [*own, *handed]:
        _rule(rule, histories.get(rule.id), is_own=rule in own)
    _new(own)


def _looked(rule: Rule) -> History | None:
    """What a rule finds now; None where it rests, or what it watches is not there for whoever looks."""
    if rule.is_asleep(_as_of()):
        return None
    try:
        return own_rules.history(fetching(), snapshot(), rule.condition, rule.history_from)
    except OrderbeatError:
        return None


def _headline(own: Sequence[Rule], handed: Sequence[Rule], histories: dict[str, History]) -> None:
    if not own and not handed:
        cards.headline(text("No rule of yours yet: say below what you want to be told"))
        return
    number = sum(len(found.standing) for found in histories.values())
    rules = plural("by {count} rule", "by {count} rules", len(own) + len(handed))
    cards.headline(plural("{count} thing found now {rules}", "{count} things found now {rules}", number, rules=rules))


def _rule(rule: Rule, found: History | None, *, is_own: bool) -> None:
    """A rule with what it finds, and what can be done with it."""
    with st.container(border=True, key=f"own-rule-{rule.id}"):
        with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
            st.markdown(f"**{_said(rule)}**", width="content")
            if is_own:
                _tools(rule)
        if not is_own:
            cards.note(text("Handed to you as the owner of these accounts."))
        if rule.is_paused:
            cards.note(text("It rests until you wake it."))
        elif rule.is_asleep(_as_of()):
            cards.note(text("It rests until {day}.", day=format.value(rule.snoozed_until, "date")))
        elif is_own and rule.to_owners:
            cards.note(text("Each owner is told of their own accounts."))
        elif found is None:
            cards.note(text("What it watches is not part of what you may see, or was not loaded."))
        elif not found.standing:
            cards.note(text("Nothing now."))
        else:
            _standing(rule, found)


def _said(rule: Rule) -> str:
    if rule.condition.watch not in own_rules.WATCHES:
        return text("A rule of another release")
    return sentences.condition(rule.condition, snapshot().currency)


def _standing(rule: Rule, found: History) -> None:
    begun = {
        each.spell.subject: each.spell.since
        for each in kept.findings(doing.store(), person().key)
        if each.rule_id == rule.id and each.spell.over_on is None
    }
    told = [
        own_rules.since(each, begun.get(each.spell.subject, each.spell.since)) if found.is_list else each
        for each in found.standing
    ]
    st.markdown(_lines(rule, told[:_SHOWN]))
    with st.container(horizontal=True, vertical_alignment="center"):
        if more := told[_SHOWN:]:
            label = plural("{count} more", "{count} more", len(more))
            with st.popover(label, key=f"own-rule-more-{rule.id}", type="tertiary", on_change="rerun") as popover:
                if popover.open:
                    st.markdown(_lines(rule, more[:_SHOWN_MORE]))
        origin.show(found.source, of=rule.id)


def _lines(rule: Rule, told: Sequence[Told]) -> str:
    """Findings one below the other, each a link to what it is about."""
    said = [(sentences.found(rule.condition, each, snapshot().currency), _place(rule, each)) for each in told]
    return "\n".join(f"- [{words}]({place})" for words, place in said)


def _place(rule: Rule, told: Told) -> str:
    """The link that opens what was found, with who looks and the language taken along."""
    return address(own_rules.WATCHES[rule.condition.watch].page, **{**links.carried(), **told.places})


def _tools(rule: Rule) -> None:
    with st.container(horizontal=True, key=f"own-rule-tools-{rule.id}", width="content"):
        key = f"{rule.id}-{doing.turn()}"
        is_resting = rule.is_asleep(_as_of())
        st.button(
            text("Wake") if is_resting else text("Pause"), key=f"rule-pause-{key}", type="tertiary",
            on_click=doing.do, args=(kept.pause, rule.id), kwargs={"is_paused": not is_resting},
        )  # fmt: skip
        if not is_resting:
            with st.popover(text("Snooze"), type="tertiary", key=f"rule-snooze-{key}"):
                for days in SNOOZE_DAYS:
                    st.button(
                        plural("For {count} day", "For {count} days", days), key=f"rule-snooze-{days}-{key}",
                        type="tertiary", on_click=doing.do,
                        args=(kept.snooze, rule.id, _as_of() + dt.timedelta(days=days)),
                    )  # fmt: skip
        st.button(
            text("Remove"), key=f"rule-remove-{key}", icon=":material/delete:", type="tertiary",
            on_click=doing.do, args=(kept.remove, rule.id),
        )  # fmt: skip


def _new(own: Sequence[Rule]) -> None:
    """The form of a new rule: what it watches, when it tells, and how it would have fared."""
    if len(own) >= kept.MOST:
        cards.note(text("You have as many rules as there can be; remove one to set another."))
        return
    watches = own_rules.offered(person(), snapshot())
    if not watches:
        cards.empty(
            text("There is nothing to watch yet."), text("Figures of orders, deals or quotas are loaded first.")
        )
        return
    cards.title(text("Tell me when"))
    turn = doing.turn()
    with st.container(horizontal=True, vertical_alignment="bottom", key="own-rule-new"):
        watch = st.selectbox(
            text("Watched"), watches, format_func=labels.code, key=f"rule-watch-{turn}", label_visibility="collapsed",
            width=380,
        )  # fmt: skip
        senses = own_rules.WATCHES[watch].senses
        sense: Sense = st.selectbox(
            text("How"), senses, format_func=labels.code, key=f"rule-sense-{turn}-{watch}",
            label_visibility="collapsed", width=250,
        )  # fmt: skip
        unit = own_rules.unit(Condition(watch, sense, 1))
        limit = st.text_input(
            text("Limit"), own_rules.suggested(unit), key=f"rule-limit-{turn}-{watch}-{unit}", max_chars=20,
            label_visibility="collapsed", width=110, icon=":material/percent:" if unit == "ratio" else None,
        )  # fmt: skip
        months = _together(watch, turn)
        to_owners = _may_hand(watch) and st.checkbox(text("Tell the owners"), key=f"rule-owners-{turn}")
        if st.button(text("Try it on the past"), key=f"rule-try-{turn}"):
            st.session_state[_TRIED] = _condition(watch, sense, limit, unit, months)
    tried: Condition | None = st.session_state.get(_TRIED)
    if tried is not None and tried == _condition(watch, sense, limit, unit, months):
        _preview(tried, to_owners=to_owners)


def _together(watch: str, turn: int) -> int:
    if not own_rules.takes_months(watch):
        return 1
    return st.selectbox(
        text("Months together"), _MONTHS, 1, key=f"rule-months-{turn}", label_visibility="collapsed", width=170,
        format_func=lambda months: plural("{count} month together", "{count} months together", months),
    )  # fmt: skip


def _may_hand(watch: str) -> bool:
    return may("route") and watch in own_rules.OF_OWNERS


def _condition(watch: str, sense: Sense, limit: str, unit: str, months: int) -> Condition | None:
    """What the form says; None where its limit is no number, which is said."""
    try:
        amount = float(format.written(limit) or 0)
        condition = Condition(watch, sense, amount / 100 if unit == "ratio" else amount, months)
        kept.require_condition(condition)
    except OrderbeatError as error:
        cards.failure(error)
        return None
    return condition


def _preview(tried: Condition, *, to_owners: bool) -> None:
    """How it would have fared, and the button that keeps it."""
    first = own_rules.first_month(_as_of())
    try:
        found = own_rules.history(fetching(), snapshot(), tried, first)
    except OrderbeatError as error:
        cards.failure(error)
        return
    seen = own_rules.preview(found, first)
    with st.container(border=True, key="own-rule-preview"):
        st.markdown(f"**{sentences.replayed(tried, seen)}**")
        for said in filter(None, (sentences.for_whom(seen), sentences.is_right(tried))):
            st.markdown(said)
        if said := sentences.verdict(seen):
            cards.warning(said)
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                text("Set this rule"), key=f"rule-set-{doing.turn()}", type="primary", on_click=_set,
                args=(tried, first, found), kwargs={"to_owners": to_owners},
            )  # fmt: skip
            origin.show(found.source, of="preview")


def _set(tried: Condition, first: dt.date, found: History, *, to_owners: bool) -> None:
    ways.require_open(doing.store(), "rules", person())
    st.session_state.pop(_TRIED, None)
    doing.do(
        kept.save, tried, history_from=first, as_of=_as_of(), snapshot=f"{snapshot().name} {person().scope}",
        standing=[each.spell for each in found.standing], to_owners=to_owners, language=words.language(),
    )  # fmt: skip


def _as_of() -> dt.date:
    return dt.date.fromisoformat(snapshot().as_of)
