"""Names of columns and codes about loads and checks."""

from presentation.words import N_

COLUMNS = {
    "input_table": N_("Table"),
    "rows_in": N_("Rows in"),
    "loaded": N_("Loaded"),
    "quarantined": N_("Quarantined"),
    "title": N_("Check"),
    "found": N_("Rows found"),
    "check_file": N_("File"),
    "first_on": N_("First day"),
    "last_on": N_("Last day"),
    "is_stopped": N_("Stopped"),
}

CODES = {
    "fail": N_("stops publishing"),
    "warn": N_("to look at"),
    "all": N_("all"),
    "what_is_loaded": N_("What is loaded"),
    "load_files": N_("Load files"),
    "sources": N_("Sources"),
    "matches_finance": N_("Compare with finance"),
}
