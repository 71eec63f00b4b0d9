"""Ending the worker of a task as a crash does."""

import os
import signal

import psycopg2

from .wait import wait_until


def kill_worker(task):
    """kill -9: the postmaster then ends all sessions and starts over."""
    pair = task.pair
    witness = pair.target.connect()
    os.kill(wait_until(lambda: task.row()["pid"], 40, "there is a worker", interval=0.01), signal.SIGKILL)
    wait_until(lambda: not answers(lambda: witness.cursor().execute("SELECT 1")), 30, "the crash is noticed")
    wait_until(lambda: answers(lambda: pair.target.query("SELECT 1")), 30, "the target is back")


def answers(ask):
    try:
        ask()
        return True
    except psycopg2.Error:
        return False
