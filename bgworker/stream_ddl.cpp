// The part of ChangeStream that reads statements of the source and carries DDL: what each kind of statement
// does to mapped tables.
#include "bgworker/change_stream.hpp"
#include "core/types/charset.hpp"

namespace mysql_sync {

const char* ChangeStream::how_to_go_on() {
  return "Drop the task and create it again, without the table or with existing_tables set to 'truncate'.";
}

void ChangeStream::on_statement(const Header& header, const binlog::QueryEvent& event) {
  statement_time_us_ = int64_t{header.timestamp} * 1000000 + event.microseconds;
  statement_zone_ = std::string(event.time_zone);
  if (!statement_is_void_) {
    const std::string sql = statement_in_utf8(event);
    const ddl::Statement statement = parse_statement(sql, event);
    // Should the statement stop the task, all that was complete before it is in the target.
    const bool is_relevant = !std::holds_alternative<ddl::Irrelevant>(statement);
    if (is_relevant && transaction_ != Transaction::kOpen && target_.has_work()) commit(false);
    std::visit([&](const auto& parsed) { run_statement(header, sql, parsed); }, statement);
  }
  if (transaction_ != Transaction::kOpen) end_transaction(header);  // DDL commits by itself
}

/// Statements are logged in the character set of their client.
std::string ChangeStream::statement_in_utf8(const binlog::QueryEvent& event) const {
  const auto charset = context_.charset_of_collation.find(event.client_charset);
  if (charset == context_.charset_of_collation.end()) return std::string(event.sql);
  const auto converter = CharsetConverter::create(charset->second);
  if (!converter.ok()) return std::string(event.sql);
  Arena scratch;
  return std::string(converter->to_utf8(event.sql, scratch));
}

ddl::SessionContext ChangeStream::session_of(const binlog::QueryEvent& event) const {
  ddl::SessionContext session;
  session.database = std::string(event.database);
  session.sql_mode = event.sql_mode;
  session.mariadb = context_.mariadb;
  session.explicit_defaults_for_timestamp = context_.explicit_defaults_for_timestamp;
  return session;
}

MappedTable* ChangeStream::find_selected(const std::vector<ddl::TableName>& names) {
  for (const ddl::TableName& name : names)
    if (MappedTable* table = tables_.find(name.database, name.table)) return table;
  return nullptr;
}

/// Reads the statement; one that cannot be read is passed over when it names none of our tables.
ddl::Statement ChangeStream::parse_statement(const std::string& sql, const binlog::QueryEvent& event) {
  ddl::SessionContext session = session_of(event);
  const MappedTable* mentioned = find_selected(ddl::mentioned_tables(sql, session));
  if (mentioned != nullptr) session.table_charset = mentioned->table_charset;
  auto parsed = ddl::parse(sql, session);
  if (parsed.ok()) return *std::move(parsed);
  if (mentioned == nullptr) return ddl::Irrelevant();
  current_table_ = mentioned->schema.display_name();
  throw pg::StatusError(parsed.status().with_context("cannot read a statement on " + current_table_));
}

void ChangeStream::fail_not_carried(const MappedTable& table, const std::string& what, std::string_view sql) {
  pg::fail(ErrorCode::kUnsupported, what + " on " + table.schema.display_name() + " is not carried",
           std::string(sql), how_to_go_on());
}

void ChangeStream::run_statement(const Header&, std::string_view sql, const ddl::TruncateTable& statement) {
  const MappedTable* table = tables_.find(statement.table.database, statement.table.table);
  if (table == nullptr || !is_live(*table)) return;
  current_table_ = table->schema.display_name();
  // Among appended rows, nobody can tell which came from this table.
  if (config_.operations.remove && config_.existing_tables == ExistingTables::kAppend)
    fail_not_carried(*table, "TRUNCATE with existing_tables 'append'", sql);
  target_.truncate(*table, config_.operations.remove);
}

/// A table that the patterns would have selected is not passed over without a word.
void ChangeStream::table_appeared(const ddl::TableName& name, std::string_view sql) {
  if (!config_.selection().selects(name.database, name.table)) return;
  ErrorEntry entry;
  entry.source_table = name.database + "." + name.table;
  entry.position = next_.to_string();
  entry.sqlstate = "01000";
  entry.message =
      entry.source_table + " is new on the source and not synchronized, though the task's patterns select it";
  entry.detail = std::string(sql);
  entry.remedy = "Create another task for it.";
  target_.warn(entry);
}

void ChangeStream::table_dropped(MappedTable& table, std::string_view sql) {
  ErrorEntry entry;
  entry.source_table = table.schema.display_name();
  entry.position = next_.to_string();
  entry.sqlstate = "01000";
  entry.message = "the table was dropped on the source; the target table is kept as it was";
  entry.detail = std::string(sql);
  entry.remedy = "Drop the target table where it is not wanted any more.";
  target_.warn(entry);
  target_.drop_mapping(table);
  table.dropped = true;
  tables_.detach(table);
}

void ChangeStream::run_statement(const Header&, std::string_view sql, const ddl::CreateTable& statement) {
  if (statement.temporary) return;
  const MappedTable* table = tables_.find(statement.table.database, statement.table.table);
  if (table == nullptr) return table_appeared(statement.table, sql);
  current_table_ = table->schema.display_name();
  // CREATE TABLE IF NOT EXISTS of a table we know was logged and did nothing.
  if (statement.or_replace || !statement.if_not_exists) fail_not_carried(*table, statement.what(), sql);
}

void ChangeStream::run_statement(const Header&, std::string_view sql, const ddl::DropTables& statement) {
  if (statement.temporary) return;
  for (const ddl::TableName& name : statement.tables) {
    MappedTable* table = tables_.find(name.database, name.table);
    if (table == nullptr) continue;
    current_table_ = table->schema.display_name();
    table_dropped(*table, sql);
  }
}

void ChangeStream::run_statement(const Header&, std::string_view sql, const ddl::RenameTables& statement) {
  for (const ddl::RenameTables::Pair& pair : statement.pairs) {
    const MappedTable* table = find_selected({pair.from, pair.to});
    if (table == nullptr) {
      table_appeared(pair.to, sql);
      continue;
    }
    current_table_ = table->schema.display_name();
    fail_not_carried(*table, "RENAME TABLE", sql);
  }
}

void ChangeStream::run_statement(const Header&, std::string_view sql,
                                 const ddl::DatabaseStatement& statement) {
  if (statement.kind != ddl::DatabaseStatement::Kind::kDrop) return;
  for (MappedTable* table : tables_.in_database(statement.database)) table_dropped(*table, sql);
}

void ChangeStream::run_statement(const Header&, std::string_view sql, const ddl::RowStatement& statement) {
  const MappedTable* table =
      statement.tables.empty() ? tables_.mentioned_in(sql) : find_selected(statement.tables);
  if (table == nullptr) return;
  current_table_ = table->schema.display_name();
  pg::fail(ErrorCode::kUnsupported,
           statement.what + " on " + current_table_ + " was logged as a statement, not as rows",
           std::string(sql),
           "Set binlog_format = 'ROW' in every session of the source, then recreate the task with "
           "existing_tables set "
           "to 'truncate'.");
}

}  // namespace mysql_sync
