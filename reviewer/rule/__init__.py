"""What is wrong, as data: rules, vocabulary and examples out of TOML."""
