"""Names of columns and codes of ours held against finance's."""

from presentation.words import N_

COLUMNS = {
    "cause": N_("Cause"),
    "certainty": N_("Certainty"),
    "documents": N_("Documents"),
    "moved": N_("Moved between months"),
    "ours": N_("Ours"),
    "theirs": N_("Finance's"),
    "explained": N_("Explained"),
    "remainder": N_("Unexplained"),
    "invoice": N_("Finance's invoice"),
    "invoiced_on": N_("Finance's day"),
}

CODES = {
    "quarantined": N_("quarantined"),
    "missing": N_("missing"),
    "doubled": N_("doubled"),
    "other_day": N_("other day or month"),
    "other_rate": N_("other currency rate"),
    "returned": N_("returns"),
    "rounding": N_("rounding by line"),
    "tax": N_("tax"),
    "without_customer": N_("without customer"),
    "certain": N_("certain"),
    "possible": N_("possible"),
    "unconverted": N_("not converted"),
    "mean_of_month": N_("at the mean rate of the month"),
    "first_of_month": N_("at the first rate of the month"),
    "last_of_month": N_("at the last rate of the month"),
    "last_of_month_before": N_("at the last rate of the month before"),
}
