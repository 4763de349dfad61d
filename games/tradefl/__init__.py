"""The TradeFL-style game: a fraction of the data and a CPU frequency each."""
