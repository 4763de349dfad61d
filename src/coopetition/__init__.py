"""Incentives among organizations that train a model together and compete in the market."""
# games/, solvers/, mechanisms/, oracles/ and studies/ beside this file are links to the
# folders at the top of the repository: wheels copy them here, editable installs follow them.

__version__ = "0.1.0"
