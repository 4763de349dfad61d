"""The oracle protocol: how a learning backend, of any kind, answers “what gain?”."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.oracles.protocol.oracle import FunctionOracle, UtilityOracle, evaluate_checked
    from coopetition.oracles.protocol.own_test import own_gains, paired_errors, paired_gain
    from coopetition.oracles.protocol.query import Evaluation, OracleSpec, Query
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = [
    "Evaluation",
    "FunctionOracle",
    "OracleSpec",
    "Query",
    "UtilityOracle",
    "evaluate_checked",
    "own_gains",
    "paired_errors",
    "paired_gain",
]
