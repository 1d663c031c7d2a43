"""How are the projects and the people of the stand-in world called?"""

from __future__ import annotations

from legacy.standin import draw

# fmt: off
SPACES = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "glade", "heron", "iris", "juniper", "kestrel", "linden",
    "maple", "nova", "otter", "pine", "quartz", "river", "sable", "thistle", "umber", "violet", "willow", "yarrow",
)
FIRST = (
    "anvil", "beacon", "cobalt", "drift", "echo", "flint", "garnet", "hollow", "ivory", "jasper", "knoll", "lantern",
    "marble", "nectar", "orchid", "pebble", "quill", "raven", "spruce", "tundra",
)
SECOND = (
    "agent", "bridge", "cache", "daemon", "engine", "filter", "gateway", "hooks", "index", "journal", "kit", "lint",
    "mirror", "notes", "probe", "queue", "relay", "store", "tools", "viewer",
)
PEOPLE = (
    "ada", "bea", "carl", "dina", "emil", "fay", "gus", "hana", "ivan", "jo", "kai", "lena", "max", "nia", "otto",
    "pia", "rex", "sara", "tom", "uma",
)
# fmt: on


def project_name(index: int) -> str:
    """The full name of the project with this number; every number has a name of its own."""
    index = abs(index)
    per_round = len(FIRST) * len(SECOND)
    mixed = (index * 7) % per_round  # 7 is prime to 400: neighbours look different, none is lost
    rounds = index // per_round
    repo = f"{FIRST[mixed % len(FIRST)]}-{SECOND[mixed // len(FIRST)]}{rounds or ''}"
    return f"{draw.pick(SPACES, 'space', index)}/{repo}"


def person(number: int) -> str:
    return f"{PEOPLE[number % len(PEOPLE)]}-{number // len(PEOPLE)}"


def project_url(full_name: str) -> str:
    return f"https://github.com/{full_name}"
