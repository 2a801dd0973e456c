"""Exit codes that all verbs share; `check` has more."""

FAILED, BAD_INPUT = 1, 2
INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended
