#include "bgworker/stream/statement_reader.hpp"

#include "core/ddl/client_text.hpp"
#include "core/ddl/column_names.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/types/charset.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

/// The table for which the statement takes its database's character set; nullptr if it takes none.
const ddl::TableName* needs_database_charset(const ddl::Statement& statement) {
  const auto* create = std::get_if<ddl::CreateTable>(&statement);
  if (create != nullptr && create->takes_database_charset) return &create->table;
  const auto* alter = std::get_if<ddl::AlterTable>(&statement);
  return alter != nullptr && alter->takes_database_charset ? &alter->table : nullptr;
}

}  // namespace

ddl::Statement StatementReader::parse(const std::string& sql, const binlog::QueryEvent& event) {
  ddl::SessionContext session = session_of(event);
  const std::vector<ddl::TableName> names = ddl::mentioned_tables(sql, session);
  const MappedTable* mentioned = find_live(names);
  GhostTable* ghost = find_ghost(names);
  if (mentioned != nullptr)
    session.table_charset = mentioned->table_charset;
  else if (ghost != nullptr)
    session.table_charset = ghost->copy.table_charset;
  auto parsed = parse_in_database(sql, session);
  if (parsed.ok()) return *std::move(parsed);
  if (auto create = unread_create(sql, session, parsed.status().message())) return *std::move(create);
  if (mentioned != nullptr) {
    state_.current_table = mentioned->schema.display_name();
    throw pg::StatusError(parsed.status().with_context("cannot read a statement on " + state_.current_table));
  }
  if (ghost != nullptr) {
    ghost->reload = "a statement on its copy cannot be read: " + sql;
    migrations_.save(*ghost);
  }
  if (auto alter = unread_alter(sql, session, parsed.status())) return *std::move(alter);
  return ddl::Irrelevant();
}

StatementContext StatementReader::context_of(const binlog::EventHeader& header,
                                             const binlog::QueryEvent& event) const {
  StatementContext context = mysql_sync::context_of(header, state_.no_statement());
  context.text = statement_in_utf8(event);
  context.time_us += event.microseconds;
  context.time_zone = std::string(event.time_zone);
  context.thread = event.thread;
  context.error = event.error;
  context.used_databases = event.used_databases;
  return context;
}

/// Statements are logged in the client's character set. The source converts literals to the connection's
/// character set first: if that is "binary", a column takes their bytes.
std::string StatementReader::statement_in_utf8(const binlog::QueryEvent& event) const {
  const std::string charset = charset_of_collation(event.client_charset);
  const auto converter = CharsetConverter::create(charset);
  if (charset.empty() || !converter.ok()) return std::string(event.sql);
  ddl::ClientText client{*converter, false, ddl::lexer_options(session_of(event))};
  client.literals_are_bytes =
      charset == "binary" || charset_of_collation(event.connection_charset) == "binary";
  return ddl::client_text_to_utf8(event.sql, client);
}

/// Empty if the source does not tell.
std::string StatementReader::charset_of_collation(uint16_t collation) const {
  const auto charset = state_.facts.charset_of_collation.find(collation);
  return charset == state_.facts.charset_of_collation.end() ? std::string() : charset->second;
}

/// The character set of collation_database: of the session's current database, unless it was set.
std::string StatementReader::session_charset(const binlog::QueryEvent& event) const {
  if (event.database_charset != 0) return charset_of_collation(event.database_charset);
  if (event.database.empty()) return charset_of_collation(event.server_charset);
  const std::string* charset = state_.databases.find(std::string(event.database));
  return charset == nullptr ? std::string() : *charset;
}

ddl::SessionContext StatementReader::session_of(const binlog::QueryEvent& event) const {
  ddl::SessionContext session;
  session.database = std::string(event.database);
  session.sql_mode = event.sql_mode;
  session.mariadb = state_.facts.mariadb;
  session.version = state_.source_version;
  session.lowers_names = state_.facts.lowers_names;
  session.session_charset = session_charset(event);
  session.server_charset = charset_of_collation(event.server_charset);
  session.explicit_defaults_for_timestamp =
      event.explicit_defaults_for_timestamp.value_or(state_.facts.explicit_defaults_for_timestamp);
  return session;
}

MappedTable* StatementReader::find_live(const std::vector<ddl::TableName>& names) {
  for (const ddl::TableName& name : names) {
    MappedTable* table = state_.tables.find(name.database, name.table);
    if (table != nullptr && state_.is_live(*table)) return table;
  }
  return nullptr;
}

GhostTable* StatementReader::find_ghost(const std::vector<ddl::TableName>& names) {
  for (const ddl::TableName& name : names)
    if (GhostTable* ghost = state_.ghosts.find(name.database, name.table)) return ghost;
  return nullptr;
}

/// An ALTER TABLE that cannot be read, of a table that waits for its reload or that the task does not have.
/// Its columns need not be known, but the names in it count.
std::optional<ddl::Statement> StatementReader::unread_alter(const std::string& sql,
                                                            const ddl::SessionContext& session,
                                                            const Status& problem) {
  const ddl::SqlCursor cursor(sql, session);
  if (!cursor.at_any({"ALTER", "SET"})) return std::nullopt;
  auto names = ddl::read_names(sql, session);
  if (!names.ok()) {
    check_nothing_waits(ddl::mentioned_tables(sql, session), problem);
    return std::nullopt;
  }
  const MappedTable* table = state_.tables.find(names->table.database, names->table.table);
  if (table != nullptr && state_.follows_names(*table)) return *std::move(names);
  const ddl::TableName* to = names->renamed_to();
  if (to == nullptr) return std::nullopt;
  return ddl::RenameTables{{{names->table, *to}}, names->if_exists};
}

void StatementReader::check_nothing_waits(const std::vector<ddl::TableName>& names, const Status& problem) {
  for (const ddl::TableName& name : names) {
    const MappedTable* table = state_.tables.find(name.database, name.table);
    if (table != nullptr && state_.follows_names(*table))
      throw pg::StatusError(
          problem.with_context("cannot read a statement on " + table->schema.display_name()));
  }
}

/// A CREATE TABLE that cannot be read still makes a table: the source is asked for its columns.
std::optional<ddl::CreateTable> StatementReader::unread_create(const std::string& sql,
                                                               const ddl::SessionContext& session,
                                                               const std::string& problem) {
  ddl::SqlCursor cursor(sql, session);
  ddl::CreateTable create;
  if (!cursor.accept("CREATE")) return std::nullopt;
  create.or_replace = cursor.accept({"OR", "REPLACE"});
  if (!cursor.accept("TABLE")) return std::nullopt;
  create.if_not_exists = cursor.accept({"IF", "NOT", "EXISTS"});
  if (!cursor.expect_table(session, &create.table).ok()) return std::nullopt;
  create.incomplete_reason = problem;
  return create;
}

/// As the schema history has it. If it does not know the database, because a statement was not logged, the
/// source is asked. Empty if the source has no such database.
std::string StatementReader::charset_of_database(const std::string& database) {
  if (const std::string* charset = state_.databases.find(database)) return *charset;
  const std::string charset = pg::value_or_throw(source::read_database_charset(state_.control, database));
  if (!charset.empty()) note_charset(database, charset);
  return charset;
}

void StatementReader::note_charset(const std::string& database, const std::string& charset) {
  const std::string* known = state_.databases.find(database);
  const bool is_news = known == nullptr ? !charset.empty() : *known != charset;
  const std::string name = state_.databases.key(database);
  const ObjectSelection selection = state_.config.selection();
  const bool is_selected = selection.may_select_from(database) || selection.may_select_from(name);
  if (!is_news || !is_selected) return;
  state_.databases.set(database, charset);
  state_.in_ddl([&](pg::SpiSession& spi) { save_database_charset(spi, state_.config.task, name, charset); });
}

/// Parses again with the database's character set, if the statement takes that and concerns the task.
Result<ddl::Statement> StatementReader::parse_in_database(const std::string& sql,
                                                          ddl::SessionContext& session) {
  auto parsed = ddl::parse(sql, session);
  if (!parsed.ok()) return parsed;
  const ddl::TableName* table = needs_database_charset(*parsed);
  if (table == nullptr) return parsed;
  const bool is_known = state_.tables.find(table->database, table->table) != nullptr ||
                        task_tables_.migration_of(*table).has_value();
  if (!is_known && !(state_.config.creates_tables() && task_tables_.selects(*table))) return parsed;
  session.database_charset = charset_of_database(table->database);
  const bool is_gone = session.database_charset.empty();
  if (is_gone) session.database_charset = ddl::SessionContext().database_charset;
  parsed = ddl::parse(sql, session);
  auto* create = parsed.ok() ? std::get_if<ddl::CreateTable>(&*parsed) : nullptr;
  if (is_gone && create != nullptr) {
    create->complete = false;
    create->incomplete_reason = "its database is gone from the source";
  }
  return parsed;
}

}  // namespace mysql_sync
