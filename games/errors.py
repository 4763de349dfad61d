"""The error tree; every error is also the built-in that a caller would already catch.

::

    CoopetitionError
     ├── InvalidInputError      (ValueError)    what was passed is malformed
     ├── UnsupportedGameError   (TypeError)     this function cannot treat this game
     ├── OracleError            (RuntimeError)  the learning backend failed
     ├── NotConvergedError      (RuntimeError)  raised by raise_if_failed only
     └── MissingDependencyError (ImportError)   names the extra to install
"""

from importlib import import_module
from types import ModuleType


class CoopetitionError(Exception):
    """Base class of all errors of this package."""


class InvalidInputError(CoopetitionError, ValueError):
    """What was passed is malformed; the message names the field, the value and the rule."""


class UnsupportedGameError(CoopetitionError, TypeError):
    """The function cannot treat this game; the message says which one can."""


class OracleError(CoopetitionError, RuntimeError):
    """The learning backend failed, or answered nonsense."""


class NotConvergedError(CoopetitionError, RuntimeError):
    """A solver's answer carries no certificate within the tolerance."""


class MissingDependencyError(CoopetitionError, ImportError):
    """An optional dependency is missing; the message names the extra to install."""


def require(module: str, extra: str) -> ModuleType:
    """Import an optional dependency, or say which extra brings it.

    Raises
    ------
    MissingDependencyError
        If the module is not installed.

    Examples
    --------
    >>> require("math", "plot").__name__
    'math'
    """
    try:
        return import_module(module)
    except ImportError as error:
        name = module.partition(".")[0]
        message = f"{name} is not installed: pip install 'coopetition[{extra}]'"
        raise MissingDependencyError(message) from error
