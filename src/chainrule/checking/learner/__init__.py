"""The learner's code: found, and called with arrays, here or in a process of its own.

A file is read as `source`: whatever of it parses, with `magics`, `salvage` and `blanks` for what
a notebook and an unfinished exercise have. `listing` and `lister` have what is to be judged,
`uses` and `constants` what that needs; `imports`, `folder` and `project` are where it comes from.

`desk` is what the judge asks. A `local` one runs code in this process: `running` a file's,
`scripts` what is pasted below it, `live` a notebook's, with `patience`. A `remote` one runs it in
a `process`, which is a `child` that a `nursery` forks in one of its empty `folders`; `frames` and
`wire` are what crosses, and `leaves` the arrays in it. `budget`, `clock` and `limits` end what
takes too much, and `problems` says what went wrong.
"""
