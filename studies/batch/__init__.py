"""Studies of thousands of rounds at once: rules, fees and outside options, a row a round.

A row's answer has the same bits alone and among thousands.
"""
