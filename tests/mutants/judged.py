"""Mutants that change nothing that anybody can see: (module, line, change) and why."""

# fmt: off
JUDGED: dict[tuple[str, str, str], str] = {
    ("games/certificate.py",
     "for n in np.flatnonzero((form.weight < 0) & (form.upper > 0)):",
     "form.upper > 0 -> form.upper >= 0"):
        "who can only bring 0 gains 0 either way",
    ("games/certificate.py",
     "near = 1e-8 * (y + 1e-8 * box.upper)",
     "1e-08 * box.upper -> 1e-08 / box.upper"):
        "how far beyond a computed answer its sign change is looked for: both bounds hold",
    ("games/certificate.py",
     "tangent = np.where(where == x, 0.0, slope * (where - x))",
     "0.0 -> 1.0"):
        "where the answer is x, what is gained is 0, and the smaller counts",
    ("games/certificate.py",
     "turned = slope * slope_at(form, rest, end)[0] <= 0",
     "slope * slope_at(form, rest, end)[0] <= 0 -> slope * slope_at(form, rest, end)[0] < 0"):
        "a slope of exactly 0 at either point: what lies beyond is bounded by 0 or as before",
    ("games/certificate.py",
     "where[n], gained[n], bound[n] = 0.0, 0.0, 0.0",
     "0.0 -> 1.0"):
        "nobody is told where who gains nothing goes; the other two zeros are tested",
    ("games/checker/curves.py",
     "total += (right - left) * self.slope((left + right) / 2)[0]  # linear between knots",
     "0 -> 1"):
        "an exact slope is a pair of the same number twice",
    ("games/checker/numbers.py",
     "BITS = 192",
     "192 -> 193"):
        "one bit more; proofs hold with any",
    ("games/checker/numbers.py",
     "LARGEST = 1_000_000  # of an exponent",
     "1000000 -> 1000001"):
        "a limit against files that take for ever",
    ("games/checker/numbers.py",
     "for k in range(64):",
     "64 -> 65"):
        "one term more than it takes",
    ("games/checker/numbers.py",
     "term = rounded(term * z * z, up=term > 0)",
     "0 -> 1"):
        "the remainder covers the rounding of terms, up or down",
    ("games/checker/numbers.py",
     "term = rounded(term * z * z, up=term > 0)",
     "term > 0 -> term >= 0"):
        "0 is not rounded",
    ("games/checker/numbers.py",
     "under = bottom if shift >= 0 else bottom << -shift",
     "0 -> 1"):
        "a shift by 0 is none",
    ("mechanisms/settlement/settlement.py",
     "_PAIRS = 120  # more are not counted together with the money: hopeless in that time",
     "120 -> 121"):
        "16 organizations have 120 pairs, 17 have 136",
    ("oracles/ledger/ledger.py",
     "part = keys[start : start + 500]",
     "500 -> 501"):
        "one key is looked up twice, with the same answer",
    ("solvers/batch/branch.py",
     "bend = goal.quadratic_cost + 2.0 * fraction(skew, goal.data + x, 3)",
     "goal.data + x -> goal.data - x"):
        "a derivative for Newton: the same root in other steps",
    ("solvers/batch/branch.py",
     "if not live.any():",
     "if not live.any(): … -> if False: …"):
        "prices that no longer change are tried again: only slower",
    ("solvers/batch/branch.py",
     "inside = (new > low.price) & (new < high.price) & (step % 4 > 0)",
     "0 -> 1"):
        "how often a step is Newton's: any price is a bound, and as few boxes are enough",
    ("solvers/batch/branch.py",
     "start = (k + 0.5) / FIRST * most",
     "(k + 0.5) / FIRST -> (k + 0.5) * FIRST"):
        "where Newton starts; cut to the box, the same root",
    ("solvers/batch/relaxed.py",
     "if self.knee is None or self.tilt is None:",
     "self.knee is None or self.tilt is None -> self.knee is None and self.tilt is None"):
        "both are None, or neither",
    ("solvers/batch/relaxed.py",
     "if self.pull.all():",
     "self.pull.all -> self.pull.any"):
        "slopes are finite, and 0 times them is 0",
    ("solvers/batch/relaxed.py",
     "knee = np.where(depth > 0, touch, boxes.least)",
     "depth > 0 -> depth >= 0"):
        "at depth 0 they touch at the least, or nowhere",
    ("solvers/batch/relaxed.py",
     "knee, tilt = _envelope(goal, boxes) if bent else (None, None)",
     "_envelope(goal, boxes) if bent else (None, None) -> _envelope(goal, boxes) if True else (None, None)"):
        "without a negative v_n every knee is the least: only slower",
    ("solvers/finite/bimatrix/check.py",
     "loss = float(Fraction(min(losses), reach * sum(other) or 1)) if losses else float(\"inf\")",
     "1 -> 2"):
        "where nothing is in reach the loss is 0",
    ("solvers/finite/bimatrix/check.py",
     "reach = max((abs(row[j]) for row in payoffs for j, w in enumerate(other) if w), default=0)",
     "0 -> 1"):
        "every mixture uses something: the default is never asked for",
    ("solvers/finite/bimatrix/subsets.py",
     "MOST = 100_000  # sets compared: some tenths of a second",
     "100000 -> 100001"):
        "one set more before they are too many",
    ("solvers/finite/bimatrix/subsets.py",
     "if work > MOST:",
     "work > MOST -> work >= MOST"):
        "one set less before they are too many",
    ("solvers/finite/verify.py",
     "NOISE = 1e-7, 1e-12  # probabilities that rounding may have left, first tried without",
     "1e-07 -> 9.999999999999999e-06"):
        "what is no equilibrium without them is tried with them",
    ("solvers/finite/verify.py",
     "SIMPLE = 10**6  # the largest denominator that is guessed",
     "10 -> 11"):
        "a guess, which is proved or not taken",
    ("solvers/finite/verify.py",
     "if game.exact:",
     "if game.exact: … -> if True: …"):
        "a fraction that is put into floats is a float",
    ("solvers/finite/verify.py",
     "if not all(abs(own.sum() - 1) < SAME for own in cut):  # no NaN passes `>`",
     "abs(own.sum() - 1) < SAME -> abs(own.sum() - 1) <= SAME"):
        "a difference that is 1e-6 to the last bit",
    ("solvers/finite/verify.py",
     "return all(np.abs(a.astype(float) - b.astype(float)).max() < SAME for a, b in pairs)",
     "np.abs(a.astype(float) - b.astype(float)).max() < SAME -> np.abs(a.astype(float) - b.astype(float)).max() <= SAME"):
        "a difference that is 1e-6 to the last bit",
    ("solvers/finite/verify.py",
     "used = np.array([np.count_nonzero(own > TIE) for own in floats]) - 1",
     "own > TIE -> own >= TIE"):
        "a probability that is 1e-7 to the last bit",
    ("solvers/planner/planner.py",
     "if not game.harm.any():",
     "if not game.harm.any(): … -> if False: …"):
        "the climb finds the same optimum, within the tolerance, as fast",
    ("solvers/planner/planner.py",
     "left = float(gap[0]) if profile is x else max(most - float(game.welfare(profile)), 0.0)",
     "0 -> 1"):
        "both rows are the same round",
    ("studies/design/result.py",
     "if self.rule is None or isinstance(self.settlement, Conflict):",
     "self.rule is None or isinstance(self.settlement, Conflict) -> self.rule is None and isinstance(self.settlement, Conflict)"):
        "a conflict has no rule, and whatever is no conflict has one",
    ("studies/design/result.py",
     "samples: Sequence[CoopetitionRound] = field(default=(), repr=False)",
     "False -> True"):
        "what a repr leaves out",
    ("studies/outside/outside.py",
     "form = replace(game.form, weight=game.value, skew=game.personal_scale * game.value, base=0.0)",
     "0.0 -> 1.0"):
        "a best response is told what the others bring, and does not ask the form",
    ("studies/outside/outside.py",
     "x = concave_responses(form, game.local_data, 0.5 * form.upper)",
     "0.5 * form.upper -> 0.5 / form.upper"):
        "where a search starts that ends at the only maximum",
    ("studies/outside/outside.py",
     "x = concave_responses(form, game.local_data, 0.5 * form.upper)",
     "0.5 -> 50.0"):
        "where a search starts that ends at the only maximum",
    ("studies/play/payments.py",
     "_EXACT = Context(prec=400)  # digits: sums of any amounts that floats can hold, without rounding",
     "400 -> 401"):
        "both are more digits than any sum of floats has before its cents",
    ("studies/play/payments.py",
     "for value in (*amounts, 0.0 if total is None else total):",
     "0.0 -> 1.0"):
        "stands for any finite number where there is no total",
    ("studies/design/target.py",
     "if high - weight <= 1e-12:",
     "if high - weight <= 1e-12: … -> if False: …"):
        "at most 20 more halvings of an interval of 1e-12",
    ("studies/audit/verdicts.py",
     "done = \"pays\" if paid > 0 else \"keeps\"",
     "paid > 0 -> paid >= 0"):
        "of nothing another sentence is said",
}
