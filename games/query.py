"""Moved to `coopetition.oracles.protocol.query`; plug-ins may still import it here."""

from coopetition._lazy import moved

__getattr__ = moved(__name__, "coopetition.oracles.protocol.query")
