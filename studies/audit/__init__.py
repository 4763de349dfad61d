"""The full audit of a mechanism: properties, verdicts, witnesses."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.audit.audit import full_audit
    from coopetition.studies.audit.rules_matrix import rule_matrix
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["full_audit", "rule_matrix"]
