"""Answers to the exercises that are functions: `one_hot`, `softmax`, `nll` and `sigmoid`."""

from lab_answers.answer import Answer, without_return


def _as_floats(name: str) -> str:
    return f"    {name} = np.asarray({name}, dtype=float)\n"


FUNCTIONS: dict[str, Answer] = {
    "a table of one row for a single label": Answer(
        "one_hot",
        (("[y]", "[y.ravel()]"),),
        {"one_hot": False},
        ("np.shape(one_hot(10, 3))", "It gives (1, 10). Right is (10,).", "`(K,)`"),
    ),
    "the notebook's labels": Answer(
        "one_hot",
        (
            ("def one_hot(n_classes, y)", "def one_hot(n_classes, digits)"),
            ("    y = np.asarray(y, dtype=int)\n", ""),
        ),
        {"one_hot": False},
        ("uses a variable of the notebook", "Did you mean `digits`?"),
        before="y = np.array([2, 0, 1, 3])\n",
        not_said=("fewer classes",),
    ),
    "a raise that was left": Answer(
        "one_hot",
        (
            (
                "    return np.eye(n_classes)[y]",
                "    rows = np.eye(n_classes)\n    raise NotImplementedError\n    return rows[y]",
            ),
        ),
        {"one_hot": None},
        ("Delete the line `raise NotImplementedError`", "right without it"),
    ),
    "ten classes written in": Answer(
        "one_hot",
        (("np.eye(n_classes)", "np.eye(10)"),),
        {"one_hot": False},
        ("the size 10 is written in",),
    ),
    "off by one": Answer(
        "one_hot",
        (("[y]", "[y - 1]"),),
        {"one_hot": False},
        ("off by one",),
    ),
    "softmax in the caller's array": Answer(
        "softmax",
        (
            (_as_floats("X"), ""),
            ("shifted = X - X.max(axis=-1, keepdims=True)", "X -= X.max(axis=-1, keepdims=True)"),
            ("np.exp(shifted)", "np.exp(X)"),
        ),
        {"softmax": False},
        ("softmax([10, 2, -3])", "fails on a list", "changes the array"),
    ),
    "labels before classes": Answer(
        "one_hot",
        (("def one_hot(n_classes, y)", "def one_hot(y, n_classes)"),),
        {"one_hot": False},
        ("parameters stand in the other order",),
    ),
    "a slope without its bracket": Answer(
        "dsigmoid",
        (("s * (1 - s)", "s * 1 - s"),),
        {"dsigmoid": False},
        ("a bracket is missing",),
    ),
    "softmax up to three points": Answer(
        "softmax",
        (("    return exp / exp.sum(axis=-1, keepdims=True)", "    ..."),),
        {"softmax": None},
        ("What is there is right", "what belongs in place of `...`"),
        not_said=("a `return` missing",),
    ),
    "softmax rounded": Answer(
        "softmax",
        (
            (
                "return exp / exp.sum(axis=-1, keepdims=True)",
                "return np.round(exp / exp.sum(axis=-1, keepdims=True), 4)",
            ),
        ),
        {"softmax": False},
        ("the result is rounded, to 4 decimals",),
        not_said=("single sample",),
    ),
    "a minus in softmax": Answer(
        "softmax",
        (("np.exp(shifted)", "np.exp(-shifted)"),),
        {"softmax": False},
        ("a minus stands in the exponent",),
    ),
    "softmax rounded to one decimal": Answer(
        "softmax",
        (
            (
                "return exp / exp.sum(axis=-1, keepdims=True)",
                "return np.round(exp / exp.sum(axis=-1, keepdims=True), 1)",
            ),
        ),
        {"softmax": False},
        ("the result is rounded, to 1 decimal.",),
    ),
    "an argument that NumPy does not have": Answer(
        "softmax",
        (("X.max(axis=-1, keepdims=True)", "X.max(axis=-1, keepdim=True)"),),
        {"softmax": False},
        ("has no argument `keepdim`. Did you mean `keepdims`?",),
        not_said=("_amax", "Python stops"),
    ),
    "nll in the caller's array": Answer(
        "nll",
        (
            (_as_floats("Y_true"), ""),
            (_as_floats("Y_pred"), ""),
            (
                "    kept_off_zero = np.clip(Y_pred, 1e-15, 1 - 1e-15)\n",
                "    Y_pred[Y_pred == 0] = 1e-15\n",
            ),
            ("kept_off_zero", "Y_pred"),
        ),
        {"nll": False},
        ("nll([1, 0, 0], [0.99, 0.01, 0])", "nan", "changes the array"),
    ),
    "the logarithm of the sum": Answer(
        "nll",
        (("-np.sum(Y_true * np.log(kept_off_zero))", "-np.log((Y_true * kept_off_zero).sum())"),),
        {"nll": False},
        ("the logarithm is taken of the sum",),
    ),
    "a mean in nll": Answer(
        "nll",
        (
            (
                "-np.sum(Y_true * np.log(kept_off_zero))",
                "-np.mean((Y_true * np.log(kept_off_zero)).sum(axis=-1))",
            ),
        ),
        {"nll": False},
        ("a mean stands where the text asks for the sum",),
    ),
    "a loss for each image": Answer(
        "nll",
        (
            (
                "-np.sum(Y_true * np.log(kept_off_zero))",
                "-(Y_true * np.log(kept_off_zero)).sum(axis=-1)",
            ),
        ),
        {"nll": False},
        ("a loss for each image",),
    ),
    "a bracket forgotten": Answer(
        "sigmoid",
        (("1 / (1 + np.exp(-np.clip(X, -500, 500)))", "1 / 1 + np.exp(-X)"),),
        {"sigmoid": False},
        ("a bracket is missing",),
    ),
    **without_return("softmax", "return exp", "p = exp"),
    **without_return("one_hot", "return np.eye(n_classes)[y]", "print(np.eye(n_classes)[y])"),
    **without_return("nll", "return -np.sum", "L = -np.sum"),
}
