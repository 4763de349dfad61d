"""All benchmarks, one after the other: `python -m benchmarks [--check]`, about 30 minutes."""

import subprocess
import sys

NAMES = (
    "run", "growth", "trainings", "division", "design", "finite", "batch", "sensitivity",
    "competition", "several", "sweep", "proofs", "verification", "measured", "startup",
)  # fmt: skip


def main() -> int:
    """Run each in a process of its own; 1 where one failed or missed a target."""
    options = sys.argv[1:]
    if options not in ([], ["--check"]):
        print("usage: python -m benchmarks [--check]", file=sys.stderr)
        return 2
    failed = []
    for name in NAMES:
        print(f"\n# {name}\n", flush=True)
        done = subprocess.run([sys.executable, "-m", f"benchmarks.{name}", *options])
        failed += [name] if done.returncode else []
    if failed:
        print(f"\nmissed a target, or failed: {', '.join(failed)}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
