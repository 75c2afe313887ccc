"""Nobody who signed in is sent anything of others: every frame, file and answer of a served process, read by ids.

Names and ids of the company (tests/pages/test_leaks.py) say whose they are, and carry hostile text.
"""

import re

EACH = 100
# kind, owner, number, as in customer-R3-7; Markdown puts a backslash before a hyphen, and JSON doubles it.
TOKEN = re.compile(rb"(customer|order|quote|person)\\*-(R\d)\\*-(\d+)")
