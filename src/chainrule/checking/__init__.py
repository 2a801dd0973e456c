"""What judges learners' code: `learner` calls it, `diagnosis` says what is wrong with it."""
