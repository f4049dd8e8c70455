"""The version of the program, as reports name it."""

#: The same as in pyproject.toml; asking the installed package for it costs a fifth of a start.
VERSION = "0.1.0"
