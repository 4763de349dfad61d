"""An independent checker of certificate files: exact fractions, no solver, no NumPy."""

from coopetition.games.checker.document import FORMAT, RefusedError, check_document, digest

__all__ = ["FORMAT", "RefusedError", "check_document", "digest"]
