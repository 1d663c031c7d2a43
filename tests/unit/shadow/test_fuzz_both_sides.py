"""No damaged message makes one side do something and then fail otherwise than the other side."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from tests.unit.shadow.damage import Damage, damages
from tests.unit.shadow.world import World

# the world makes itself anew for each message
FUZZ = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


@FUZZ
@given(damage=damages())
def test_same_effects_and_failures(damage: Damage, world: World) -> None:
    legacy, split = world.legacy(damage.payload()), world.split(damage.payload())
    for what in legacy:
        assert (what, split[what]) == (what, legacy[what])
