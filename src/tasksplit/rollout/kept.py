"""What did the process before this one know? Flags in a file beside the worker, for when the store is away at start."""

from __future__ import annotations

import json
import os
import stat
import threading
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from tasksplit.errors import StoreError, sentence
from tasksplit.model.rollout import Flags, Source
from tasksplit.rollout.written import VERSION, read_flag, write_flag

_HEAD = b"tasksplit flags %d " % VERSION
_MOST = 10_000_000  # bytes: no flags of anybody's are so long


def keep(path: Path, flags: Flags, migration: str) -> None:
    """Write the flags for the next process: whole or not at all, for the owner only. Raises ``OSError``."""
    document = {
        "migration": migration,
        "revision": flags.revision,
        "read_at": flags.read_at.isoformat() if flags.read_at else None,
        "flags": [write_flag(flag) for _, flag in sorted(flags.flags.items())],
    }
    body = json.dumps(document).encode()
    # several processes of one worker share the path: each writes a file of its own, and the last rename stays
    draft = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    flag = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
    try:
        with open(os.open(draft, flag, 0o600), "wb") as file:
            file.write(_HEAD + sha256(body).hexdigest().encode() + b"\n" + body)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def kept(path: Path, migration: str) -> Flags | None:
    """Return the flags that were kept; None where none were. Raises ``StoreError`` where they cannot be trusted."""
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            about = os.fstat(file.fileno())
            if not stat.S_ISREG(about.st_mode) or about.st_uid != os.geteuid() or about.st_mode & 0o077:
                raise _refused(path, "that is not the worker's alone", "a file of its user, with the mode 0600")
            content = file.read(_MOST)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise _refused(path, f"that cannot be read ({error.strerror})", "a file of the worker's user") from error
    head, _, body = content.partition(b"\n")
    if head != _HEAD + sha256(body).hexdigest().encode():
        raise _refused(path, "that is garbled, or of another version", f"what tasksplit wrote, version {VERSION}")
    found = json.loads(body)
    if found["migration"] != migration:
        raise _refused(path, f"of the migration {found['migration']!r}", f"one of {migration!r}")
    flags = [read_flag(text) for text in found["flags"]]
    return Flags(
        flags={flag.handler: flag for flag in flags},
        revision=found["revision"],
        source=Source.FILE,
        read_at=datetime.fromisoformat(found["read_at"]) if found["read_at"] else None,
    )


def _refused(path: Path, found: str, expected: str) -> StoreError:
    return StoreError(
        sentence(
            found=f"a file of flags {found}: {path}",
            expected=expected,
            do="remove it or name another; it was ignored, and is replaced when the store answers",
        )
    )
