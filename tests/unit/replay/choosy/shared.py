"""What handlers of both sides call."""


def shortened(name: str) -> str:
    if len(name) > 9:  # long?
        return name[:9]  # long
    return name  # short


def unused(name: str) -> str:
    return name if name else ""
