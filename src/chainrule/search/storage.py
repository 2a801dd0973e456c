"""Where a search is kept: the file or the server, and what goes wrong with it as sentences."""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chainrule.errors import ChainruleError, quoted

if TYPE_CHECKING:  # an extra, and slow to import
    from optuna.storages import RDBStorage

# What to install for a module; which of these is asked for depends on SQLAlchemy's release.
DRIVERS = {"psycopg": "psycopg[binary]", "psycopg2": "psycopg2-binary", "MySQLdb": "mysqlclient"}
PATIENCE = 60.0  # seconds: for a file in which others write
PAUSE = 0.3  # seconds, while others make the tables


def sqlite_url(path: Path) -> str:
    """The storage in a file."""
    return f"sqlite:///{path.resolve()}"


def require_optuna() -> None:
    """Refuse to go on without the extra.

    Raises:
        ChainruleError: with what to install.
    """
    try:
        import optuna
    except ImportError as error:
        raise ChainruleError(
            'a search needs Optuna, which is not installed; install it with pip install "'
            f'chainrule[search]" ({error})'
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)  # it tells of every trial otherwise


@contextmanager
def reaching(url: str, *then: object) -> Iterator[None]:
    """Turn what goes wrong with a storage into a sentence.

    Args:
        url: of the storage; its password is not shown.
        then: parts of the end of the sentence, as `ChainruleError` takes them.

    Raises:
        ChainruleError: in place of what Optuna and SQLAlchemy raise.
    """
    import sqlalchemy.exc
    from optuna.exceptions import StorageInternalError

    try:
        yield
    except (sqlalchemy.exc.SQLAlchemyError, StorageInternalError) as error:
        cause: BaseException = error
        while cause.__cause__ is not None:
            cause = cause.__cause__
        reason = " ".join(str(cause).split("\n(Background")[0].split())
        raise ChainruleError(
            f"the storage {shown(url)} cannot be used ({reason}); ", *then
        ) from error


def shown(url: str) -> str:
    """The address of a storage without its password.

    >>> shown("postgresql://me:secret@host/searches?password=secret")
    'postgresql://me@host/searches'
    """
    import sqlalchemy

    try:
        parts = sqlalchemy.make_url(url).difference_update_query(["password"])
    except sqlalchemy.exc.ArgumentError:
        return quoted(url)
    named = parts._asdict() | {"password": None}
    return sqlalchemy.URL.create(**named).render_as_string(hide_password=False)


class _Connection(sqlite3.Connection):
    """Writes without waiting for the disk at every trial.

    What is written outlives the process, however that ends; a power cut may take the last trials,
    and leaves the file whole. Source: sqlite.org/wal.html.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        with contextlib.suppress(sqlite3.OperationalError):  # it is another's to say just now
            self.execute("PRAGMA journal_mode=WAL")
        self.execute("PRAGMA synchronous=NORMAL")


def opened(url: str) -> "RDBStorage":
    """The storage, with its tables; others may be making them at the same time.

    Args:
        url: of the storage, as SQLAlchemy writes it.

    Raises:
        ChainruleError: if its driver is not installed, or it cannot be used.
        DBAPIError: of SQLAlchemy, if it cannot be reached.
    """
    import sqlalchemy.exc
    from optuna.storages import RDBStorage

    arguments = {"timeout": PATIENCE, "factory": _Connection}
    options = {"connect_args": arguments} if url.startswith("sqlite:") else None
    for last in (False, False, True):
        try:
            return RDBStorage(url, options)
        except sqlalchemy.exc.DBAPIError as error:
            if last or not any(word in str(error) for word in ("exists", "duplicate key")):
                raise
            time.sleep(PAUSE)
        except ImportError as error:
            missing = error if isinstance(error, ModuleNotFoundError) else error.__cause__
            name = getattr(missing, "name", None) or "it"
            raise ChainruleError(
                f"the storage {shown(url)} needs a driver that is not installed "
                f'({missing or error}); install it with pip install "{DRIVERS.get(name, name)}"'
            ) from error
        except (ValueError, RuntimeError) as error:  # of another release of Optuna, for one
            raise ChainruleError(f"the storage {shown(url)} cannot be used ({error})") from error
    raise AssertionError
