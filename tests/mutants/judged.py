"""Mutants that change nothing that anybody can see: (module, line, change) and why."""

# fmt: off
JUDGED: dict[tuple[str, str, str], str] = {
    # -- games
    ("games/certificate.py", "near = 1e-8 * (y + 1e-8 * box.upper)",
     "1e-08 * box.upper -> 1e-08 / box.upper"):
        "how far beyond a computed answer its sign change is looked for: both bounds hold",
    ("games/certificate.py", "tangent = np.where(where == x, 0.0, slope * (where - x))",
     "0.0 -> 1.0"): "where the answer is x, what is gained is 0, and the smaller counts",
    ("games/certificate.py", "where[n], gained[n], bound[n] = 0.0, 0.0, 0.0", "0.0 -> 1.0"):
        "nobody is told where who gains nothing goes; the other two zeros are tested",
    ("games/certificate.py", "turned = slope * slope_at(form, rest, end)[0] <= 0",
     "slope * slope_at(form, rest, end)[0] <= 0 -> slope * slope_at(form, rest, end)[0] < 0"):
        "a slope of exactly 0 at either point: what lies beyond is bounded by 0 or as before",
    ("games/checker/curves.py",
     "total += (right - left) * self.slope((left + right) / 2)[0]  # linear between knots",
     "0 -> 1"): "an exact slope is a pair of the same number twice",
    ("games/checker/numbers.py", "term = rounded(term * z * z, up=term > 0)",
     "term > 0 -> term >= 0"): "0 is not rounded",
    ("games/checker/numbers.py", "under = bottom if shift >= 0 else bottom << -shift", "0 -> 1"):
        "a shift by 0 is none",
    # -- solvers
    ("solvers/batch/branch.py",
     "bend = goal.quadratic_cost + 2.0 * fraction(skew, goal.data + x, 3)",
     "goal.data + x -> goal.data - x"): "a derivative for Newton: the same root in other steps",
    ("solvers/batch/branch.py",
     "inside = (new > low.price) & (new < high.price) & (step % 4 > 0)", "0 -> 1"):
        "how often a step is Newton's: any price is a bound, and as few boxes are enough",
    ("solvers/batch/relaxed.py",
     "knee, tilt = _envelope(goal, boxes) if bent else (None, None)",
     "_envelope(goal, boxes) if bent else (None, None) -> "
     "_envelope(goal, boxes) if True else (None, None)"):
        "without a negative v_n every knee is the least: only slower",
    ("solvers/batch/relaxed.py", "if self.pull.all():", "self.pull.all -> self.pull.any"):
        "slopes are finite, and 0 times them is 0",
    ("solvers/batch/relaxed.py", "knee = np.where(depth > 0, touch, boxes.least)",
     "depth > 0 -> depth >= 0"): "at depth 0 they touch at the least, or nowhere",
    ("solvers/batch/relaxed.py", "if self.knee is None or self.tilt is None:",
     "self.knee is None or self.tilt is None -> self.knee is None and self.tilt is None"):
        "both are None, or neither",
}
