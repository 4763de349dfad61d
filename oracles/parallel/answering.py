"""What a worker of `ParallelOracle` does: make its oracle once, and answer units of queries."""

import pickle

from coopetition.games.errors import CoopetitionError, OracleError
from coopetition.oracles.protocol.oracle import UtilityOracle, evaluate_checked
from coopetition.oracles.protocol.query import Evaluation, Query

_KEPT = 4  # oracles that a worker keeps, for as many clients
_built: dict[bytes, UtilityOracle] = {}  # by the pickle of their factory


def answer_unit(
    make: bytes, fingerprint: str, places: list[int], queries: list[Query]
) -> tuple[list[int], list[Evaluation] | CoopetitionError]:
    """Answer a unit's queries on a worker; what goes wrong is an answer too."""
    from threadpoolctl import threadpool_limits

    try:
        oracle = _oracle(make)
        known = oracle.spec().fingerprint
        if known != fingerprint:
            raise OracleError(
                f"a worker's oracle has the fingerprint {known!r}, not {fingerprint!r}: "
                "its data, settings or version differ"
            )
        with threadpool_limits(1):  # workers share the cores
            return places, evaluate_checked(oracle, queries)
    except CoopetitionError as error:
        return places, error


def _oracle(make: bytes) -> UtilityOracle:
    """Return the worker's own oracle, made with the first unit."""
    if make not in _built:
        while len(_built) >= _KEPT:
            _built.pop(next(iter(_built))).close()
        try:
            _built[make] = pickle.loads(make)()
        except CoopetitionError:
            raise
        except Exception as error:
            told = f"{type(error).__name__}: {error}"
            raise OracleError(f"a worker could not make the oracle: {told}") from error
    return _built[make]
