"""The fewest changes after which a training is right: what was changed is what is wrong.

`search` leads, `blame` weighs the ways of a `mending`. `changes` has them, from the right
`quantities` of a step and the `parts` of its gradients: `each_time`, `left_out`, `masks`,
`singles`, `other_part`, `false_slopes`, `softmax_axis`. `within`, `causes`, `reasons`,
`misplaced`, `unfinished` and `cost` look closer where a right result alone explains nothing.
`telling` says it, with `naming` and `where_named`.
"""
