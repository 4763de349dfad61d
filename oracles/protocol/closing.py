"""What is closed where its `with` block ends."""

from typing import Self


class Closing:
    """A base for what has `close`."""

    def close(self) -> None:
        """Release what is held."""

    def __enter__(self) -> Self:
        """Return the object itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()
