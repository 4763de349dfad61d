"""Names that people write: in one form, and different for the eye, not only for a computer."""

import re
import unicodedata
from collections.abc import Sequence

# Soft hyphen, joiners, zero-width spaces, marks of direction, the byte order mark, fillers, the
# blank of Braille, selectors of variants, tags: what Unicode lets a reader ignore.
_UNSEEN = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0\U000e0000-\U000e0fff"
)
_ENDS = re.compile(rf"^[\s{_UNSEEN}]+|[\s{_UNSEEN}]+$")
_INSIDE = re.compile(f"[{_UNSEEN}]")


def tidy(name: str) -> str:
    r"""Return a name in Unicode's form NFC, without space around it, a space for each gap.

    Examples
    --------
    >>> tidy(" No\u0308rd\u00a0 AG\u200b") == "Nörd AG"
    True
    """
    return re.sub(r"\s+", " ", _ENDS.sub("", unicodedata.normalize("NFC", name)))


def look_alike(names: Sequence[str]) -> tuple[str, str] | None:
    r"""Return the first two names that nobody can tell apart by looking, None if there are none.

    Examples
    --------
    >>> look_alike(["North", "South", "Nor\u200bth "]), look_alike(["North", "north"])
    (('North', 'Nor\u200bth '), None)
    """
    seen: dict[str, str] = {}
    for name in names:
        shape = _INSIDE.sub("", tidy(name))
        if shape in seen:
            return seen[shape], name
        seen[shape] = name
    return None


def say_alike(one: str, other: str) -> str:
    r"""Say which two names are no different.

    Examples
    --------
    >>> print(say_alike("North", "North"), say_alike("North", "North\u200b"), sep="; ")
    'North' twice; 'North' and 'North\u200b', which look the same
    """
    return f"{one!r} twice" if one == other else f"{one!a} and {other!a}, which look the same"
