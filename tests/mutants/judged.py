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
     "for n in np.flatnonzero((form.weight < 0) & (form.upper > 0)):",
     "form.weight < 0 -> form.weight <= 0"):
        "with the weight 0 both ways bound the same concave own terms",
    ("games/certificate.py",
     "near = 1e-8 * (y + 1e-8 * box.upper)",
     "1e-08 -> 1e-06"):
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
    ("games/checker/document.py",
     "stated = document.get(\"tolerance\", 0)",
     "0 -> 1"):
        "stands for any good tolerance where none is stated",
    ("games/checker/numbers.py",
     "halvings = (value.numerator // value.denominator).bit_length() + 9",
     "9 -> 10"):
        "one halving more than it takes; bounds hold with any",
    ("games/checker/numbers.py",
     "return total + 2 * term * small if up else total",
     "total + 2 * term * small if up else total -> total + 2 * term * small if True else total"):
        "what is added is below 2^-300, and rounding down has lost more",
    ("games/checker/numbers.py",
     "return total + 2 * term * small if up else total",
     "2 -> 3"):
        "a term below 2^-280, where rounding up costs 2^-191: one rounding higher at most",
    ("games/checker/numbers.py",
     "left = 2 * abs(term) / (1 - square) + Fraction(1, 2 ** (BITS - 8))",
     "1 -> 2"):
        "the remainder is below 2^-209: its bound is far above, 2^-184 or twice that",
    ("games/checker/numbers.py",
     "left = 2 * abs(term) / (1 - square) + Fraction(1, 2 ** (BITS - 8))",
     "2 * abs(term) / (1 - square) -> 2 * abs(term) * (1 - square)"):
        "the remainder is below 2^-209: its bound is far above, 2^-184",
    ("games/checker/numbers.py",
     "return total + 2 * term * small if up else total",
     "total + 2 * term * small -> total - 2 * term * small"):
        "what is taken away is below 2^-280, and rounding up has added more",
    ("games/checker/numbers.py",
     "return exp(rounded(min(ends), up=False))[0], exp(rounded(max(ends), up=True))[1]",
     "False -> True"):
        "one rounding more inwards, of the hundreds outwards that exp makes of it",
    ("games/checker/numbers.py",
     "return Fraction(whole, 1 << shift) if shift >= 0 else Fraction(whole << -shift)",
     "shift >= 0 -> shift > 0"):
        "a shift by 0 is none",
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
    ("games/finite/tolerance.py",
     "if ROUNDING * size <= TOLERANCE * change:",
     "ROUNDING * size <= TOLERANCE * change -> ROUNDING * size < TOLERANCE * change"):
        "a change that is so small a part of its payoffs to the last bit; 0 of 0 is 0 either way",
    ("games/rigor/enclosure.py",
     "return Interval(values * (1 - slack) - 1e-300, values * (1 + slack) + 1e-300)",
     "1e-300 -> 1.0000000000000001e-298"):
        "room for what underflows; proofs hold with any",
    ("games/rigor/interval.py",
     "slack = 2.0 * (count + 64.0) * 2.0**-53 * size + 5e-324  # twice what that sum can miss",
     "5e-324 -> 4.94e-322"):
        "room for what underflows; proofs hold with any",
    ("games/rigor/interval.py",
     "if self.low is self.high:  # two numbers each: one product",
     "if self.low is self.high: … -> if False: …"):
        "the same product is made twice",
    ("games/rigor/proof.py",
     "total = Interval.of(np.where(skewed, base.local_data, 1.0)) + at",
     "1.0 -> 100.0"):
        "stands where there is no skew: the quotient by it is not taken",
    ("games/rigor/exact.py",
     "LIMIT = 2000  # organizations: products with a matrix are exact, one entry after the other",
     "2000 -> 2001"):
        "a limit against what takes for ever",
    ("games/rigor/proof.py",
     "skewed = known.skew.high > 0",
     "known.skew.high -> known.skew.low"):
        "they differ where a skew is next to the smallest float: what is left out is no more",
    ("games/rigor/proof.py",
     "rest = np.flatnonzero((regret > tolerance) & (known.weight.low >= 0))",
     "regret > tolerance -> regret >= tolerance"):
        "a regret that is the tolerance to the last bit: proved as before, or a little less",
    ("games/rigor/proof.py",
     "rest = np.flatnonzero((regret > tolerance) & (known.weight.low >= 0))",
     "known.weight.low -> known.weight.high"):
        "a weight that may be of either sign is refused before, or moves nothing",
    ("games/rigor/proof.py",
     "if bound < regret[n]:",
     "bound < regret[n] -> bound <= regret[n]"):
        "the same bound, shown by a point that need not be told",
    ("games/rigor/one_player.py",
     "iv.prec = 100",
     "100 -> 101"):
        "one bit more; proofs hold with any",
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
    ("solvers/batch/relaxed_welfare.py",
     "if self.knee is None or self.tilt is None:",
     "self.knee is None or self.tilt is None -> self.knee is None and self.tilt is None"):
        "both are None, or neither",
    ("solvers/batch/relaxed_welfare.py",
     "if self.pull.all():",
     "self.pull.all -> self.pull.any"):
        "slopes are finite, and 0 times them is 0",
    ("solvers/batch/relaxed_welfare.py",
     "knee = np.where(depth > 0, touch, boxes.least)",
     "depth > 0 -> depth >= 0"):
        "at depth 0 they touch at the least, or nowhere",
    ("solvers/batch/relaxed_welfare.py",
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
    ("studies/statics/differences.py",
     "x = np.where(x <= MOVE * MOVE * top, 0.0, np.where(x >= (1 - MOVE * MOVE) * top, top, x))",
     "x <= MOVE * MOVE * top -> x < MOVE * MOVE * top"):
        "a contribution that is 1e-8 of its bound to the last bit",
    ("studies/statics/differences.py",
     "x = np.where(x <= MOVE * MOVE * top, 0.0, np.where(x >= (1 - MOVE * MOVE) * top, top, x))",
     "x >= (1 - MOVE * MOVE) * top -> x > (1 - MOVE * MOVE) * top"):
        "a contribution that is 1e-8 below its bound to the last bit",
    ("studies/statics/differences.py",
     "x = np.where(x <= MOVE * MOVE * top, 0.0, np.where(x >= (1 - MOVE * MOVE) * top, top, x))",
     "1 -> 2"):
        "who is that near to its bound is there a step later",
    ("studies/statics/differences.py",
     "x = np.where(x <= MOVE * MOVE * top, 0.0, np.where(x >= (1 - MOVE * MOVE) * top, top, x))",
     "1 - MOVE * MOVE -> 1 + MOVE * MOVE"):
        "who is that near to its bound is there a step later",
    ("studies/statics/differences.py",
     "step = np.clip(step, -0.25 * unit, 0.25 * unit)",
     "0.25 -> 25.0"):
        "how far one step of Newton's may go: where it ends is certified",
    ("studies/statics/differences.py",
     "SHRINK = 3  # times a step is cut to an eighth where the active set changes within it",
     "3 -> 4"):
        "one try more before it is said that nothing is known",
    ("studies/statics/differences.py",
     "SWEEPS = 40",
     "40 -> 41"):
        "one step more of Newton's, which is done before",
    ("studies/statics/differences.py",
     "(game, rule), tiny = at(0.0), 1e-9",
     "1e-09 -> 1.0000000000000001e-07"):
        "a step by which a slope is seen: any small one",
    ("studies/statics/differences.py",
     "reach = 1e-3 * top[who]",
     "0.001 -> 0.1"):
        "a derivative for Newton: the same root in other steps",
    ("studies/statics/differences.py",
     "up = np.where(x[who] + reach <= top[who], reach, -reach)",
     "x[who] + reach <= top[who] -> x[who] + reach < top[who]"):
        "a derivative for Newton, at the other side: the same root",
    ("studies/statics/differences.py",
     "return np.asarray(((force[:-1] - force[-1])[:, who] / (up / top[who])[:, None]).T)",
     "force[:-1] - force[-1] -> force[:-1] + force[-1]"):
        "a derivative for Newton: the same root, where the force is 0, in other steps",
    ("studies/statics/events.py",
     "second = piece.second[int(rise > 0)]",
     "rise > 0 -> rise >= 0"):
        "what it is multiplied with is 0 then",
    ("studies/statics/events.py",
     "STEPS = 16  # at least so many solves on the way to the end of the range",
     "16 -> 17"):
        "one step more than the least",
    ("studies/statics/events.py",
     "LIMIT = 200  # solves",
     "200 -> 201"):
        "one solve more before it is said that there were too many",
    ("studies/statics/events.py",
     "sign = 1.0 if end > start else -1.0",
     "end > start -> end >= start"):
        "where they are equal there is an answer before",
    ("studies/statics/events.py",
     "for step in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5):",
     "1e-09 -> 1.0000000000000001e-07"):
        "one of five looks behind a kink: what it would see is seen by the others",
    ("studies/statics/events.py",
     "for step in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5):",
     "1e-08 -> 1e-06"):
        "one of five looks behind a kink: what it would see is seen by the others",
    ("studies/statics/events.py",
     "for step in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5):",
     "1e-07 -> 9.999999999999999e-06"):
        "one of five looks behind a kink: what it would see is seen by the others",
    ("studies/statics/events.py",
     "for step in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5):",
     "1e-06 -> 9.999999999999999e-05"):
        "one of five looks behind a kink: what it would see is seen by the others",
    ("studies/statics/events.py",
     "for step in (1e-9, 1e-8, 1e-7, 1e-6, 1e-5):",
     "1e-05 -> 0.001"):
        "one of five looks behind a kink: what it would see is seen by the others",
    ("studies/statics/events.py",
     "while abs(high - low) > 1e-12 * max(abs(low), abs(high)):",
     "max(abs(low), abs(high)) -> min(abs(low), abs(high))"):
        "more halvings, where an end is near 0: the same event",
    ("studies/design/target.py",
     "if abs(most - float(self.unit @ best)) <= _CLOSE * most:",
     "if abs(most - float(self.unit @ best)) <= _CLOSE * most: … -> if False: …"):
        "more halvings, closer than is asked",
    ("studies/design/target.py",
     "slack = max(self.planner.welfare - self.floor, 1e-9 * abs(self.planner.welfare))",
     "self.planner.welfare - self.floor -> self.planner.welfare + self.floor"):
        "the unit in which welfare is weighed on the path: its end is the same",
    ("studies/design/target.py",
     "slack = max(self.planner.welfare - self.floor, 1e-9 * abs(self.planner.welfare))",
     "1e-09 -> 1.0000000000000001e-07"):
        "the unit in which welfare is weighed on the path: its end is the same",
    ("studies/design/target.py",
     "width = np.where(top > 0, top, 1.0)",
     "1.0 -> 100.0"):
        "who can bring nothing brings nothing in any unit",
    ("studies/design/target.py",
     "options={\"ftol\": 1e-15, \"gtol\": 1e-12, \"maxiter\": 2000},",
     "1e-15 -> 1e-13"):
        "how near the optimum a search stops: the gap that is stated is a bound at any profile",
    ("studies/design/target.py",
     "if high - weight <= 1e-12:",
     "if high - weight <= 1e-12: … -> if False: …"):
        "at most 20 more halvings of an interval of 1e-12",
    ("studies/audit/verdicts.py",
     "return Property(\"free-for-the-mediator\", paid <= small, how, witness)",
     "paid <= small -> paid < small"):
        "a payment that is the rounding to the last bit",
    ("studies/audit/verdicts.py",
     "open_ = not study.planner.success and missing + study.planner.gap > small",
     "missing + study.planner.gap > small -> missing + study.planner.gap >= small"):
        "a sum that is the unit to the last bit",
    ("studies/audit/verdicts.py",
     "if found.excess <= units_of(study)[list(found.coalition)].sum():",
     "found.excess <= units_of(study)[list(found.coalition)].sum() -> found.excess < units_of(study)[list(found.coalition)].sum()"):
        "an excess that is the unit to the last bit",
    ("studies/audit/verdicts.py",
     "done = \"pays\" if paid > 0 else \"keeps\"",
     "paid > 0 -> paid >= 0"):
        "of nothing another sentence is said",
    ("mechanisms/settlement/conflict.py",
     "_SECONDS = 10.0  # for all sets of constraints whose contracts are counted",
     "10.0 -> 1000.0"):
        "only for how long is looked",
    ("mechanisms/settlement/conflict.py",
     "number = left[-1]  # alone it may be too small for those who need a partner",
     "-1 -> 1"):
        "what is tried first: taken away one by one they end at the same set",
    ("mechanisms/settlement/conflict.py",
     "number = left[-1]  # alone it may be too small for those who need a partner",
     "1 -> 2"):
        "what is tried first: taken away one by one they end at the same set",
    ("mechanisms/settlement/conflict.py",
     "for part in ([label for label in left if label != number], *([label] for label in left)):",
     "label != number -> label == number"):
        "what is tried first: taken away one by one they end at the same set",
    ("mechanisms/settlement/conflict.py",
     "if len(rest) == len(left):",
     "if len(rest) == len(left): … -> if False: …"):
        "the same set is asked again",
    ("mechanisms/settlement/conflict.py",
     "late = time.monotonic() > end",
     "time.monotonic() > end -> time.monotonic() >= end"):
        "a clock that is at the end to the last bit",
    ("mechanisms/settlement/conflict.py",
     "needed, program, set(needed.labels) - set(rest), _SECONDS / len(needed.labels)",
     "_SECONDS / len(needed.labels) -> _SECONDS * len(needed.labels)"):
        "only for how long is looked",
    ("mechanisms/settlement/conflict.py",
     "used[j, k], used[j, count + use] = 1.0, -1.0",
     "1.0 -> 100.0"):
        "of a use, 0 or 1, any factor bounds as well; the factor of the multiplier is tested",
    ("mechanisms/settlement/conflict.py",
     "chosen = answer.x[count:] > 0.5",
     "answer.x[count:] > 0.5 -> answer.x[count:] >= 0.5"):
        "whole numbers, to 1e-6",
    ("mechanisms/fees.py",
     "short = surplus < -rounding(have, own).sum(axis=-1)",
     "surplus < -rounding(have, own).sum(axis=-1) -> surplus <= -rounding(have, own).sum(axis=-1)"):
        "a shortage that is rounding to the last bit",
    ("mechanisms/fees.py",
     "if abs(total - whole) > float(rounding(have).sum() + rounding(table[[0, -1]]).sum()):",
     "abs(total - whole) > float(rounding(have).sum() + rounding(table[[0, -1]]).sum()) -> abs(total - whole) >= float(rounding(have).sum() + rounding(table[[0, -1]]).sum())"):
        "a difference that is rounding to the last bit",
    ("solvers/planner/planner.py",
     "scale = np.full(2, game.welfare_scale(start[0]))",
     "0 -> 1"):
        "both rows are the same round",
    ("solvers/planner/planner.py",
     "x = np.ascontiguousarray(profiles[:, 0])",
     "0 -> 1"):
        "both rows are the same round",
    ("solvers/planner/planner.py",
     "if not np.isfinite(x).all():",
     "if not np.isfinite(x).all(): … -> if False: …"):
        "a gap that is NaN is within no tolerance: only a warning more",
    ("solvers/planner/planner.py",
     "if not np.isfinite(x).all():",
     "np.isfinite(x).all -> np.isfinite(x).any"):
        "a gap that is NaN is within no tolerance: only a warning more",
    ("solvers/planner/planner.py",
     "root = concave_responses(alone, rest, 0.5 * form.upper)",
     "0.5 * form.upper -> 0.5 / form.upper"):
        "where a search starts that ends at the only root",
    ("solvers/planner/planner.py",
     "root = concave_responses(alone, rest, 0.5 * form.upper)",
     "0.5 -> 50.0"):
        "where a search starts that ends at the only root",
    ("solvers/batch/branch.py",
     "inside = (new > low.price) & (new < high.price) & (step % 4 > 0)",
     "new < high.price -> new <= high.price"):
        "how often a step is Newton's: any price is a bound, and as few boxes are enough",
    ("solvers/batch/branch.py",
     "inside = (new > low.price) & (new < high.price) & (step % 4 > 0)",
     "new > low.price -> new >= low.price"):
        "how often a step is Newton's: any price is a bound, and as few boxes are enough",
    ("solvers/batch/branch.py",
     "inside = (new > low.price) & (new < high.price) & (step % 4 > 0)",
     "step % 4 > 0 -> step % 4 >= 0"):
        "how often a step is Newton's: any price is a bound, and as few boxes are enough",
    ("solvers/batch/branch.py",
     "return pull * slope + own, bend - pull * goal.quality * fall",
     "pull * goal.quality -> pull / goal.quality"):
        "a derivative for Newton: the same root in other steps",
    ("solvers/finite/bimatrix/extreme_equilibria.py",
     "step = walk if exact else walk_filtered",
     "walk if exact else walk_filtered -> walk if False else walk_filtered"):
        "both walks see the same vertices: one is faster",
    ("solvers/finite/bimatrix/extreme_equilibria.py",
     "step = walk if exact else walk_filtered",
     "walk if exact else walk_filtered -> walk if True else walk_filtered"):
        "both walks see the same vertices: one is faster",
    ("solvers/finite/verify.py",
     "SIMPLE = 10**6  # the largest denominator that is guessed",
     "6 -> 7"):
        "a guess, which is proved or not taken",
    ("solvers/finite/bimatrix/walk_in_floats.py",
     "norm = np.where(norm < 0.01, norm / (1 - norm) * (1 + share), inf)",
     "norm < 0.01 -> norm <= 0.01"):
        "a bound that is 0.01 to the last bit",
    ("solvers/finite/bimatrix/walk_in_floats.py",
     "self.sizes = np.abs(left).sum(1) * (1 + self.share)",
     "np.abs(left).sum(1) * (1 + self.share) -> np.abs(left).sum(1) / (1 + self.share)"):
        "1e-14 of a bound of rounding, which is four times what it takes",
    ("solvers/finite/bimatrix/walk_in_floats.py",
     "self.sizes = np.abs(left).sum(1) * (1 + self.share)",
     "1 + self.share -> 1 - self.share"):
        "1e-14 of a bound of rounding, which is four times what it takes",
    ("mechanisms/settlement/settlement.py",
     "if tried[-1] is None and not program.late:",
     "-1 -> 1"):
        "two were tried by then",
    ("solvers/planner/planner.py",
     "left = float(gap[0]) if profile is x else max(most - float(game.welfare(profile)), 0.0)",
     "float(gap[0]) if profile is x else max(most - float(game.welfare(profile)), 0.0) -> float(gap[0]) if False else max(most - float(game.welfare(profile)), 0.0)"):
        "the same gap, but for the rounding of a sum",
    ("mechanisms/division/core.py",
     "DENOMINATOR = 10**6  # largest that is tried; those of N ≤ 12 are below 10^4",
     "6 -> 7"):
        "a guess, which is balanced in fractions or not taken",
    ("mechanisms/settlement/conflict.py",
     "minimal &= can is not None or len(part) > 1",
     "1 -> 2"):
        "of three constraints two are left out together: the number alone is decided at once",
    ("mechanisms/settlement/settlement.py",
     "few = tried[0] if tried[0] is not None and _number(tried[0]) <= asked else None",
     "tried[0] if tried[0] is not None and _number(tried[0]) <= asked else None -> tried[0] if True else None"):
        "needs are raised to below what all have without any payment, whatever was tried",
    ("solvers/finite/bimatrix/extreme_equilibria.py",
     "if not replies:  # the origin",
     "if not replies: … -> if False: …"):
        "the face of no strategies has its origin alone, which is left out",
    ("solvers/finite/bimatrix/extreme_equilibria.py",
     "if replies not in faces:",
     "if replies not in faces: … -> if True: …"):
        "the same face is walked again: only slower",
    ("solvers/planner/plan.py",
     "damaged: Index = np.flatnonzero(goal.concave & (goal.harm > 0).any(axis=0))",
     "goal.concave & (goal.harm > 0).any(axis=0) -> goal.concave | (goal.harm > 0).any(axis=0)"):
        "who is climbed besides is solved already, or is searched anew afterwards: only slower",
    ("solvers/finite/bimatrix/walk_in_floats.py",
     "wrong += norm[:, None] * (1 + share) * reach + UNDERFLOW",
     "norm[:, None] * (1 + share) -> norm[:, None] / (1 + share)"):
        "1e-14 of a bound of rounding, which is four times what it takes",
    ("solvers/finite/bimatrix/walk.py",
     "return best if len(tied) == 1 else self._first(tied, c)",
     "best if len(tied) == 1 else self._first(tied, c) -> best if False else self._first(tied, c)"):
        "the first of one is that one: only slower",
    ("studies/design/result.py",
     "if isinstance(found, Conflict) or self.rule is None:",
     "isinstance(found, Conflict) or self.rule is None -> isinstance(found, Conflict) and self.rule is None"):
        "a conflict has no rule, and whatever is no conflict has one",
    ("studies/design/target.py",
     "size = float(np.abs(slacks(start)).max()) or 1.0",
     "1.0 -> 100.0"):
        "the unit of slacks that are all exactly 0 at the start",
    ("studies/statics/parameters.py",
     "known = game.gain.slope_partials(max(float(game.local_data.sum()), 1.0))",
     "1.0 -> 100.0"):
        "where the partial derivatives are taken: only their names are read",
}
