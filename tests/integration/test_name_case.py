"""Names of tables that differ in little: by their case, by an accent; and names that the source makes lower case."""

import pytest


@pytest.mark.sources("mariadb", "mysql9")
def test_names_that_the_catalog_takes_for_one(pair):
    """Each is a table of its own where the source tells them apart."""
    names = ["foobar", "FooBar", "a", "A", "á", "straße", "strasse"]
    for number, name in enumerate(names):
        pair.source_execute(f"CREATE TABLE `{name}` (id INT PRIMARY KEY, v{number} VARCHAR(10)); INSERT INTO `{name}` VALUES (1, '{number}')")
    task = pair.task().create()
    assert {item["object"] for item in task.precheck() if item["item"] == "table"} >= {f"{pair.name}.{name}" for name in names} \
        or all(item["status"] != "failed" for item in task.precheck())
    task.start().wait_state()
    assert set(task.tables()) == {f"{pair.name}.{name}" for name in names}
    for number, name in enumerate(names):
        pair.source_execute(f"INSERT INTO `{name}` VALUES (2, 'n'); ALTER TABLE `{name}` ADD COLUMN more{number} INT; UPDATE `{name}` SET more{number} = 1")
    pair.target_query("SELECT mysql_sync.resync_table(%s, %s)", (task.name, f"{pair.name}.FooBar"))
    task.wait_for_catchup()
    for name in names:
        pair.assert_same(name)
