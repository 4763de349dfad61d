"""What a measured study did without: evaluations that failed, and profiles without any."""

from coopetition.games.errors import OracleError
from coopetition.oracles.ledger.counting import CountedOracle
from coopetition.oracles.ledger.tolerant import Failures
from coopetition.oracles.protocol.oracle import UtilityOracle
from coopetition.studies.scenario.scenario import Scenario


def failures_of(oracle: UtilityOracle) -> Failures:
    """Return what went wrong so far without stopping the study."""
    return oracle.failures if isinstance(oracle, CountedOracle) else Failures()


def failures_told(oracle: UtilityOracle, scenario: Scenario, left: int) -> str:
    """Return a line that says it, and how many profiles were dropped; nothing if nothing failed."""
    told, settings = str(failures_of(oracle)), scenario.oracle
    if not told:
        return ""
    dropped = settings.profiles - left if settings and settings.design == "fixed" else 0
    without = f" Profiles dropped, as all their seeds failed: {dropped}." if dropped else ""
    return f"\n{told}{without}"


def refuse_few(left: int, count: int, needed: int) -> None:
    """Refuse a fit to what is left of a design, if that is too little.

    Raises
    ------
    OracleError
        If profiles are missing, and less than needed are left.
    """
    if left < min(count, needed):
        raise OracleError(
            f"of {count} profiles {count - left} failed with every seed, and {needed} are needed: "
            "what was trained is in the ledger, the same command goes on"
        )
