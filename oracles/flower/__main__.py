"""``python -m coopetition.oracles.flower '<JSON>'``: the reference task, trained by Flower."""

import sys

from coopetition.oracles.flower.reference import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
