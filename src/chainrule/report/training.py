"""Pictures and page of a training run."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from chainrule import plots
from chainrule.data import Dataset
from chainrule.errors import Call
from chainrule.faults import fault
from chainrule.nn.classifier import Classifier
from chainrule.nn.ensemble import Ensemble
from chainrule.nn.evaluate import (
    Prediction,
    confusion_matrix,
    losses_and_predictions,
    worst_predictions,
)
from chainrule.nn.models import NeuralNet
from chainrule.report._page import Guess, Picture, Section, Table, report_html
from chainrule.runs.config import RIGHT, TITLES
from chainrule.runs.folder import HISTORY, METRICS, PAGE, write_whole, writing_to
from chainrule.runs.outcome import Outcome, Run
from chainrule.training.health import Diagnosis

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WORST = "worst"
KINDS = ("accuracy", "loss")  # of scores
N_WORST = 12
WIDTH = 4.8  # inches of a picture: on a phone its text is still a readable size
# Blue is the right network everywhere, and orange one with a mistake.
COLOURS = {"logistic": plots.PURPLE, "net": plots.BLUE, RIGHT: plots.BLUE}


def write_report(run: Run, story: Sequence[str] = ()) -> Path:
    """Write the pictures and `report.html` into the run's folder.

    Args:
        run: what was trained.
        story: sentences about its results, to stand over their table.

    Returns:
        The page's path.

    Raises:
        RunFolderError: if they cannot be written.
    """
    main = run.main
    predictions = worst_predictions(main.trained.model, *run.data.part("test"), N_WORST)
    pictures = _pictures(run, predictions)
    apart = [WORST, *(_diagnosis_name(o) for o in run.outcomes)]
    beside = (
        ["loss", "accuracy"] if run.config.faults else []
    )  # of the right and the wrong network
    shown = [picture for name, picture in pictures.items() if name not in (*apart, *beside)]
    page = report_html(
        title=f"{Path(run.data.name).name}: "
        + ("what a mistake does" if run.config.faults else "what the model learned"),
        intro=_intro(run),
        sections=[
            *_mistakes(run, [pictures[name] for name in beside]),
            Section("Results", story, tables=[_scores(run)]),
            *_diagnoses(run, pictures),
            Section("Pictures", pictures=shown),
            Section("Settings", tables=[_settings(run)]),
        ],
        guesses=_guesses(run, predictions),
        classes=[str(c) for c in run.data.classes],
        answers=pictures.get(WORST),  # not before one has guessed
    )
    with writing_to(run.folder, "go on with ", Call("resume", run.folder)):
        for name, picture in pictures.items():
            write_whole(run.folder / f"{name}.png", picture.png)
        write_whole(run.folder / PAGE, page)
    return run.folder / PAGE


def draw_worst(path: Path, predictions: Sequence[Prediction], data: Dataset) -> None:
    """Draw test samples with their true and predicted labels into a PNG file.

    Raises:
        DataError: if the samples are not images.
        OSError: if the file cannot be written.
    """
    title = f"Highest losses of the test part of {Path(data.name).name}"
    draw = partial(_draw_worst, predictions, data)
    write_whole(path, plots.figure_png(draw, WIDTH, _worst_height(predictions), title))


def _draw_worst(predictions: Sequence[Prediction], data: Dataset, ax: "Axes") -> None:
    plots.plot_worst(predictions, data, ax=ax)


def _worst_height(predictions: Sequence[Prediction]) -> float:
    return 1.7 * -(-len(predictions) // 4) + 0.4


@dataclass(frozen=True)
class _Drawing:
    """A picture that is still to be drawn; what it is of stands over it."""

    title: str
    caption: str
    alt: str
    draw: Callable[["Axes"], object]
    size: tuple[float, float]
    subject: str

    def png(self) -> bytes:
        return plots.figure_png(self.draw, *self.size, self.subject)


def _pictures(run: Run, predictions: list[Prediction]) -> dict[str, Picture]:
    """Every picture by file name, in the order in which one reads them."""
    drawings = _drawings(run, predictions)
    pngs = plots.drawn_at_once([drawing.png for drawing in drawings.values()])
    return {
        name: Picture(d.title, d.caption, d.alt, png)
        for (name, d), png in zip(drawings.items(), pngs, strict=True)
    }


def _drawings(run: Run, predictions: list[Prediction]) -> dict[str, _Drawing]:
    data, main, model = run.data, run.main, run.main.trained.model
    first: Classifier = model
    of_first = each_alone = ""
    if isinstance(model, Ensemble):
        first = model.members[0]
        of_first = f" Drawn is the first of the {len(model.members)} networks."
        each_alone = (
            " Of the networks it is the mean of what each has alone; what they have together "
            "stands in the table."
        )
    titles, looks = dict(TITLES), dict(COLOURS)
    if run.config.faults:
        titles["net"], looks["net"] = "Wrong network", plots.VERMILION
    histories = {titles[o.name]: o.history for o in run.outcomes}
    colours = {titles[o.name]: looks[o.name] for o in run.outcomes}
    X, y = data.part("test")
    _, predicted = losses_and_predictions(model, X, y)
    counts = confusion_matrix(y, predicted, len(data.classes))
    n_right = int(np.trace(counts))
    name_of_data = Path(data.name).name
    subject = f"{name_of_data}: {model!r}"
    every_model = f"{name_of_data}: {', '.join(repr(o.trained.model) for o in run.outcomes)}"
    drawings: dict[str, _Drawing] = {}
    for outcome in run.outcomes:
        if outcome.diagnosis is not None:
            drawings[_diagnosis_name(outcome)] = _diagnosis_drawing(
                outcome.diagnosis, f"{name_of_data}: {outcome.trained.model!r}"
            )
    if data.image_shape is not None:
        drawings["digits"] = _Drawing(
            "The data",
            f"Samples of the training part, {len(data.X_train)} images of "
            f"{data.image_shape[0]}×{data.image_shape[1]} pixels, with their labels.",
            "Twenty sample images of the training part in a grid, each with its label",
            lambda ax: plots.plot_digits(data, ax=ax),
            (WIDTH, 3.4),
            f"{name_of_data}, training part",
        )
        if run.config.augment:
            drawings["augmentation"] = _augmentation_drawing(run)
        shown = int(np.argmax(predicted == y))  # the first that is right
        drawings["prediction-before-after"] = _Drawing(
            "One prediction, before and after training",
            "The same test sample, and the probability of each class by the untrained and by the "
            "trained model.",
            "A test image beside bars of the predicted probabilities before and after training",
            lambda ax: plots.plot_prediction_before_after(
                main.untrained, model, shown, data=data, ax=ax
            ),
            (WIDTH, 2.9),
            subject,
        )
    if isinstance(first, NeuralNet):
        activation = first.activation.name
        drawings["activation"] = _Drawing(
            f"The {activation} and its derivative",
            "The nonlinearity of the hidden units. Backpropagation multiplies by the derivative "
            "at the pre-activation: where it is near zero, little of the gradient passes.",
            f"Curves of the {activation} function and of its derivative from -5 to 5",
            lambda ax: plots.plot_activation(activation, ax=ax),
            (WIDTH, 3.2),
            f"In the hidden units of {model!r}",
        )
    drawings["loss"] = _Drawing(
        "Loss",
        "Mean negative log likelihood at the end of each epoch; epoch 0 is the untrained model."
        + each_alone,
        "Curves of the mean loss over the epochs for each model and part of the data",
        lambda ax: plots.plot_losses(histories, colours=colours, ax=ax),
        (WIDTH, 3.9),
        every_model,
    )
    drawings["accuracy"] = _Drawing(
        "Accuracy",
        "Share of samples classified rightly at the end of each epoch." + each_alone,
        "Curves of the accuracy over the epochs for each model and part of the data",
        lambda ax: plots.plot_accuracies(histories, colours=colours, ax=ax),
        (WIDTH, 3.9),
        every_model,
    )
    side = WIDTH if len(data.classes) <= 10 else min(12, 0.52 * len(data.classes))
    drawings["confusion"] = _Drawing(
        "Confusions",
        f"Test samples by true and predicted class: {n_right} of {len(y)} are on the diagonal, "
        "in blue. What is off it, in orange, was taken for another class. A cell is deeper the "
        "more samples it has; each of the two colours has its own scale.",
        "Confusion matrix of the test part, true classes in rows, predicted ones in columns",
        lambda ax: plots.plot_confusion(counts, data.classes, ax=ax),
        (side, side + 0.3),
        subject,
    )
    reliable = plots.ReliabilityDisplay.from_model(model, data)
    drawings["reliability"] = _Drawing(
        "Where the model is sure, is it right?",
        "Above, the share of test samples that are classified rightly, by the probability that "
        "the model gave to the class it predicted: on the dashed line it is right as often as it "
        "says, below it it is too sure. A point of few predictions says little: beneath is how "
        "many have which probability.",
        "Curve of accuracy against confidence beside the diagonal, over bars of the numbers of "
        "right and wrong predictions",
        reliable.plot,
        (WIDTH, 4.9),
        subject,
    )
    if data.image_shape is not None:
        drawings[WORST] = _Drawing(
            "All of them with their answers",
            "The test samples with the highest loss, with true label, predicted label and loss.",
            "Tiles of the test images with the highest loss",
            partial(_draw_worst, predictions, data),
            (WIDTH, _worst_height(predictions)),
            subject,
        )
    if data.image_shape is not None and isinstance(first, NeuralNet):
        shape = data.image_shape
        drawings["hidden-weights"] = _Drawing(
            "What the hidden units look for",
            "The weights from the pixels to each unit of the first hidden layer. A unit is "
            "active where the ink meets positive weights and spares negative ones." + of_first,
            "Tiles of the weights of the hidden units, one for each unit, in two colours for sign",
            lambda ax: plots.plot_hidden_weights(first, image_shape=shape, ax=ax),
            (WIDTH, 4.6),
            f"{name_of_data}: {first!r}" + (", the first of several" if of_first else ""),
        )
    return drawings


def _augmentation_drawing(run: Run) -> _Drawing:
    augment, seed = run.config.augment, run.main.settings.seed
    return _Drawing(
        "What becomes of an image",
        "The first image of the training part, and what the first epochs take in its place, "
        f"deformed up to these strengths: {str(augment).replace(',', ', ')}.",
        "An image of the training part, and eleven deformations of it, one for each epoch",
        lambda ax: plots.plot_augmentation(run.data, augment, seed=seed, ax=ax),
        (WIDTH, 3.6),
        f"{Path(run.data.name).name}, the first image of the training part",
    )


def draw_diagnosis(path: Path, diagnosis: Diagnosis, subject: str) -> None:
    """Draw the gradients and activations by layer of a model that has not learned.

    Raises:
        OSError: if the file cannot be written.
    """
    write_whole(path, _diagnosis_drawing(diagnosis, subject).png())


def _diagnosis_name(outcome: Outcome) -> str:
    return "diagnosis" if outcome.name != "logistic" else "diagnosis-logistic"


def _diagnosis_drawing(diagnosis: Diagnosis, subject: str) -> _Drawing:
    return _Drawing(
        "Gradients and activations by layer",
        "Left, the gradient that reaches each layer: the root mean square, over samples and "
        "units, of the derivative of a sample's loss by a pre-activation. Right, what the units "
        "of each hidden layer do after training.",
        "Gradients by layer before and after training, and shares of dead and saturated units",
        plots.LayersDisplay(diagnosis.before, diagnosis.after).plot,
        (WIDTH, 3.2),
        f"{subject}, {diagnosis.kind}",
    )


def _diagnoses(run: Run, pictures: Mapping[str, Picture]) -> list[Section]:
    """Why models have not learned; nothing where all have."""
    return [
        Section(
            f"Why {o.trained.model!r} has not learned: {o.diagnosis.kind}",
            [
                *(
                    ["None of its networks has; this is of the first."]
                    if _is_of_several(o)
                    else []
                ),
                f"{o.diagnosis.finding}.",
                f"What helps is {o.diagnosis.remedy}.",
            ],
            pictures=[pictures[_diagnosis_name(o)]],
        )
        for o in run.outcomes
        if o.diagnosis is not None
    ]


def _is_of_several(outcome: Outcome) -> bool:
    return isinstance(outcome.trained.model, Ensemble)


def _intro(run: Run) -> list[str]:
    data, model = run.data, run.main.trained.model
    test = run.main.metrics["test_accuracy"]
    trained = f"was trained on {len(data.X_train)} samples of {len(data.classes)} classes"
    if run.main.metrics["epochs"] == 0:
        trained = "was stopped before the end of its first epoch, is still untrained"
    text = [
        f"{model!r} {trained} and "
        f"classifies {test:.1%} of {len(data.X_test)} test samples rightly. "
        f"Seed {run.config.seed} fixes the first weights and the order of the samples.",
    ]
    ids = ", ".join(dict.fromkeys(step["id"] for step in model.wrong_steps))
    if ids:
        text.append(
            f"It computes with a mistake on purpose ({ids}), to show what that does to training: "
            "do not take its results for those of the right network."
        )
    if run.config.augment:
        text.append(
            "In each epoch it was trained on images that were deformed anew; losses and "
            "accuracies of the training part are of the images as they are."
        )
    if run.interrupted:
        text.append("The run was stopped before its end; these are the results up to there.")
    return text


def _mistakes(run: Run, pictures: Sequence[Picture]) -> list[Section]:
    """What is wrong on purpose, and what would be right; nothing of a right network."""
    mistakes = run.main.trained.model.wrong_steps
    if not mistakes:
        return []
    rows = [(m["id"], m["title"], m["computed"], m["right"]) for m in mistakes]
    header = ("mistake", "what it is", "computed", "right")
    faults = [fault(id_) for id_ in dict.fromkeys(m["id"] for m in mistakes)]
    return [
        Section(
            "The mistake" if len(faults) == 1 else "The mistakes",
            [f"{f.id}. Who writes this may think that {f.believed}. {f.truth}" for f in faults],
            tables=[Table("Made on purpose, in every step of training.", header, rows)],
            pictures=pictures,
        )
    ]


def _scores(run: Run) -> Table:
    parts = [p for p in ("train", "validation", "test") if f"{p}_loss" in run.main.metrics]
    rows = []
    for o in run.outcomes:
        epochs, seconds = str(o.metrics["epochs"]), f"{o.metrics['seconds']:.2f}"
        rows.append((repr(o.trained.model), *_cells(o.metrics, parts), epochs, seconds))
        members = [m for m in o.metrics.get("members", []) if m["epochs"]]  # of those that began
        if members:
            means = {k: fmean(m[k] for m in members) for k in members[0] if k.endswith(KINDS)}
            rows.append(("each of them alone, on average", *_cells(means, parts), "", ""))
    accuracies, losses = ([f"{part} {of}" for part in parts] for of in ("accuracy", "loss"))
    header = ("model", *accuracies, *losses, "epochs", "seconds of steps")
    caption = "Losses are means in nats per sample; the seconds are those of training steps alone."
    return Table(caption, header, rows)


def _cells(scores: Mapping[str, float], parts: Sequence[str]) -> list[str]:
    """The accuracies and losses of the parts, as the table has them."""
    return [
        f"{scores[f'{part}_{kind}']:.{digits}f}"
        for kind, digits in zip(KINDS, (4, 5), strict=True)
        for part in parts
    ]


def _settings(run: Run) -> Table:
    config = run.config
    names = ["epochs", "batch_size", "momentum", "weight_decay", "schedule", "label_smoothing"]
    names += ["dropout", "averaging", "members", "shuffle", "validation", "patience"]
    names += ["init", "engine", "seed"]
    if run.data.image_shape is not None:
        names.append("augment")
    if "net" in config.models:
        names += ["hidden", "activation"]
    rows = []
    for name in names:
        value = getattr(config, name)
        text = ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        text = {"True": "yes", "False": "no", "None": "none"}.get(text, text)
        rows.append((name.replace("_", " "), text))
    rows.append(("scale", run.main.trained.scaling.kind))
    for o in run.outcomes:
        rate = f"{o.settings.learning_rate:g}"
        rows.append((f"learning rate, {TITLES[o.name].lower()}", rate))
    return Table(f"All figures are in {METRICS} and {HISTORY}.", ("setting", "value"), rows)


def _guesses(run: Run, predictions: list[Prediction]) -> list[Guess]:
    if run.data.image_shape is None:
        return []
    classes = run.data.classes
    return [
        Guess(
            plots.sample_png(run.data, p.sample_idx),
            p.sample_idx,
            str(classes[p.true]),
            str(classes[p.predicted]),
            p.loss,
            float(p.probabilities[p.predicted]),
        )
        for p in predictions
    ]
