"""From measured gains to a gain curve."""
