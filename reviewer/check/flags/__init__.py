"""Checks of whole series on per-CPU flags: who uses a new one, and what an old test covered."""
