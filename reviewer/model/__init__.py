"""The coherency simulator: programs cut from the code, CPUs that run them, every interleaving."""
