"""Pages that show results: the page itself, and what goes into it for each job."""
