// How a source compares the names of databases and tables: exactly, or without case, by its
// lower_case_table_names.
#pragma once

#include <string>
#include <string_view>

#include "core/ddl/ddl_statement.hpp"

namespace mysql_sync {

class SourceNames {
 public:
  /// `fold_case`: lower_case_table_names is not 0.
  explicit SourceNames(bool fold_case = false) : fold_case_(fold_case) {}

  /// The name that stands for all that the source takes for the same one.
  std::string folded(std::string_view name) const;
  /// Likewise for a table, or, without `table`, the beginning of the keys of all tables of a database.
  std::string key(std::string_view database, std::string_view table = {}) const;
  std::string key(const ddl::TableName& name) const { return key(name.database, name.table); }

  /// True if the source takes both for the same database, or the same table.
  bool is_same(std::string_view a, std::string_view b) const;
  bool is_same(const ddl::TableName& a, const ddl::TableName& b) const {
    return is_same(a.database, b.database) && is_same(a.table, b.table);
  }

 private:
  bool fold_case_;
};

}  // namespace mysql_sync
