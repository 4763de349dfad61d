"""Rules for reported types: costs or values are private."""

from coopetition.mechanisms.reported.audit import audit_reports, check_efficiency, describe
from coopetition.mechanisms.reported.budget_and_rationality import check_budget, check_rationality
from coopetition.mechanisms.reported.example_problems import (
    equal_items,
    private_round,
    public_project,
)
from coopetition.mechanisms.reported.expectation import expect
from coopetition.mechanisms.reported.expected import expected_externality
from coopetition.mechanisms.reported.groves import clarke, groves
from coopetition.mechanisms.reported.impossible import (
    Notice,
    RuleRequirements,
    Setting,
    impossible,
    refuse_impossible,
)
from coopetition.mechanisms.reported.problem import TypeProblem
from coopetition.mechanisms.reported.rebates import (
    bailey_cavallo,
    bailey_coefficients,
    guo_conitzer,
    linear_rebates,
    returned_shares,
    worst_case_coefficients,
)
from coopetition.mechanisms.reported.rule import Promise, ReportRule
from coopetition.mechanisms.reported.screening import CostType, Menu, screening_menu
from coopetition.mechanisms.reported.trade import SecondBest, bilateral_trade, second_best_trade
from coopetition.mechanisms.reported.truthfulness import check_incentives
from coopetition.mechanisms.reported.types import Finite, Reports, TypeInterval
from coopetition.mechanisms.reported.verdict import Balance, Better, Lie, Loser, Verdict

__all__ = [
    "Balance",
    "Better",
    "CostType",
    "Finite",
    "Lie",
    "Loser",
    "Menu",
    "Notice",
    "Promise",
    "ReportRule",
    "Reports",
    "RuleRequirements",
    "SecondBest",
    "Setting",
    "TypeInterval",
    "TypeProblem",
    "Verdict",
    "audit_reports",
    "bailey_cavallo",
    "bailey_coefficients",
    "bilateral_trade",
    "check_budget",
    "check_efficiency",
    "check_incentives",
    "check_rationality",
    "clarke",
    "describe",
    "equal_items",
    "expect",
    "expected_externality",
    "groves",
    "guo_conitzer",
    "impossible",
    "linear_rebates",
    "private_round",
    "public_project",
    "refuse_impossible",
    "returned_shares",
    "screening_menu",
    "second_best_trade",
    "worst_case_coefficients",
]
