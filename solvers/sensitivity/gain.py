"""What each parameter of a gain curve does to P and to P′ at given Ω."""

from collections.abc import Mapping

import numpy as np

from coopetition.games.arrays import Array
from coopetition.games.coopetition.gain import (
    ExponentialGain,
    GainCurve,
    LogarithmicGain,
    PowerGain,
)


def value_partials(curve: GainCurve, data: Array, slope: Array) -> Mapping[str, Array]:
    """Return ∂P by parameter, shape as `data`, where P′ is `slope`; nothing for other families.

    Examples
    --------
    >>> curve, data = PowerGain(1.0, 2.0, 0.5), np.array([100.0])
    >>> partials = value_partials(curve, data, curve.slope(data))
    >>> {key: partial.round(6).tolist() for key, partial in partials.items()}
    {'ceiling': [1.0], 'scale': [-0.1], 'exponent': [0.921034], 'offset': [0.001]}
    """
    one = np.ones_like(slope)
    if isinstance(curve, PowerGain):
        reach = np.add(data, curve.offset)
        rest = slope * reach / curve.exponent
        return {
            "ceiling": one,
            "scale": -rest / curve.scale,
            "exponent": rest * np.log(reach),
            "offset": slope,
        }
    if isinstance(curve, ExponentialGain):
        by_scale = -slope * np.divide(data, curve.scale)
        return {"ceiling": curve.value(data) / curve.ceiling, "scale": by_scale}
    if isinstance(curve, LogarithmicGain):
        by_scale = -one * curve.ceiling / curve.scale
        return {"ceiling": curve.value(data) / curve.ceiling, "scale": by_scale, "offset": slope}
    return {}


def slope_partials(curve: GainCurve, data: float) -> Mapping[str, float]:
    """Return ∂P′ by parameter at one Ω, with the keys of `value_partials`."""
    slope, second = curve.slope_pair(data)
    if isinstance(curve, PowerGain):
        log = float(np.log(data + curve.offset))
        return {
            "ceiling": 0.0,
            "scale": slope / curve.scale,
            "exponent": slope * (1.0 / curve.exponent - log),
            "offset": second,
        }
    if isinstance(curve, ExponentialGain):
        share = data / curve.scale
        return {"ceiling": slope / curve.ceiling, "scale": slope * (share - 1.0) / curve.scale}
    if isinstance(curve, LogarithmicGain):
        return {"ceiling": slope / curve.ceiling, "scale": 0.0, "offset": second}
    return {}
