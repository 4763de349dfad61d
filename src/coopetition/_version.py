"""The version, where the build, files and messages read it."""

__version__ = "0.1.0"
