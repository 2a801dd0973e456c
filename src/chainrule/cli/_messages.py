"""The library's messages in the words of the command line: options in place of settings."""

from chainrule.errors import Call, ChainruleError, Setting

# Settings whose options have another name, and those that take something else.
NAMES = {"name": "data", "models": "model"}
VALUES = {"validation": 0.1}  # a share, where Python takes the samples themselves


def in_options(error: Exception) -> str:
    """The sentence of an error, each setting that it names as one gives it on the command line.

    >>> from chainrule.errors import ChainruleError, Setting
    >>> in_options(ChainruleError("for batches of 8 take ", Setting("engine", "numpy")))
    'for batches of 8 take --engine numpy'
    """
    if not isinstance(error, ChainruleError):
        return str(error)
    return "".join(_in_options(part) for part in error.parts)


def _in_options(part: object) -> str:
    if isinstance(part, Exception):
        return in_options(part)
    if isinstance(part, Call):
        return f"--{part.name} {part.argument}"
    if isinstance(part, Setting):
        value = VALUES.get(part.name, part.value)
        if value is None:
            return f"--{NAMES.get(part.name, part.name).replace('_', '-')}"
        return in_words(part.name, value)
    return str(part)


def in_words(name: str, value: object) -> str:
    """An option with its value, as one gives it on the command line.

    >>> in_words("hidden", (64, 32)), in_words("shuffle", False)
    ('--hidden 64,32', '--no-shuffle')
    """
    option = NAMES.get(name, name).replace("_", "-")
    if isinstance(value, bool):
        return f"--{option}" if value else f"--no-{option}"
    return f"--{option} {_as_word(value)}"


def _as_word(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)
