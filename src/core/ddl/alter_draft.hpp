// An ALTER TABLE while it is read: what its specifications share.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/base/status.hpp"
#include "core/ddl/column_definition.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_cursor.hpp"
#include "core/ddl/table_options.hpp"

namespace mysql_sync::ddl {

struct AlterDraft {
  /// A definition whose type waits for the statement's end, and the action that is to get it.
  struct Pending {
    size_t action;
    ColumnDefinition definition;
  };

  SqlCursor& cursor;
  const SessionContext& session;
  const bool ignore;  ///< ALTER IGNORE TABLE
  AlterTable alter = {};
  TableOptions options = {};
  std::optional<std::string> converted_to = {};  ///< the character set of CONVERT TO
  bool only_converts = true;                     ///< as far as it is read
  std::vector<Pending> pending = {};

  /// As in ChangeColumn.
  bool is_lenient() const;

  void no_effect() { alter.actions.emplace_back(NoEffect{}); }
  void needs_reload(std::string what) { alter.actions.emplace_back(NeedsReload{std::move(what)}); }
  Status carry_by_reload(std::string what);
  Status carry_not(std::string what);
  void add_unique();
  /// `action` gets the column of `definition` by resolve_columns().
  Status add_pending(AlterAction action, ColumnDefinition definition);

  Status skip_without_effect();
  /// For lists whose commas do not start a new specification.
  Status skip_rest_without_effect();
  Status skip_rest_and_reload(std::string what);

  /// After the last specification: the character set of the table, and with it the types of its columns.
  Status resolve_columns();
};

}  // namespace mysql_sync::ddl
