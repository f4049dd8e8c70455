"""What the compiler puts into a function besides what is written there."""
