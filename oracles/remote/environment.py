"""Which of our environment variables a started program gets: those below, and named ones.

An environment often holds secrets of other programs: keys of a cloud, tokens of a server. A
learning stack gets what says where it runs and how many threads it may use, and nothing else that
is not named.
"""

import os
from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

from coopetition.games.errors import InvalidInputError

BASE = tuple(
    """
    PATH HOME USER LOGNAME SHELL PWD TERM TZ LANG LANGUAGE LC_* TMPDIR TMP TEMP XDG_*
    PYTHON* VIRTUAL_ENV CONDA_PREFIX CONDA_DEFAULT_ENV LD_LIBRARY_PATH DYLD_*
    *_NUM_THREADS OMP_* MKL_* OPENBLAS_* KMP_* CUDA_* NVIDIA_VISIBLE_DEVICES *_VISIBLE_DEVICES
    SSL_CERT_FILE SSL_CERT_DIR SOURCE_DATE_EPOCH
    SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE USERNAME APPDATA LOCALAPPDATA
    PROGRAMDATA NUMBER_OF_PROCESSORS PROCESSOR_ARCHITECTURE
    """.split()
)
STACKS = ("FLWR_*", "RAY_*", "NVFLARE_*")  # settings of the learning stacks that we start


def worker_environment(named: Sequence[str] = (), patterns: Sequence[str] = BASE) -> dict[str, str]:
    """Return the environment of a program: variables that a pattern fits, and those named.

    Parameters
    ----------
    named
        Variables that the program gets besides.
    patterns
        Names with ``*`` for any letters.

    Raises
    ------
    InvalidInputError
        If a variable that is named is not set.

    Examples
    --------
    >>> import os
    >>> os.environ["DATA_KEY"] = "secret"
    >>> "PATH" in worker_environment(), "DATA_KEY" in worker_environment()
    (True, False)
    >>> worker_environment(["DATA_KEY"])["DATA_KEY"]
    'secret'
    >>> worker_environment(["DATA_KEYS"])
    Traceback (most recent call last):
    coopetition.games.errors.InvalidInputError: `env` names DATA_KEYS, which is not set
    """
    ours: Mapping[str, str] = os.environ
    for name in named:
        if name not in ours:
            raise InvalidInputError(f"`env` names {name}, which is not set")
    return {
        name: value
        for name, value in ours.items()
        if name in named or any(fnmatchcase(name.upper(), pattern) for pattern in patterns)
    }
