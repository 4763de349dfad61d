"""Mutants that change nothing that anybody can see: (module, line, change) and why."""

JUDGED: dict[tuple[str, str, str], str] = {
    (
        "games/checker/curves.py",
        "total += (right - left) * self.slope((left + right) / 2)[0]  # linear between knots",
        "0 -> 1",
    ): "an exact slope is a pair of the same number twice",
}
