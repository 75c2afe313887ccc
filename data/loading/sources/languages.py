"""How likely a text is in a language, judged by its letters and which stand beside each other.

What is usual in a language is learned from the names of countries, languages, scripts and currencies that the Unicode
CLDR has in it (through Babel): some ten thousand letters for each.
"""

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from itertools import pairwise

from babel import Locale

_USUAL_SIGNS = frozenset("“”„‚‘’«»‹›–—…•€£§°№®™©´\u00a0\u00ad½²³")
_BEFORE_NO_LETTER = "•§°®™©½²³"
_WITHIN = "’\u00ad"  # of them, what also stands within words
_BEYOND_LATIN, _LATIN_BEYOND = "\u0250", "ẀẁẂẃẄẅỲỳ"
_EAST_ASIAN = ("CJK UNIFIED", "HIRAGANA", "KATAKANA", "HANGUL")
_RUNS = re.compile(r"[^\x00-\x7f]+")
# What stands among East Asian signs besides: brackets, marks of lists and of long vowels, letters of full width.
_MARKS = dict.fromkeys([0xB7, 0x30FB, 0x30FC, *range(0x3000, 0x3040), *range(0xFF00, 0xFFA0)])
_AS_CLDR = str.maketrans("şţ", "șț")  # Romanian; the letters that old encodings have for them are the Turkish ones
_SIGN = math.log(0.02)  # what such a sign costs, wherever it stands
_ODD = math.log(1e-6)  # a sign that no name has, or a capital in the middle of a word
_BACKED = 5.0  # as many sightings of a letter count as much as what is known of it alone


@cache
def _pairs(language: str) -> tuple[Counter[str], Counter[tuple[str, str]], int]:
    """How often each letter, and each letter behind another, occurs; words begin and end with a blank."""
    known = Locale(language)
    texts = [*known.territories.values(), *known.languages.values(), *known.scripts.values()]
    texts += known.currencies.values()
    text = " ".join(each.lower() for each in texts)
    letters = "".join(each if each.isalpha() else " " for each in text).translate(_AS_CLDR)
    return Counter(letters), Counter(pairwise(letters)), len(letters)


def likelihood(word: str, languages: tuple[str, ...]) -> float:
    """The logarithm of how likely the letters beyond ASCII of a word are, in the language that fits it best."""
    padded = f" {word} "
    cost = sum(_ODD for pair in pairwise(word) if _is_odd(*pair))
    for before, sign, after in zip(padded, word, padded[2:], strict=False):
        if not sign.isascii() and not sign.isalpha():
            within = before.isalpha() and after.isalpha() and sign not in _WITHIN
            alone = sign in _BEFORE_NO_LETTER and after.isalpha()
            cost += _ODD if within or alone or sign not in _USUAL_SIGNS else _SIGN
            cost += _ODD if unicodedata.category(sign) == "Cc" else 0.0
        elif not sign.isascii() and before.isupper() and sign.isupper() and after.islower():
            cost += _ODD / 2
    letters = "".join(sign.lower() if sign.isalpha() else " " for sign in padded).translate(_AS_CLDR)
    telling = [pair for pair in pairwise(letters) if not (pair[0].isascii() and pair[1].isascii())]
    return cost + max(sum(_log(pair, language) for pair in telling) for language in languages)


def _is_odd(before: str, after: str) -> bool:
    """Whether no name has these two beside each other: a capital behind a small letter, letters of two scripts."""
    if before.isascii() and after.isascii():
        return False
    mixed = before.isalpha() and after.isalpha() and _is_latin(before) != _is_latin(after)
    return mixed or (before.islower() and after.isupper())


def _is_latin(letter: str) -> bool:
    return letter < _BEYOND_LATIN or letter in _LATIN_BEYOND


def _log(pair: tuple[str, str], language: str) -> float:
    letters, pairs, total = _pairs(language)
    before, after = pair
    alone = (letters[after] + 0.01) / (total + 1)
    return math.log((pairs[pair] + _BACKED * alone) / (letters[before] + _BACKED))


def _is_east_asian(word: str) -> bool:
    """Whether a word is of Chinese, Japanese or Korean signs alone."""
    return all(unicodedata.name(sign, "").startswith(_EAST_ASIAN) for sign in word)


def may_be_east_asian(texts: Sequence[str | None]) -> bool:
    """Whether most words are Chinese, Japanese or Korean, read so; None is one that could not be read so.

    Words of other languages, read so, have single such signs among their letters.
    """
    if None in texts:
        return False
    runs = [run for text in texts if text for run in _RUNS.finditer(text)]
    odd = [run for run in runs if not _is_east_asian(run.group().translate(_MARKS)) or _is_torn(run)]
    return len(odd) * 4 <= len(runs)


def _is_torn(run: re.Match[str]) -> bool:
    """Whether it is one sign beside a letter."""
    beside = run.string[max(0, run.start() - 1) : run.start()] + run.string[run.end() : run.end() + 1]
    return len(run.group()) == 1 and any(sign.isalpha() for sign in beside)
