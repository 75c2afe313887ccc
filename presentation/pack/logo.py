"""The company's own logo: one that an administrator gave, as a picture drawn anew, for every pack."""

import base64
import io
import warnings

from PIL import Image, UnidentifiedImageError

from data.errors import BadInput
from data.people.permissions import require
from data.people.person import Person
from data.people.store import Store, entries
from presentation.words import N_

SETTING = "logo"
LARGEST = 1024 * 1024
_MOST_PIXELS = 25_000_000  # of what is read
_WIDTH, _HEIGHT = 600, 240  # of what is kept


def kept(store: Store) -> bytes | None:
    """The logo as PNG, if there is one."""
    found = entries.newest(store, SETTING, "")
    return base64.b64decode(found) if found else None


def keep(store: Store, by: Person, content: bytes | None) -> None:
    """Keeps a picture as the logo; None takes it away. Raises AccessDenied, BadInput for what is no small picture."""
    require(by, "load")
    drawn = base64.b64encode(as_png(content)).decode() if content is not None else ""
    entries.enter(store, by, SETTING, drawn)


def as_png(content: bytes) -> bytes:
    """A PNG or JPEG drawn anew, so that nothing of the file itself is passed on. Raises BadInput."""
    refused = BadInput(
        N_("This logo cannot be used."),
        N_("It is no PNG or JPEG of at most 1 MB, or it is damaged."),
        N_("Save it as PNG, smaller, and try again."),
    )
    if len(content) > LARGEST:
        raise refused
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as read:
                if read.width * read.height > _MOST_PIXELS:
                    raise refused
                picture = read.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombWarning,
            Image.DecompressionBombError) as error:  # fmt: skip
        raise refused from error
    picture.thumbnail((_WIDTH, _HEIGHT))
    # Pixels alone: what else the file held, such as where a picture was taken, stays behind.
    bare = Image.new("RGBA", picture.size)
    bare.paste(picture)
    drawn = io.BytesIO()
    bare.save(drawn, "PNG")
    return drawn.getvalue()
