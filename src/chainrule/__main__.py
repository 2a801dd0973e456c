"""Lets `python -m chainrule` stand for `chainrule`."""

from chainrule.cli import main

main()
