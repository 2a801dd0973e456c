"""A learner's training as a record: run, differentiated, and searched for its first wrong line."""
