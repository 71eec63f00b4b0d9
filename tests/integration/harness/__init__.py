"""What the integration tests stand on: real servers, a pair of databases for each test, tasks, comparing, waiting.

servers.py   Source and Target: one running server each, by way of scripts/servers
pair.py      Pair: a fresh source database and a fresh target database, joined by the extension
task.py      Task: a synchronisation task of a Pair
compare.py   is a table the same on both sides?
wait.py      wait until something holds
"""
