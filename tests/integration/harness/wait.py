"""Waiting for what takes an unknown while, with a limit and a message that says what did not happen."""

import time


def wait_until(check, timeout=30, message="the condition holds", interval=0.1):
    """Calls check() until it gives something true, and returns that.

    After `timeout` seconds it fails; `message` (a text or a function giving one) then tells what was waited for.
    """
    __tracebackhide__ = True
    end = time.monotonic() + timeout
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() >= end:
            text = message() if callable(message) else message
            raise AssertionError(f"waited {timeout} s in vain: {text} (last seen: {value!r})")
        time.sleep(interval)
