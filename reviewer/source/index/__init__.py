"""Symbols of a tree and their definitions, found on demand the way the compiler finds them."""
