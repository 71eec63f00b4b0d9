"""What a role that is no superuser cannot do with a server of its own."""

import contextlib

import psycopg2
import pytest

pytestmark = pytest.mark.sources("mysql9")


@pytest.fixture
def role(pair):
    """A cursor of a role that may use the wrapper, not the server of the pair."""
    pair.target_execute(f"""CREATE ROLE {pair.name} LOGIN;
        GRANT USAGE ON FOREIGN DATA WRAPPER mysql_sync TO {pair.name}; GRANT USAGE ON SCHEMA mysql_sync TO {pair.name};
        GRANT CREATE ON DATABASE {pair.name} TO {pair.name}; CREATE SCHEMA own AUTHORIZATION {pair.name}""")
    with contextlib.closing(pair.target.connect(pair.name)) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET SESSION AUTHORIZATION {pair.name}")
        yield cursor
    pair.target_execute(f"DROP OWNED BY {pair.name} CASCADE; DROP ROLE {pair.name}")


def refused(cursor, sql, state):
    with pytest.raises(psycopg2.Error) as raised:
        cursor.execute(sql)
    assert raised.value.pgcode == state, raised.value
    return str(raised.value)


def test_files_and_sockets_are_for_superusers(pair, role):
    for option in ("host '/tmp/mysql.sock'", "ssl_ca '/etc/passwd'", "ssl_cert '/etc/passwd'", "ssl_key '/etc/passwd'"):
        assert "superusers" in refused(role, f"CREATE SERVER own FOREIGN DATA WRAPPER mysql_sync OPTIONS ({option})", "42501")
    role.execute(f"""CREATE SERVER own FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1', port '{pair.source.port}');
        CREATE USER MAPPING FOR CURRENT_USER SERVER own OPTIONS (username 'repl', password 'repl')""")
    assert "superusers" in refused(role, "ALTER SERVER own OPTIONS (SET host '/tmp/mysql.sock')", "42501")
    # Set by a superuser for a server that another owns: refused when it is used.
    pair.target_execute("ALTER SERVER own OPTIONS (ADD ssl_ca '/etc/passwd')")
    assert "files" in refused(role, f"SELECT mysql_sync.import_schema('own', '{pair.name}', 'own')", "42501")
    pair.target_execute("ALTER SERVER own OPTIONS (DROP ssl_ca, SET host '/nowhere/mysql.sock')")
    assert "socket" in refused(role, f"SELECT mysql_sync.import_schema('own', '{pair.name}', 'own')", "2F003")


def test_a_mapping_needs_a_password(pair, role):
    pair.source_execute("""CREATE TABLE t (id int PRIMARY KEY); INSERT INTO t VALUES (1); DROP USER IF EXISTS open@'%';
        CREATE USER open@'%' IDENTIFIED BY ''; GRANT SELECT ON *.* TO open@'%'""")
    role.execute(f"""CREATE SERVER own FOREIGN DATA WRAPPER mysql_sync OPTIONS (host '127.0.0.1', port '{pair.source.port}');
        CREATE USER MAPPING FOR CURRENT_USER SERVER own OPTIONS (username 'open');
        CREATE FOREIGN TABLE own.t (id int) SERVER own OPTIONS (dbname '{pair.name}')""")
    refused(role, "SELECT * FROM own.t", "2F003")
    refused(role, "ALTER USER MAPPING FOR CURRENT_USER SERVER own OPTIONS (ADD password_required 'false')", "42501")
    pair.target_execute(f"""ALTER USER MAPPING FOR {pair.name} SERVER own OPTIONS (ADD password_required 'false')""")
    role.execute("SELECT * FROM own.t")
    assert role.fetchall() == [(1,)]
    pair.source_execute("DROP USER open@'%'")


def test_import_asks_for_usage_first(pair, role):
    pair.source_execute("CREATE TABLE secrets (hidden_column int)")
    message = refused(role, f"SELECT mysql_sync.import_schema('{pair.server}', '{pair.name}', 'own')", "42501")
    assert "permission denied" in message and "hidden_column" not in message
