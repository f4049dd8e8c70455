"""Code in the rules' words: functions as graphs of events."""
