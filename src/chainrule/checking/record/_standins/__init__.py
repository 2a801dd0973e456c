"""What a recorded run reads and asks for, where that is not here: data in a form of the judge's.

`form` says how the data look. `files`, `listings` and `pictures` stand in for what is on a disk,
`frames` for tables, `loaders` for functions that get data, `standins` for whole modules, `lent`
for functions that nothing gives, and `typed` for who would answer.
"""
