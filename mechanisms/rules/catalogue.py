"""The index of marginal transfer rules: `RULES`, by the names that scenarios use."""

from collections.abc import Mapping
from types import MappingProxyType

from coopetition.mechanisms.rules.bilateral import BilateralPrices, bilateral_prices
from coopetition.mechanisms.rules.deviation_from_average import (
    DeviationFromAverage,
    deviation_from_average,
)
from coopetition.mechanisms.rules.expected_externality import (
    ExpectedExternality,
    expected_externality,
)
from coopetition.mechanisms.rules.groves import (
    BalancedPigou,
    FullPigou,
    MarginalContribution,
    balanced_pigou,
    full_pigou,
    marginal_contribution,
)
from coopetition.mechanisms.rules.nash_implementation import (
    GrovesLedyard,
    Walker,
    groves_ledyard,
    walker,
)
from coopetition.mechanisms.rules.pigou import (
    LinearPigou,
    PartialPigou,
    linear_pigou,
    partial_pigou,
)
from coopetition.mechanisms.rules.promises import ALWAYS, NEVER, Declared, Entry
from coopetition.mechanisms.rules.redistribution import (
    Redistribution,
    redistribution,
    symmetric_redistribution,
)
from coopetition.mechanisms.rules.shares import (
    PoolShares,
    Proportional,
    RevenueShares,
    pool_shares,
    proportional,
    revenue_shares,
)
from coopetition.mechanisms.rules.transfers import NoTransfer, none

CONCAVE = "all w_n ≥ 0"
ONES = "equal w: all weights become 1"
EVEN = "balanced form, or row sums of ρ = its column sums"

# In `Declared`: t_n, budget-balance, pairwise-zero-sum, optimum-is-equilibrium, potential-kept,
# source.
RULES: Mapping[str, Entry] = MappingProxyType({
    "none": Entry(none, NoTransfer, Declared(
        "0", ALWAYS, ALWAYS, NEVER, ALWAYS, "baseline")),
    "redistribution": Entry(redistribution, Redistribution, Declared(
        "κ Σ_m (ρ_nm x_n − ρ_mn x_m); published: κ Σ_m ρ_nm (x_n − x_m)", EVEN, EVEN,
        "all w_n ≥ 0 and κ Σ_m ρ_nm meets every own first-order condition at x°", ALWAYS,
        "Yuan et al. 2023"), needs=("rate",), takes=("balanced", "intensity")),
    "symmetric-redistribution": Entry(symmetric_redistribution, Redistribution, Declared(
        "Σ_m ρ\\*_nm (x_n − x_m), ρ\\*_nm = (τ_n + τ_m)/(N−2) − Στ/((N−1)(N−2))", ALWAYS, ALWAYS,
        CONCAVE, ALWAYS, "derived; N ≥ 3"), targeted=True),
    "deviation-from-average": Entry(deviation_from_average, DeviationFromAverage, Declared(
        "β (x_n − mean of the others' x)", ALWAYS, ALWAYS,
        "all w_n ≥ 0 and β meets every own first-order condition at x°", ALWAYS,
        "Falkinger 1996"), targeted=True, takes=("rate",)),
    "bilateral-prices": Entry(bilateral_prices, BilateralPrices, Declared(
        "Σ_m (π_nm x_n − π_mn x_m), Σ_m π_nm = τ_n", ALWAYS, ALWAYS, CONCAVE, ALWAYS,
        "derived"), targeted=True),
    "linear-pigou": Entry(linear_pigou, LinearPigou, Declared(
        "τ_n (x_n − x°_n)", NEVER, NEVER, CONCAVE, ALWAYS, "Pigou 1920"), targeted=True),
    "expected-externality": Entry(expected_externality, ExpectedExternality, Declared(
        "f_n(x_n) − mean_{m≠n} f_m(x_m), f_n(y) = Σ_{k≠n} U_k(y, x°_−n)", ALWAYS, ALWAYS, ALWAYS,
        ALWAYS, "d'Aspremont, Gérard-Varet 1979 (shape)"), targeted=True),
    "full-pigou": Entry(full_pigou, FullPigou, Declared(
        "W − U_n", NEVER, NEVER, ALWAYS, ONES, "Groves 1973")),
    "balanced-pigou": Entry(balanced_pigou, BalancedPigou, Declared(
        "W − U_n − (N−1) Σ_{S∌n} W_S/(N − #S), W_S Möbius terms of W",
        "W has no interaction of all N", NEVER, ALWAYS, ONES, "Groves, Loeb 1975; N ≤ 8")),
    "marginal-contribution": Entry(marginal_contribution, MarginalContribution, Declared(
        "W(x) − W(0, x_−n) − U_n", NEVER, NEVER, ALWAYS, ONES, "leave-one-out")),
    "partial-pigou": Entry(partial_pigou, PartialPigou, Declared(
        "α (w_n W/mean(w) − U_n)", NEVER, NEVER, "α = 1", ALWAYS, "derived; all w_n > 0"),
        needs=("alpha",)),
    "pool-shares": Entry(pool_shares, PoolShares, Declared(
        "s_n W − U_n", ALWAYS, NEVER, ALWAYS, "s proportional to w: weights become s",
        "partnership"), takes=("shares",)),
    "revenue-shares": Entry(revenue_shares, RevenueShares, Declared(
        "s_n R − p_n G_n, R = Σ_m p_m G_m", ALWAYS, NEVER, NEVER,
        "new weights s_n Σp − Σ_m ρ_nm p_m proportional to w", "Holmström 1982"),
        takes=("shares",)),
    "proportional": Entry(proportional, Proportional, Declared(
        "(x_n/X) R − p_n G_n", ALWAYS, NEVER, NEVER, "equal w, no competition, R = aX + bX²",
        "Tullock 1980")),
    "groves-ledyard": Entry(groves_ledyard, GrovesLedyard, Declared(
        "τ_n x_n − mean_{m≠n} τ_m x_m − (γ/2) [(N−1)/N (d_n − μ_n)² − σ²_n], d = x − x°",
        ALWAYS, NEVER, CONCAVE, "equal w", "Groves, Ledyard 1977; N ≥ 3"),
        targeted=True, takes=("rate",)),
    "walker": Entry(walker, Walker, Declared(
        "π q_n x_n − [π − τ_n/q_n + γ (d_{n+1} − d_{n+2})] Q, d = q (x − x°)", ALWAYS, NEVER,
        CONCAVE, NEVER, "Walker 1981; N ≥ 3"), targeted=True, takes=("rate",)),
})  # fmt: skip
