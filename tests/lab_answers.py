"""Answers to the lab's exercises, right and wrong: the solutions with some lines exchanged."""

from typing import NamedTuple

from chainrule.checking.contract.exercises import Lab, read_lab
from chainrule.lab import PARTS

LAB: Lab = read_lab(PARTS)
NAMES = ("dsigmoid", "nll", "one_hot", "sigmoid", "softmax")
IMPORTS = f"import numpy as np\nfrom chainrule import {', '.join(NAMES)}\n"


class Answer(NamedTuple):
    """An answer to an exercise, and what is to be found in it.

    Attributes:
        exercise: its name.
        changes: what stands in the solution, and what stands there in the answer.
        verdicts: what is expected of it and of its methods: False for wrong, None for not judged;
            what is not named is right.
        said: pieces of what is told at the first hint.
        before: code above it.
        not_said: pieces that must not be told, at any hint.
    """

    exercise: str
    changes: tuple[tuple[str, str], ...]
    verdicts: dict[str, bool | None]
    said: tuple[str, ...] = ()
    before: str = ""
    not_said: tuple[str, ...] = ()

    @property
    def code(self) -> str:
        """The answer with what it imports."""
        text = LAB.exercises[self.exercise].solution
        for old, new in self.changes:
            assert old in text, (self.exercise, old)
            text = text.replace(old, new)
        names = [name for name in NAMES if name != self.exercise]
        imports = f"import numpy as np\nfrom chainrule import {', '.join(names)}"
        return f"{imports}\n{self.before}\n{text}\n"


def _asarray(name: str, text: str = "float") -> str:
    return f"    {name} = np.asarray({name}, dtype={text})\n"


_HALF = (
    ("grad_h = grad_z_o @ self.W_o.T", "grad_h = ..."),
    ("grad_z_h = grad_h * dsigmoid(z_h)", "grad_z_h = ..."),
    ("grad_W_h = X.T @ grad_z_h", "grad_W_h = ..."),
    ("grad_b_h = grad_z_h.sum(axis=0)", "grad_b_h = ..."),
)
_EPOCH_BY_WHILE = (("    for i in range(len(X)):", "    i = 0\n    while i < len(X):"),)

ANSWERS: dict[str, Answer] = {
    "a table of one row for a single label": Answer(
        "one_hot",
        (("[y]", "[y.ravel()]"),),
        {"one_hot": False},
        ("np.shape(one_hot(10, 3))", "It gives (1, 10). Right is (10,).", "`(K,)`"),
    ),
    "softmax in the caller's array": Answer(
        "softmax",
        (
            (_asarray("X"), ""),
            ("shifted = X - X.max(axis=-1, keepdims=True)", "X -= X.max(axis=-1, keepdims=True)"),
            ("np.exp(shifted)", "np.exp(X)"),
        ),
        {"softmax": False},
        ("softmax([10, 2, -3])", "fails on a list", "changes the array"),
    ),
    "nll in the caller's array": Answer(
        "nll",
        (
            (_asarray("Y_true"), ""),
            (_asarray("Y_pred"), ""),
            (
                "    kept_off_zero = np.clip(Y_pred, 1e-15, 1 - 1e-15)\n",
                "    Y_pred[Y_pred == 0] = 1e-15\n",
            ),
            ("kept_off_zero", "Y_pred"),
        ),
        {"nll": False},
        ("nll([1, 0, 0], [0.99, 0.01, 0])", "nan", "changes the array"),
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
    "labels for nll": Answer(
        "LogisticRegression",
        (("nll(one_hot(self.output_size, y), ", "nll(y, "),),
        {"LogisticRegression.loss": False},
        ("the loss hands labels to `nll`",),
    ),
    "one-hot once more": Answer(
        "LogisticRegression",
        (("y_pred - y_true", "y_pred - one_hot(self.output_size, y_true)"),),
        {"LogisticRegression.grad_loss": False},
        ("`y_true` is one-hot already",),
    ),
    "a bias gradient with two axes": Answer(
        "LogisticRegression",
        (("grad_z.sum(axis=0)", "grad_z.sum(0, keepdims=True)"),),
        {"LogisticRegression.grad_loss": False},
        ("`grad_b` has the shape `(1, K)`, and `b` has `(K,)`", "It gives (1, 3). Right is (3,)."),
    ),
    "means in regression": Answer(
        "LogisticRegression",
        (
            ("self.forward(X))\n\n    def grad", "self.forward(X)) / X.shape[0]\n\n    def grad"),
            ("y_pred - y_true", "(y_pred - y_true) / X.shape[0]"),
        ),
        {"LogisticRegression.loss": False, "LogisticRegression.grad_loss": False},
        ("a mean stands where the text asks for the sum",),
    ),
    "forward row by row": Answer(
        "LogisticRegression",
        (
            (
                "        z = X @ self.W + self.b  # (N, K)\n        return softmax(z)",
                "        return np.stack([softmax(row @ self.W + self.b) for row in X])",
            ),
        ),
        {"LogisticRegression.forward": False},
        ("one image alone", "the picture of a prediction"),
    ),
    "a rate of its own": Answer(
        "train_epoch",
        (("-= learning_rate", "-= 0.05"),),
        {"train_epoch": False},
        ("the argument `learning_rate` is not used", "a number is written in"),
    ),
    "an epoch without end": Answer(
        "train_epoch",
        _EPOCH_BY_WHILE,
        {"train_epoch": None},
        ("while i < len(X):", "Is there a loop that never ends?"),
    ),
    "a sigmoid at the output": Answer(
        "NeuralNet",
        (("return softmax(", "return sigmoid("),),
        {"NeuralNet.forward_output": False},
        ("this part ends in a softmax",),
        not_said=("-t * (1 - y)",),
    ),
    "a sigmoid at the output, and its derivative": Answer(
        "NeuralNet",
        (("return softmax(", "return sigmoid("), ("y_pred - t", "-t * (1 - y_pred)")),
        {"NeuralNet.forward_output": False, "NeuralNet.grad_loss": False},
        ("this part ends in a softmax",),
    ),
    "a loss of what went forward last": Answer(
        "NeuralNet",
        (
            (
                "        return softmax(H @ self.W_o + self.b_o)",
                "        self.last = softmax(H @ self.W_o + self.b_o)\n        return self.last",
            ),
            ("self.forward(X))\n\n    def grad", "self.last)\n\n    def grad"),
        ),
        {"NeuralNet.loss": False},
        ("does not look at its argument `X`", "the last `forward` left"),
    ),
    "a mean as the loss": Answer(
        "NeuralNet",
        (("self.forward(X))\n\n    def grad", "self.forward(X)) / len(y)\n\n    def grad"),),
        {"NeuralNet.loss": False},
        ("a mean stands where the text asks for the sum",),
        not_said=("len(X)",),
    ),
    "the slope of the logarithm alone": Answer(
        "NeuralNet",
        (("y_pred - t", "-(t / y_pred)"),),
        {"NeuralNet.grad_loss": False},
        ("the derivative by `y_pred`", "the softmax is left out"),
    ),
    "the diagonal of the softmax's slope": Answer(
        "NeuralNet",
        (("y_pred - t", "-t / y_pred * (y_pred - y_pred**2)"),),
        {"NeuralNet.grad_loss": False},
        ("only the diagonal",),
    ),
    "half of grad_loss": Answer(
        "NeuralNet",
        (("h.T @ grad_z_o", "z_h.T @ grad_z_o"), *_HALF),
        {"NeuralNet.grad_loss": False},
        (
            "the pre-activation stands where the activation belongs",
            "| right     grad_z_o = y_pred - t",
            "| WRONG     grad_W_o = z_h.T @ grad_z_o",
            "| right     grad_b_o",
            "| not yet   grad_h = ...",
        ),
    ),
    "gradients in turn with the updates": Answer(
        "NeuralNet",
        (
            ("        grads = self.grad_loss(X, y)\n", ""),
            *(
                (f'grads["{name}"]', f'self.grad_loss(X, y)["{name}"]')
                for name in ("W_h", "b_h", "W_o", "b_o")
            ),
        ),
        {"NeuralNet.train": False},
        ("a gradient is computed after a parameter has changed",),
        not_said=("no simple relation",),
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
    "the notebook's images": Answer(
        "train_epoch",
        (("range(len(X))", "range(len(X_train))"), ("X[i", "X_train[i")),
        {"train_epoch": False},
        ("uses a variable of the notebook", "Did you mean `X`?"),
        before="X_train = np.array([[1.0, 2.0], [0.5, -1.0]])\n",
        not_said=("do not fit",),
    ),
    "labels less targets": Answer(
        "NeuralNet",
        (("y_pred - t", "y - t"), *_HALF),
        {"NeuralNet.grad_loss": False},
        ("`y` holds the labels here", "| WRONG     grad_z_o = y - t"),
    ),
}
MORE: dict[str, Answer] = {
    "a bracket forgotten": Answer(
        "sigmoid",
        (("1 / (1 + np.exp(-np.clip(X, -500, 500)))", "1 / 1 + np.exp(-X)"),),
        {"sigmoid": False},
        ("a bracket is missing",),
    ),
    "a minus in softmax": Answer(
        "softmax",
        (("np.exp(shifted)", "np.exp(-shifted)"),),
        {"softmax": False},
        ("a minus stands in the exponent",),
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
    "an epoch in another order": Answer(
        "train_epoch",
        (("range(len(X))", "np.random.default_rng(4).permutation(len(X))"),),
        {"train_epoch": False},
        ("not taken in their order",),
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
    "no gradient by a bias": Answer(
        "NeuralNet",
        ((', "b_o": grad_b_o}', "}"),),
        {"NeuralNet.grad_loss": False},
        ("there is no gradient by `b_o`",),
    ),
    "a method of another name": Answer(
        "NeuralNet",
        (("def grad_loss", "def gradloss"), ("self.grad_loss", "self.gradloss")),
        {"NeuralNet.grad_loss": False},
        ("has no method `grad_loss`", "`gradloss`"),
    ),
    "the shape of a sum of one row": Answer(
        "NeuralNet",
        (("grad_z_h = grad_h * dsigmoid(z_h)", "grad_z_h = grad_h * dsigmoid(h)"),),
        {"NeuralNet.grad_loss": False},
        ("taken at h instead of z_h", "| WRONG     grad_z_h", "| right     grad_W_h"),
    ),
    "a loss of another name": Answer(
        "LogisticRegression",
        (("def loss", "def get_loss"),),
        {"LogisticRegression.loss": False},
        ("has no method `loss`", "`get_loss`"),
    ),
    "an update outside of the loop": Answer(
        "train_epoch",
        (("        model.b -=", "    model.b -="),),
        {"train_epoch": False},
        ("stands outside of the loop",),
    ),
    "a raise in a whole grad_loss": Answer(
        "NeuralNet",
        (('        return {"W_h"', '        raise NotImplementedError\n        return {"W_h"'),),
        {"NeuralNet.grad_loss": None},
        ("Delete the line `raise NotImplementedError`", "right without it"),
    ),
    **{
        f"no return in {name}": Answer(
            exercise,
            ((old, new),),
            {name: False},
            ("It gives None.", f"`{name}` returns no numbers: is a `return` missing?"),
            not_said=("is not used", "It is wrong for"),
        )
        for name, exercise, old, new in (
            ("softmax", "softmax", "return exp", "p = exp"),
            ("one_hot", "one_hot", "return np.eye(n_classes)[y]", "print(np.eye(n_classes)[y])"),
            ("nll", "nll", "return -np.sum", "L = -np.sum"),
            ("finite_difference", "finite_difference", "return (loss", "slope = (loss"),
            ("worst_predictions", "worst_predictions", "return np", "worst = np"),
            (
                "LogisticRegression.grad_loss",
                "LogisticRegression",
                "return grad_W, grad_b",
                "print(grad_W, grad_b)",
            ),
            ("NeuralNet.grad_loss", "NeuralNet", 'return {"W_h"', 'grads = {"W_h"'),
            ("NeuralNet.forward_hidden", "NeuralNet", "return sigmoid(X @", "h = sigmoid(X @"),
        )
    },
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
    "a step on arrays of its own": Answer(
        "NeuralNet",
        (
            (
                'self.W_h -= learning_rate * grads["W_h"]',
                "for name, g in grads.items():\n            p = getattr(self, name)\n"
                "            p = p - learning_rate * g",
            ),
            ('        self.b_h -= learning_rate * grads["b_h"]\n', ""),
            ('        self.W_o -= learning_rate * grads["W_o"]\n', ""),
            ('        self.b_o -= learning_rate * grads["b_o"]\n', ""),
        ),
        {"NeuralNet.train": False},
        ("the model is not changed",),
        not_said=("`learning_rate` is not used",),
    ),
    "a step that is returned": Answer(
        "NeuralNet",
        (("        grads = self.grad_loss(X, y)\n", "        return self.grad_loss(X, y)\n"),),
        {"NeuralNet.train": False},
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
    "the notebook's validation images": Answer(
        "worst_predictions",
        (("model.forward(X)", "model.forward(X_validation)"), ("[:n]", "[:3]")),
        {"worst_predictions": False},
        ("uses a variable of the notebook", "Did you mean `X`?"),
        before="X_validation = np.array([[1.0, 2.0], [0.5, -1.0]])\n",
    ),
    "an argument that NumPy does not have": Answer(
        "softmax",
        (("X.max(axis=-1, keepdims=True)", "X.max(axis=-1, keepdim=True)"),),
        {"softmax": False},
        ("has no argument `keepdim`. Did you mean `keepdims`?",),
        not_said=("_amax", "Python stops"),
    ),
}
