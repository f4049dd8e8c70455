"""Code as control flow: C and assembly to functions, and calls to what they reach."""
