"""What became of what was sent to people, in words."""

from data.people.store.outgoing import Letter
from presentation import labels
from presentation.words import plural, text


def why(code: str, said: str = "") -> str:
    """What stood in the way, and what the other side answered."""
    reason = labels.code(code)
    return text("{reason}. Its answer: {said}", reason=reason, said=said) if said else f"{reason}."


def became(letter: Letter) -> str:
    """Where a letter stands, in a few words."""
    state = labels.code(f"letter_{letter.state}")
    said = [state]
    if letter.state == "waiting" and letter.attempts:
        said.append(plural("after {count} attempt", "after {count} attempts", letter.attempts))
    if letter.is_repeated:
        said.append(text("may have come twice"))
    return ", ".join(said)
