"""The TradeFL-style game solved: best responses, and generalized Benders decomposition."""
