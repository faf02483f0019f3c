"""azos: an interactive terminal shell in which slow commands become fast."""

__version__ = "0.1.0"
