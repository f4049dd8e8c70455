"""What the words of a patch say, held against its code."""
