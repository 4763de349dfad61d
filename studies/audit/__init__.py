"""The full audit of a mechanism: properties, verdicts, witnesses."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.audit.audit import full_audit
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["full_audit"]
