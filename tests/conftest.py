"""Which examples hypothesis draws: always the same ones, so that a test that passed passes again.

`make explore` draws new ones.
"""

from hypothesis import settings

settings.register_profile("same", derandomize=True)
settings.register_profile("new", derandomize=False, print_blob=True)
settings.load_profile("same")
