"""From a series to a report: what each patch introduces, moves and mends."""
