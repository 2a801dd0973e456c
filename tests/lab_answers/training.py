"""Answers to the exercises about a model that is there: its training, and a look at it."""

from lab_answers.answer import Answer, without_return

TRAINING: dict[str, Answer] = {
    "a rate of its own": Answer(
        "train_epoch",
        (("-= learning_rate", "-= 0.05"),),
        {"train_epoch": False},
        ("the argument `learning_rate` is not used", "a number is written in"),
    ),
    "an epoch without end": Answer(
        "train_epoch",
        (("    for i in range(len(X)):", "    i = 0\n    while i < len(X):"),),
        {"train_epoch": None},
        ("while i < len(X):", "Is there a loop that never ends?"),
    ),
    "the notebook's images": Answer(
        "train_epoch",
        (("range(len(X))", "range(len(X_train))"), ("X[i", "X_train[i")),
        {"train_epoch": False},
        ("uses a variable of the notebook", "Did you mean `X`?"),
        before="X_train = np.array([[1.0, 2.0], [0.5, -1.0]])\n",
        not_said=("do not fit",),
    ),
    "an epoch in another order": Answer(
        "train_epoch",
        (("range(len(X))", "np.random.default_rng(4).permutation(len(X))"),),
        {"train_epoch": False},
        ("not taken in their order",),
    ),
    "a number of images written in": Answer(
        "train_epoch",
        (("range(len(X))", "range(1298)"),),
        {"train_epoch": False},
        ("the number of images is written in",),
    ),
    "a number of images written in, and rows taken by it": Answer(
        "train_epoch",
        (("range(len(X))", "range(1298)"), ("X[i : i + 1]", "X[[i]]")),
        {"train_epoch": False},
        ("the number of images is written in",),
    ),
    "one image too many": Answer(
        "train_epoch",
        (("range(len(X))", "range(len(X) + 1)"), ("X[i : i + 1]", "X[[i]]")),
        {"train_epoch": False},
        not_said=("is written in",),
    ),
    "an image of an epoch as a vector": Answer(
        "train_epoch",
        (("X[i : i + 1]", "X[i]"),),
        {"train_epoch": False},
        ("as a vector `(D,)`",),
    ),
    "predictions taken once": Answer(
        "train_epoch",
        (
            ("    for i in", "    said = model.forward(X)\n    for i in"),
            ("model.forward(x)", "said[i : i + 1]"),
        ),
        {"train_epoch": False},
        ("all steps go by what the model said at first",),
        not_said=("takes one step for all",),
    ),
    "labels first": Answer(
        "train_epoch",
        (("one_hot(model.output_size, y[i : i + 1])", "one_hot(y[i : i + 1], 10)"),),
        {"train_epoch": False},
        ("the two arguments of `one_hot` are exchanged",),
    ),
    "ten classes in an epoch": Answer(
        "train_epoch",
        (("one_hot(model.output_size,", "one_hot(10,"),),
        {"train_epoch": False},
        ("the number of classes, 10, is written in",),
        not_said=("exchanged",),
    ),
    "a dictionary where there are two arrays": Answer(
        "train_epoch",
        (
            ("grad_W, grad_b = model.grad", "grads = model.grad"),
            ("grad_W\n", 'grads["W"]\n'),
            ("* grad_b", '* grads["b"]'),
        ),
        {"train_epoch": False},
        ("a tuple has places",),
        not_said=("Python stops",),
    ),
    "an update outside of the loop": Answer(
        "train_epoch",
        (("        model.b -=", "    model.b -="),),
        {"train_epoch": False},
        ("stands outside of the loop",),
    ),
    "an epoch with arrays of its own": Answer(
        "train_epoch",
        (
            ("    for i in", "    W, b = model.W, model.b\n    for i in"),
            ("model.W -= learning_rate", "W = W - learning_rate"),
            ("model.b -= learning_rate", "b = b - learning_rate"),
        ),
        {"train_epoch": False},
        ("the model is not changed",),
        not_said=("`learning_rate` is not used",),
    ),
    "the notebook's images, and no labels": Answer(
        "train_epoch",
        (
            ("x, t = X[i : i + 1]", "x, t = X_train[i : i + 1]"),
            ("y[i : i + 1]", "labels[i : i + 1]"),
        ),
        {"train_epoch": False},
        ("uses a variable of the notebook", "Did you mean `X`?"),
        before="X_train = np.array([[1.0, 2.0], [0.5, -1.0]])\nlabels = np.array([2, 0])\n",
    ),
    "a step of its own": Answer(
        "finite_difference",
        (("value + step", "value + 1e-4"), ("value - step", "value - 1e-4"), ("2 * step", "2e-4")),
        {"finite_difference": False},
        ("the argument `step` is not used",),
    ),
    "all of a parameter": Answer(
        "finite_difference",
        (
            ("    value = parameter[place]\n", ""),
            ("parameter[place] = value + step", "parameter += step"),
            ("parameter[place] = value - step", "parameter -= step + step"),
            ("parameter[place] = value\n", "parameter += step\n"),
        ),
        {"finite_difference": False},
        ("the whole parameter is moved",),
        not_said=("a copy",),
    ),
    "a copy is moved": Answer(
        "finite_difference",
        (("getattr(model, name)", "getattr(model, name).copy()"),),
        {"finite_difference": False},
        ("the model did not move", "a copy"),
        not_said=("rounded", "is not used"),
    ),
    "a slope rounded to whole numbers": Answer(
        "finite_difference",
        (
            (
                "return (loss_above - loss_below) / (2 * step)",
                "return np.round((loss_above - loss_below) / (2 * step))",
            ),
        ),
        {"finite_difference": False},
        not_said=("did not move", "is not used"),
    ),
    "a weight that is not put back": Answer(
        "finite_difference",
        (("    parameter[place] = value\n", ""),),
        {"finite_difference": False},
        ("does not put it back",),
        not_said=("under another name", "leave `net"),
    ),
    "a constant": Answer(
        "finite_difference",
        (("return (loss_above - loss_below) / (2 * step)", "return 0.5"),),
        {"finite_difference": False},
        not_said=("is not used", "rounded", "a copy"),
    ),
    "nothing but a zero": Answer(
        "finite_difference",
        (
            ("    parameter = getattr(model, name)\n    value = parameter[place]\n", ""),
            ("    parameter[place] = value + step\n    loss_above = model.loss(X, y)\n", ""),
            ("    parameter[place] = value - step\n    loss_below = model.loss(X, y)\n", ""),
            (
                "    parameter[place] = value\n    return (loss_above - loss_below) / (2 * step)",
                "    return 0",
            ),
        ),
        {"finite_difference": None},
        ("is not written yet",),
        not_said=("a copy",),
    ),
    "the order of a squared error": Answer(
        "worst_predictions",
        (
            (
                "losses = -np.log(np.clip(of_true_class, 1e-15, 1))",
                "t = np.eye(probabilities.shape[1])[y]\n"
                "    losses = np.square(probabilities - t).mean(axis=1)",
            ),
        ),
        {"worst_predictions": False},
        ("ordered by another loss",),
    ),
    "the model's own loss, image by image": Answer(
        "worst_predictions",
        (
            (
                "losses = -np.log(np.clip(of_true_class, 1e-15, 1))",
                "losses = np.array([model.loss(X[[i]], y[[i]]) for i in range(len(y))])",
            ),
        ),
        {},
    ),
    "as many images as the digits have": Answer(
        "worst_predictions",
        (("np.arange(len(y))", "np.arange(229)"),),
        {"worst_predictions": False},
        ("lists that are not equally long: 229 and 6",),
        not_said=("broadcast",),
    ),
    "only what is taken for another digit": Answer(
        "worst_predictions",
        (
            (
                "    return np.argsort(-losses)[:n]",
                "    missed = np.nonzero(model.forward(X).argmax(axis=1) != y)[0]\n"
                "    return missed[np.argsort(losses[missed])[::-1]][:n]",
            ),
        ),
        {"worst_predictions": False},
        ("fewer than `n` places",),
    ),
    "the notebook's validation images": Answer(
        "worst_predictions",
        (("model.forward(X)", "model.forward(X_validation)"), ("[:n]", "[:3]")),
        {"worst_predictions": False},
        ("uses a variable of the notebook", "Did you mean `X`?"),
        before="X_validation = np.array([[1.0, 2.0], [0.5, -1.0]])\n",
    ),
    **without_return("finite_difference", "return (loss", "slope = (loss"),
    **without_return("worst_predictions", "return np", "worst = np"),
}
