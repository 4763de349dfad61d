"""Moved to `coopetition.oracles.remote.process`; workers may still import it here."""

from coopetition._lazy import moved

__getattr__ = moved(__name__, "coopetition.oracles.remote.process")
