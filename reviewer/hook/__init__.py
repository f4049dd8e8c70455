"""Hooks of git: installed beside those of others, run without ever standing in the way."""
