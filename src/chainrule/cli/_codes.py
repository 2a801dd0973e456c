"""Exit codes that all verbs share; `check` has more."""

FAILED, BAD_INPUT = 1, 2
INTERRUPTED = 130  # what a shell expects of a program that Ctrl-C ended
TERMINATED = 143  # and of one that was told to end, by `kill` or by a computer that shuts down
