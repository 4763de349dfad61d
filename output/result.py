"""What every result can do: print, become a table, a data frame, a file or a picture."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from coopetition._version import __version__
from coopetition.games.errors import InvalidInputError
from coopetition.games.text.words import did_you_mean
from coopetition.output.table import Table


class Result:
    r"""What a result says, in every form; a kind of result adds `tables` and `to_dict`.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> from coopetition.output.table import Column
    >>> @dataclass(frozen=True)
    ... class Payoffs(Result):
    ...     values: tuple[float, ...]
    ...     def tables(self):
    ...         names = ["North", "South"][:len(self.values)]
    ...         return (Table("Payoffs", (
    ...             Column("organization", "organization", names, kind="name"),
    ...             Column("payoff", "payoff", self.values, "EUR"))),)
    ...     def to_dict(self):
    ...         return {"payoff": list(self.values)}
    >>> Payoffs((1.0, 2.0)).to_latex().splitlines()[2]
    '\\caption{Payoffs}'
    """

    __slots__ = ()

    def tables(self) -> tuple[Table, ...]:
        """Return what the result says in rows and columns; the first table is the main one."""
        raise NotImplementedError

    def to_dict(self) -> Mapping[str, Any]:
        """Return the stable JSON form."""
        raise NotImplementedError

    def long_table(self) -> Table:
        """Return what a long data frame is made of: the main table, if nothing else is said."""
        return self.tables()[0]

    def pictures(self) -> Mapping[str, Callable[..., Any]]:
        """Return the functions that draw it, by the names of the pictures; the default first.

        Of a result without pictures of its own: each column of its main table by organization.
        """
        from coopetition.output.pictures.column import columns_drawn

        return columns_drawn(self.tables()[0])

    def to_frame(self, *, wide: bool = False, scenario: Any = None) -> Any:
        """Return a pandas data frame.

        Parameters
        ----------
        wide
            The columns of the main table, instead of a row for every number with the columns of
            every other result, so that `pandas.concat` stacks them.
        scenario
            The scenario that it is of, or its name, for the columns `scenario` and `digest`.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        from coopetition.output.frame import long_frame, wide_frame

        if wide:
            return wide_frame(self.tables()[0])
        name = getattr(scenario, "name", scenario)
        labels = {} if scenario is None else {"scenario": str(name)}
        if hasattr(scenario, "digest"):
            labels["digest"] = scenario.digest
        return long_frame(self.long_table(), **labels)

    def to_latex(self) -> str:
        """Return the main table as LaTeX, with caption and notes; it needs the package booktabs."""
        from coopetition.output.export import noted
        from coopetition.output.latex import latex

        return latex(noted(self.tables()[0], self._origin()))

    def write(self, path: str | Path) -> None:
        """Write the main table, or the JSON form, by the file's ending.

        Raises
        ------
        InvalidInputError
            If the ending is of no table, or the file cannot be written.
        """
        from coopetition.output.export import write_table

        write_table(path, self._origin(), self.tables()[0])

    def plot(self, picture: str | None = None, ax: Any = None) -> Any:
        """Draw the result.

        Parameters
        ----------
        picture
            Which, if there are several; the first if None.
        ax
            A matplotlib axis, for a picture of one panel.

        Returns
        -------
        matplotlib.axes.Axes or list of them
            What was drawn on.

        Raises
        ------
        InvalidInputError
            If there is no such picture, or none at all.
        MissingDependencyError
            If matplotlib is not installed.
        """
        known = self.pictures()
        if not known:
            raise InvalidInputError(
                f"{type(self).__name__} has no picture: it has no numbers by organization"
            )
        name = next(iter(known), "") if picture is None else picture
        if name not in known:
            near = did_you_mean(str(name), known) or f": it must be one of {', '.join(known)}"
            raise InvalidInputError(f"there is no picture {name!r:.60}{near}")
        return known[name](self, ax=ax)

    def _repr_html_(self) -> str:
        from coopetition.output.export import noted
        from coopetition.output.html import html

        main, *others = self.tables()
        return "\n".join(map(html, (noted(main, self._origin()), *others)))

    def _origin(self) -> dict[str, Any]:
        """Return the JSON form with the version of what made it."""
        return {"version": __version__, **self.to_dict()}
