"""Every colour that a chart names itself; the others are the theme's."""

MAIN = "#1f5fa8"  # what the chart is about
ACCENT = "#d5711a"  # what it is measured against: a target, today, an interval
GOOD = "#2b8a57"
BAD = "#c2542f"
NEUTRAL = "#4a83c9"  # neither: wholes, open deals, traffic
THIRD = "#8a63b8"
UNSURE = "#9aa4ae"  # too little is known
PAUSE = "#8a8f98"
# Words and rules: Vega's own are black, which nobody can read on the dark theme.
INK = {"light": "#0f1820", "dark": "#e4e9ee"}
ROLES = {
    "profit": GOOD, "traffic": NEUTRAL, "niche": THIRD, "drop_candidate": BAD, "cost_unknown": UNSURE, "grey": UNSURE,
}  # fmt: skip
