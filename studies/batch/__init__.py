"""Studies of thousands of rounds at once: rules, fees and outside options, one row per round.

A row's answer has the same bits alone and among thousands.
"""
