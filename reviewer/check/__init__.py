"""What rules say of functions, of both sides of a contract, of series and of words."""
