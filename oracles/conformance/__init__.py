"""Whether a backend keeps what it promises."""
