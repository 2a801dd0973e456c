"""Files that a verb is told to write. Nothing heavy is loaded here, since `check` waits for it."""

from collections.abc import Sequence
from pathlib import Path

from chainrule.errors import ChainruleError


def check_output(
    path: Path | None, option: str, endings: tuple[str, ...], read: Sequence[Path | str | None]
) -> None:
    """Refuse to write a file of another kind than its name says, or over what is read.

    Args:
        path: to be written, if any.
        option: that gives it.
        endings: that its name may have.
        read: the files, and the folders of runs, that the command reads.

    Raises:
        ChainruleError: naming the option and the file.
    """
    if path is None:
        return
    if path.suffix.lower() not in endings:
        raise ChainruleError(
            f"{option} writes a file whose name ends in {' or '.join(endings)}; got {path}"
        )
    for source in read:
        if source is not None and path.exists() and path.resolve() == Path(source).resolve():
            raise ChainruleError(
                f"{option} would write over {path}, which this command reads; give another name"
            )
