"""What calls and names of one file stand for, by the definitions that the tree has."""
