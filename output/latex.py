"""A table as LaTeX, for `booktabs`: to be put into a paper as it is."""

import re

from coopetition.output.markdown import one_row
from coopetition.output.table import Table

LETTERS = 55  # in a row: a table that has more is made as narrow as the text, where it is not
NARROWED = r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%"
_SPECIAL = {c: f"\\{c}" for c in "&%$#_{}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    "[": "{[}", "]": "{]}", "*": "{*}",  # after \\ they would be its options
}  # fmt: skip
_MATH = {  # what notes and formulas are made of, and no text font has
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "η": "eta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau",
    "φ": "varphi", "ω": "omega", "Φ": "Phi", "Σ": "Sigma", "Ω": "Omega", "Δ": "Delta",
    "−": "mathord{-}", "±": "pm", "×": "times", "÷": "div",
    "°": r"mathord{}^{\circ}", "²": "mathord{}^2",
    "≤": "le", "≥": "ge", "≠": "ne", "∈": "in", "∉": "notin", "∋": "ni", "∌": "not\\ni",
    "∂": "partial", "∞": "infty", "√": "surd", "·": "cdot", "↔": "leftrightarrow",
    "→": "rightarrow", "′": r"mathord{}^{\prime}", "≈": "approx",
}  # fmt: skip
_TEX = _SPECIAL | {letter: rf"\ensuremath{{\{name}}}" for letter, name in _MATH.items()}
_TEX |= {"–": "--", "…": r"\ldots{}", "“": "``", "”": "''"}
_NUMBER = re.compile(r"-?[\d,]+(\.\d+)?(e[+-]\d+)?")


def latex(table: Table) -> str:
    r"""Return a table as a LaTeX `table` with caption and notes, names escaped.

    It needs the packages booktabs and, if it is wide, graphicx. Letters of
    other scripts in names need an engine and a font that have them: Cyrillic with pdflatex
    `\usepackage[T1,T2A]{fontenc}`.

    Examples
    --------
    >>> from coopetition.output.table import Column
    >>> print(latex(Table("Payoffs", (
    ...     Column("organization", "organization", ["A&B", "C_1"], kind="name"),
    ...     Column("payoff", "payoff", [-1.5, None], "EUR"),
    ... ), ("In euros.",))))
    \begin{table}
    \centering
    \caption{Payoffs}
    \begin{tabular}{lr}
    \toprule
    organization & payoff \\
     & EUR \\
    \midrule
    A\&B & $-1.5$ \\
    C\_1 & -- \\
    \bottomrule
    \end{tabular}
    \par\smallskip\begin{minipage}{0.95\linewidth}\footnotesize
    In euros.
    \end{minipage}
    \end{table}
    """
    cells = table.cells()
    whole = [cells.heads, cells.units, *cells.rows]
    wide = sum(max(map(len, column)) + 2 for column in zip(*whole, strict=True)) > LETTERS
    lines = [r"\begin{table}", r"\centering"]
    lines += [rf"\caption{{{escaped(table.title)}}}"] if table.title else []
    lines += [NARROWED] if wide else []
    lines += [rf"\begin{{tabular}}{{{''.join('l' if left else 'r' for left in cells.left)}}}"]
    heads = [cells.heads, cells.units] if any(cells.units) else [cells.heads]
    lines += [r"\toprule", *(_line([escaped(text) for text in row]) for row in heads)]
    lines += [
        r"\midrule",
        *(
            _line(
                [
                    escaped(text) if left else _cell(text)  # a name may look like a number
                    for text, left in zip(row, cells.left, strict=True)
                ]
            )
            for row in cells.rows
        ),
    ]
    lines += [r"\bottomrule", r"\end{tabular}" + "}" * wide]
    if notes := table.remarks():
        lines += [r"\par\smallskip\begin{minipage}{0.95\linewidth}\footnotesize"]
        lines += [escaped(" ".join(notes)), r"\end{minipage}"]
    return "\n".join([*lines, r"\end{table}"])


def escaped(text: str) -> str:
    r"""Return a text as one line that LaTeX shows as it stands.

    Examples
    --------
    >>> print(escaped("50 % & κ"))
    50 \% \& \ensuremath{\kappa}
    """
    letters = one_row(text)
    return "".join(
        _TEX.get(one, one) + "{}" * (one == after and one in "-'")  # two would be another sign
        for one, after in zip(letters, f"{letters[1:]} ", strict=False)
    )


def _line(texts: list[str]) -> str:
    return " & ".join(texts) + r" \\"


def _cell(text: str) -> str:
    """Return a cell: a number with a true minus and a power of ten, a text escaped."""
    found = _NUMBER.fullmatch(text)
    if not found or not (text.startswith("-") or found[2]):
        return escaped(text)
    value, _, power = text.partition("e")
    value = value.replace(",", "{,}")
    return rf"${value}\times10^{{{int(power)}}}$" if power else f"${value}$"
