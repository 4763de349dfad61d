"""Speed, as ratios measured in one run; one thread, so that CPU time is comparable."""

import os

# Read by the libraries when NumPy is first imported, so before every other import.
for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[_name] = "1"
