"""The size of a volume of neurons."""

from typing import NamedTuple


class Shape(NamedTuple):
    """A volume of width x height x channels, counted in elements, for one image."""

    width: int
    height: int
    channels: int

    @property
    def elements(self) -> int:
        """Values in the volume, for one image."""
        return self.width * self.height * self.channels

    def __str__(self) -> str:
        return f"{self.width}x{self.height}x{self.channels}"
