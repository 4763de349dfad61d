"""``python -m coopetition.oracles.nvflare '<JSON>'``: the reference task, trained by FLARE."""

import sys

from coopetition.oracles.nvflare.reference import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
