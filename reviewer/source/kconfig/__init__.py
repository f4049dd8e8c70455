"""What a tree's Kconfig allows: options, what they hang on, and configurations that hold."""
