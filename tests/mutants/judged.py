"""Mutants that change nothing that anybody can see: (module, line, change) and why."""

JUDGED: dict[tuple[str, str, str], str] = {
    (
        "games/checker/curves.py",
        "total += (right - left) * self.slope((left + right) / 2)[0]  # linear between knots",
        "0 -> 1",
    ): "an exact slope is a pair of the same number twice",
    # mechanisms, oracles, studies
    (
        "oracles/ledger.py",
        "part = keys[start : start + 500]",
        "500 -> 501",
    ): "one key is looked up twice, with the same answer",
    (
        "studies/payments.py",
        "_EXACT = Context(prec=400)  # digits: sums of any amounts that floats can hold, "
        "without rounding",
        "400 -> 401",
    ): "both are more digits than any sum of floats has before its cents",
    (
        "studies/payments.py",
        "for value in (*amounts, 0.0 if total is None else total):",
        "0.0 -> 1.0",
    ): "stands for any finite number where there is no total",
    (
        "studies/verdicts.py",
        'done = "pays" if paid > 0 else "keeps"',
        "paid > 0 -> paid >= 0",
    ): "of nothing another sentence is said",
    (
        "studies/outside.py",
        "form = replace(game.form, weight=game.value, skew=game.personal_scale * game.value, "
        "base=0.0)",
        "0.0 -> 1.0",
    ): "a best response is told what the others bring, and does not ask the form",
    (
        "studies/outside.py",
        "x = concave_responses(form, game.local_data, 0.5 * form.upper)",
        "0.5 * form.upper -> 0.5 / form.upper",
    ): "where a search starts that ends at the only maximum",
    (
        "studies/outside.py",
        "x = concave_responses(form, game.local_data, 0.5 * form.upper)",
        "0.5 -> 50.0",
    ): "where a search starts that ends at the only maximum",
    (
        "mechanisms/settlement.py",
        "_PAIRS = 120  # more are not counted together with the money: hopeless in that time",
        "120 -> 121",
    ): "16 organizations have 120 pairs, 17 have 136",
    (
        "studies/target.py",
        "if high - weight <= 1e-12:",
        "if high - weight <= 1e-12: … -> if False: …",
    ): "at most 20 more halvings of an interval of 1e-12",
    (
        "studies/designed.py",
        "samples: Sequence[CoopetitionRound] = field(default=(), repr=False)",
        "False -> True",
    ): "what a repr leaves out",
    (
        "studies/designed.py",
        "if self.rule is None or isinstance(self.settlement, Conflict):",
        "self.rule is None or isinstance(self.settlement, Conflict) -> self.rule is None and "
        "isinstance(self.settlement, Conflict)",
    ): "a conflict has no rule, and whatever is no conflict has one",
}
