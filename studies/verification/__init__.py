"""What a measured round's answer claims, trained on seeds that nothing has used."""

from typing import TYPE_CHECKING

from coopetition._lazy import lazy

if TYPE_CHECKING:
    from coopetition.studies.verification.estimate import Estimate
    from coopetition.studies.verification.verification import Verification
    from coopetition.studies.verification.verify import verification_trainings, verify_study
else:
    __getattr__, __dir__ = lazy(__name__)

__all__ = ["Estimate", "Verification", "verification_trainings", "verify_study"]
