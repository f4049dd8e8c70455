"""A report as text: one module a format, and what several formats share."""
