// Small queries on the target's catalog, from C++: text in, text out, both UTF-8 whatever the database's
// encoding; PgError (untranslatable_character) for what that lacks.
#pragma once

#include "pg/guard.hpp"

namespace mysql_sync::pg {

/// An argument or a cell: SQL NULL is nothing.
using Text = std::optional<std::string>;
using TextRow = std::vector<Text>;

/// SPI_connect … SPI_finish. Needs a transaction. On the stack; sessions nest.
class SpiSession {
 public:
  SpiSession();
  ~SpiSession();
  SpiSession(const SpiSession&) = delete;
  SpiSession& operator=(const SpiSession&) = delete;

  /// Runs a statement whose parameters $1… are text (cast them in the SQL). Returns the rows processed.
  uint64_t execute(const std::string& sql, const std::vector<Text>& arguments = {});
  /// All rows of a small query.
  std::vector<TextRow> query(const std::string& sql, const std::vector<Text>& arguments = {});
  /// The first row, or nothing.
  std::optional<TextRow> query_row(const std::string& sql, const std::vector<Text>& arguments = {});

 private:
  friend class SavedStatement;
  MemoryContext caller_;
  MemoryContext scratch_ = nullptr;  // of one statement: a session may run for hours
  bool entered_level_;
};

/// A statement that is parsed and planned once and run often, with text parameters $1… as above. Lives across
/// transactions.
class SavedStatement {
 public:
  explicit SavedStatement(std::string sql) : sql_(std::move(sql)) {}
  ~SavedStatement();
  SavedStatement(const SavedStatement&) = delete;
  SavedStatement& operator=(const SavedStatement&) = delete;

  /// Runs it within `session`. Returns the rows processed.
  uint64_t execute(SpiSession& session, const std::vector<Text>& arguments);

 private:
  std::string sql_;
  SPIPlanPtr plan_ = nullptr;
};

/// `name` as an SQL identifier, quoted where needed; `literal` as a string literal.
std::string quote_name(const std::string& name);
std::string quote_literal(const std::string& literal);
/// "schema"."table".
std::string quote_qualified(const std::string& schema, const std::string& table);

}  // namespace mysql_sync::pg
