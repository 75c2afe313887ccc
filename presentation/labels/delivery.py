"""Names of codes about what reaches people outside of the browser."""

from presentation.words import N_

COLUMNS: dict[str, str] = {}

CODES = {
    "my_ways": N_("Open to me"),
    "ways_out": N_("Ways out"),
    "mail": N_("Mail"),
    "messages": N_("Messages in a channel"),
    "rules": N_("Rules of one's own"),
    "calendar": N_("Calendar"),
    "tokens": N_("Assistants"),
    "assistant": N_("Assistant, reading"),
    "assistant_writes": N_("Assistant, deciding and noting"),
}
