"""What every rule of the catalogue is and promises, in words; the table of it in docs/rules.md."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

ALWAYS = "always"
NEVER = "never promised"


@dataclass(frozen=True, slots=True)
class Declared:
    """A rule's declared properties: `ALWAYS`, `NEVER`, or the condition under which it holds.

    `transfer` is t_n; `budget_balance`: Σ t = 0 at every profile; `pairwise`: made of payments
    between two that see the contributions of these two only; `implements_optimum`: the planner's
    optimum is an equilibrium, the rule being made for it; `keeps_potential`: a w-weighted potential
    game stays one, same w.
    """

    transfer: str
    budget_balance: str
    pairwise: str
    implements_optimum: str
    keeps_potential: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A rule of the catalogue: how it is made, what it takes, what it promises.

    `factory(game, *, target, ...)` takes a target only where `targeted`; `needs` are parameters
    without a default, `takes` those that may be left out; both are keys of a scenario's
    `[mechanism]` table. `kind` is the class of the rules that it makes.
    """

    factory: Callable[..., Any]
    kind: type
    declared: Declared
    targeted: bool = False
    needs: tuple[str, ...] = ()
    takes: tuple[str, ...] = ()

    @property
    def parameters(self) -> tuple[str, ...]:
        """All parameters, those without a default first."""
        return self.needs + self.takes


def catalogue_table(rules: Mapping[str, Entry]) -> str:
    """Return the catalogue as a Markdown table, one line a rule.

    Examples
    --------
    >>> nothing = Declared("0", ALWAYS, ALWAYS, NEVER, ALWAYS, "baseline")
    >>> table = catalogue_table({"none": Entry(factory=dict, kind=dict, declared=nothing)})
    >>> print(table.splitlines()[2])
    | `none` |  | 0 | always | always | never promised | always | baseline |
    """
    head = "rule parameters t_n balanced pairwise optimum~is~equilibrium keeps~potential source"
    lines = [f"| {head.replace(' ', ' | ').replace('~', ' ')} |", "|---" * 8 + "|"]
    for name, entry in rules.items():
        said = entry.declared
        keys = [f"`{key}`" for key in entry.needs] + [f"[`{key}`]" for key in entry.takes]
        cells = [f"`{name}`", " ".join(keys), said.transfer, said.budget_balance, said.pairwise]
        cells += [said.implements_optimum, said.keeps_potential, said.source]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
