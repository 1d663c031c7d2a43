"""What of a Dockerfile is followed, and what is refused?"""

from __future__ import annotations

from pathlib import Path

import pytest

from tasksplit.testing.child import ProcessError
from tasksplit.testing.engine.recipe import Recipe, read_recipe

FULL = r"""
# a comment
FROM python:3.12 AS first
RUN pip install \
    celery
ARG LEVEL=INFO
ARG QUEUE=""
WORKDIR /srv
ENV ONE=1 TWO="two words"
ENV QUEUE_NAME=$QUEUE
ENV OLD style
workdir code
COPY --chown=me:me pkg/ settings.py ./lib/
COPY --from=first /built /built
COPY one.py other.py
COPY ["pkg", "/pkg"]
EXPOSE 80
CMD celery -A app worker --loglevel=$LEVEL -Q ${QUEUE_NAME}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pkg").mkdir()
    for name in ("settings.py", "one.py"):
        (tmp_path / name).touch()
    return tmp_path


def recipe(folder: Path, text: str, **arguments: str) -> Recipe:
    (folder / "Dockerfile").write_text(text)
    return read_recipe(folder, python="py", arguments=arguments)


def test_what_a_process_can_follow(folder: Path) -> None:
    assert recipe(folder, FULL, QUEUE="mine") == Recipe(
        python="py",
        folder="/srv/code",
        code=(
            ("/srv/code/lib", folder / "pkg"),
            ("/srv/code/lib/settings.py", folder / "settings.py"),
            ("/srv/code/other.py", folder / "one.py"),
            ("/pkg", folder / "pkg"),
        ),
        environment={"ONE": "1", "TWO": "two words", "QUEUE_NAME": "mine", "OLD": "style"},
        command=("celery", "-A", "app", "worker", "--loglevel=INFO", "-Q", "mine"),
    )


def test_a_folder_without_one_is_its_code(folder: Path) -> None:
    found = read_recipe(folder, python="py", arguments={})
    assert (found.folder, found.code, found.command) == ("/app", (("/app", folder),), ())


def test_a_command_as_a_list(folder: Path) -> None:
    assert recipe(folder, 'CMD ["python", "-m", "it $NOT"]').command == ("python", "-m", "it $NOT")


@pytest.mark.parametrize("source", ["missing", "*.py"])
def test_code_that_is_not_there(folder: Path, source: str) -> None:
    with pytest.raises(ProcessError, match=r"Found COPY .* in .*Dockerfile\. Expected a file or folder beside it"):
        recipe(folder, f"COPY {source} /app/")
