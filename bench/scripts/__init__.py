"""Whole jobs, each a script as a user of that library would write it."""
