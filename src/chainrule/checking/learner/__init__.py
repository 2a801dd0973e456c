"""The learner's code: found, and called with arrays, here or in a process of its own."""
