"""Nobody who signed in is sent anything of others: every frame, file and answer of a served process, read by ids.

Names and ids of the company (tests/pages/test_leaks.py) say whose they are, and carry hostile text.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from data import settings
from data.warehouse import build
from tests import companies
from tests.browser.test_hostile_names import NAMES
from tests.pages.test_leaks import SCOPES, company
from tests.service.web.served import Served, served
from tests.service.web.viewer import Viewer, unpacked

EACH = 100
# kind, owner, number, as in customer-R3-7; Markdown puts a backslash before a hyphen, and JSON doubles it.
TOKEN = re.compile(rb"(customer|order|quote|person)\\*-(R\d)\\*-(\d+)")
