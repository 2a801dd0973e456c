"""Pages that show results.

In reading order: `training`, `searched` and `replayed`, what goes into a page for each job;
`_page`, the page; `verdicts`, the page of verdicts on learners' files; `_templates`, where their
templates are.
"""
