"""Reviews Linux kernel patch series for ordering, per-CPU and cache-coherency bugs."""
