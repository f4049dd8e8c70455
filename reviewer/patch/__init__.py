"""What was sent: mail, files and git to series, and series to files before and after each patch."""
