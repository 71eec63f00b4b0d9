// The part of ChangeStream that reads statements of the source and carries DDL: what each kind of statement
// does to mapped tables.
#include "bgworker/stream/change_stream.hpp"
#include "core/ddl/client_text.hpp"
#include "core/ddl/column_names.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/types/charset.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

const char* ChangeStream::how_to_go_on() {
  return "Call mysql_sync.reset_task(), then start_task(): all tables are loaded again. A table that cannot be carried "
         "is to be left out, by alter_task() between the two.";
}

void ChangeStream::on(const Header& header, const binlog::QueryEvent& event) {
  if (transactions_.is_statement_void()) return;
  const StatementContext context = context_of(header, event);
  ddl::Statement statement = parse_statement(context.text, event);
  // What ends a transaction that takes no effect tells that it does.
  if (transactions_.is_transaction_void()) {
    transactions_.open();
    return doubt_void(statement, context);
  }
  const bool is_temporary = is_of_temporary(context, statement);
  follow_temporary(statement, context);
  if (is_temporary) statement = ddl::Irrelevant();
  follow_reach(context, statement);
  // Should the statement stop the task, all that was complete before it is in the target.
  const bool is_relevant = !std::holds_alternative<ddl::Irrelevant>(statement);
  if (is_relevant) names_seen_.reset();
  if (is_relevant && !transactions_.is_open() && target_.has_work()) commit(false);
  std::visit([&](const auto& parsed) { run_statement(context, parsed); }, statement);
  follow_foreign_keys(context.text, statement);
}

/// Of an event that is no statement.
StatementContext ChangeStream::context_of(const Header& header) const {
  StatementContext context = no_statement();
  context.time = header.timestamp;
  context.time_us = int64_t{header.timestamp} * 1000000;
  context.may_be_of_temporary = (header.flags & Header::kThreadSpecific) != 0;
  return context;
}

StatementContext ChangeStream::context_of(const Header& header, const binlog::QueryEvent& event) const {
  StatementContext context = context_of(header);
  context.text = statement_in_utf8(event);
  context.time_us += event.microseconds;
  context.time_zone = std::string(event.time_zone);
  context.thread = event.thread;
  context.error = event.error;
  context.used_databases = event.used_databases;
  return context;
}

/// For what happens between the events, or for another reason than a statement.
StatementContext ChangeStream::no_statement() const {
  StatementContext context;
  context.time = transactions_.boundary_time();
  context.position = transactions_.next().to_string();
  context.gtid = transactions_.gtid_text();
  return context;
}

/// Statements are logged in the character set of their client. Literals become those of its connection's
/// first: where that is "binary", their bytes are what a column takes.
std::string ChangeStream::statement_in_utf8(const binlog::QueryEvent& event) const {
  const std::string charset = charset_of_collation(event.client_charset);
  const auto converter = CharsetConverter::create(charset);
  if (charset.empty() || !converter.ok()) return std::string(event.sql);
  ddl::ClientText client{*converter, false, ddl::lexer_options(session_of(event))};
  client.literals_are_bytes =
      charset == "binary" || charset_of_collation(event.connection_charset) == "binary";
  return ddl::client_text_to_utf8(event.sql, client);
}

/// Empty where the source does not tell.
std::string ChangeStream::charset_of_collation(uint16_t collation) const {
  const auto charset = facts_.charset_of_collation.find(collation);
  return charset == facts_.charset_of_collation.end() ? std::string() : charset->second;
}

/// Of collation_database: that of the session's current database, unless it was set to another one.
std::string ChangeStream::session_charset(const binlog::QueryEvent& event) const {
  if (event.database_charset != 0) return charset_of_collation(event.database_charset);
  if (event.database.empty()) return charset_of_collation(event.server_charset);
  const std::string* charset = databases_.find(std::string(event.database));
  return charset == nullptr ? std::string() : *charset;
}

ddl::SessionContext ChangeStream::session_of(const binlog::QueryEvent& event) const {
  ddl::SessionContext session;
  session.database = std::string(event.database);
  session.sql_mode = event.sql_mode;
  session.mariadb = facts_.mariadb;
  session.version = source_version_;
  session.lowers_names = facts_.lowers_names;
  session.session_charset = session_charset(event);
  session.server_charset = charset_of_collation(event.server_charset);
  session.explicit_defaults_for_timestamp =
      event.explicit_defaults_for_timestamp.value_or(facts_.explicit_defaults_for_timestamp);
  return session;
}

MappedTable* ChangeStream::find_live(const std::vector<ddl::TableName>& names) {
  for (const ddl::TableName& name : names) {
    MappedTable* table = tables_.find(name.database, name.table);
    if (table != nullptr && is_live(*table)) return table;
  }
  return nullptr;
}

GhostTable* ChangeStream::find_ghost(const std::vector<ddl::TableName>& names) {
  for (const ddl::TableName& name : names)
    if (GhostTable* ghost = ghosts_.find(name.database, name.table)) return ghost;
  return nullptr;
}

/// Reads the statement; one that cannot be read is passed over when it names none of our tables.
ddl::Statement ChangeStream::parse_statement(const std::string& sql, const binlog::QueryEvent& event) {
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
    current_table_ = mentioned->schema.display_name();
    throw pg::StatusError(parsed.status().with_context("cannot read a statement on " + current_table_));
  }
  if (ghost != nullptr) {
    ghost->reload = "a statement on its copy cannot be read: " + sql;
    save(*ghost);
  }
  if (auto alter = unread_alter(sql, session, parsed.status())) return *std::move(alter);
  return ddl::Irrelevant();
}

/// An ALTER TABLE that cannot be read changes no columns that have to be known, as the table waits for its
/// reload or is none of the task's. Its names count all the same.
std::optional<ddl::Statement> ChangeStream::unread_alter(const std::string& sql,
                                                         const ddl::SessionContext& session,
                                                         const Status& problem) {
  const ddl::SqlCursor cursor(sql, session);
  if (!cursor.at_any({"ALTER", "SET"})) return std::nullopt;
  auto names = ddl::read_names(sql, session);
  if (!names.ok()) {
    check_nothing_waits(ddl::mentioned_tables(sql, session), problem);
    return std::nullopt;
  }
  const MappedTable* table = tables_.find(names->table.database, names->table.table);
  if (table != nullptr && follows_names(*table)) return *std::move(names);
  const ddl::TableName* to = names->renamed_to();
  if (to == nullptr) return std::nullopt;
  return ddl::RenameTables{{{names->table, *to}}, names->if_exists};
}

void ChangeStream::check_nothing_waits(const std::vector<ddl::TableName>& names, const Status& problem) {
  for (const ddl::TableName& name : names) {
    const MappedTable* table = tables_.find(name.database, name.table);
    if (table != nullptr && follows_names(*table))
      throw pg::StatusError(
          problem.with_context("cannot read a statement on " + table->schema.display_name()));
  }
}

namespace {

/// The table whose database's character set the statement takes; nullptr where it takes none.
const ddl::TableName* needs_database_charset(const ddl::Statement& statement) {
  const auto* create = std::get_if<ddl::CreateTable>(&statement);
  if (create != nullptr && create->takes_database_charset) return &create->table;
  const auto* alter = std::get_if<ddl::AlterTable>(&statement);
  return alter != nullptr && alter->takes_database_charset ? &alter->table : nullptr;
}

}  // namespace

/// A CREATE TABLE that cannot be read makes a table all the same: its columns are asked of the source.
std::optional<ddl::CreateTable> ChangeStream::unread_create(const std::string& sql,
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

/// What the schema history says. Of a database that it does not know, as after a statement that was not
/// logged, the source is asked. Empty where that has none.
std::string ChangeStream::charset_of_database(const std::string& database) {
  if (const std::string* charset = databases_.find(database)) return *charset;
  const std::string charset = pg::value_or_throw(source::read_database_charset(control_, database));
  if (!charset.empty()) note_charset(database, charset);
  return charset;
}

/// A step of the schema history, where tables of the database may be selected.
void ChangeStream::note_charset(const std::string& database, const std::string& charset) {
  const std::string* known = databases_.find(database);
  const bool is_news = known == nullptr ? !charset.empty() : *known != charset;
  const std::string name = databases_.key(database);
  const ObjectSelection selection = config_.selection();
  const bool is_selected = selection.may_select_from(database) || selection.may_select_from(name);
  if (!is_news || !is_selected) return;
  databases_.set(database, charset);
  in_ddl([&](pg::SpiSession& spi) { save_database_charset(spi, config_.task, name, charset); });
}

/// Where the statement leaves the character set to the database, and is of concern.
Result<ddl::Statement> ChangeStream::parse_in_database(const std::string& sql, ddl::SessionContext& session) {
  auto parsed = ddl::parse(sql, session);
  if (!parsed.ok()) return parsed;
  const ddl::TableName* table = needs_database_charset(*parsed);
  if (table == nullptr) return parsed;
  const bool is_known =
      tables_.find(table->database, table->table) != nullptr || migration_of(*table).has_value();
  if (!is_known && !(config_.creates_tables() && selects(*table))) return parsed;
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

void ChangeStream::fail_not_carried(const MappedTable& table, const std::string& what,
                                    const StatementContext& context) {
  pg::fail(ErrorCode::kUnsupported, what + " on " + table.schema.display_name() + " is not carried",
           context.text, how_to_go_on());
}

void ChangeStream::run_statement(const StatementContext& context, const ddl::TruncateTable& statement) {
  prove_name(statement.table, context);
  if (GhostTable* ghost = ghosts_.find(statement.table.database, statement.table.table)) {
    if (ghost->rows) ghost->rows = 0;
    ghost->is_unsaved = true;
  }
  const MappedTable* table = find_live({statement.table});
  if (table == nullptr) return;
  current_table_ = table->schema.display_name();
  // Among appended rows, nobody can tell which came from this table.
  if (config_.operations.remove && config_.existing_tables == ExistingTables::kAppend)
    fail_not_carried(*table, "TRUNCATE with existing_tables 'append'", context);
  target_.truncate(*table, config_.operations.remove);
}

}  // namespace mysql_sync
