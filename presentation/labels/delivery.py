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
    "account_revenue": N_("Revenue of an account"),
    "account_margin_rate": N_("Margin rate of an account"),
    "account_price_realisation": N_("Price realisation of an account"),
    "account_silence": N_("Days since an account ordered last"),
    "account_overdue": N_("Days since an account ordered last, against its usual interval"),
    "catalog_revenue": N_("Revenue of a catalog"),
    "category_revenue": N_("Revenue of a category"),
    "category_margin_rate": N_("Margin rate of a category"),
    "person_attainment": N_("A person's revenue against quota"),
    "team_attainment": N_("A team's revenue against quota"),
    "silent_accounts": N_("Likely loss with a silent account"),
    "leaving_categories": N_("At stake in a category that an account is leaving"),
    "growth_accounts": N_("To be expected of an account that could take up something new"),
    "stuck_deals": N_("Amount of a stuck deal"),
    "due_things": N_("Money of a deal, contract, contact or order that is due"),
    "above": N_("is above"),
    "below": N_("is below"),
    "rose": N_("rose on a year before by more than"),
    "fell": N_("fell on a year before by more than"),
}
