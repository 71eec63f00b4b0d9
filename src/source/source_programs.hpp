// What a statement may change beyond the tables that it names, as the source's catalog has it: views,
// triggers, routines, foreign keys.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "source/connection.hpp"

namespace mysql_sync::source {

/// SQL of the source, and how it is to be read.
struct ProgramText {
  std::string database;  ///< of names that say none
  std::string sql;
  uint64_t sql_mode = 0;  ///< bits of ddl::SqlMode
};

/// What hangs on the name of a table.
struct TablePrograms {
  std::vector<ProgramText>
      views;  ///< the query, where the name is a view's; empty text where it is not shown
  std::vector<ProgramText> triggers;  ///< those that the account may see
};
Result<TablePrograms> read_table_programs(Connection& connection, const std::string& database,
                                          const std::string& table);

/// A foreign key by which rows of a table change with those of another.
struct CascadingReference {
  std::string parent_database, parent, child_database, child;
};
/// All of them: the source looks through all of its tables for those of one, too.
Result<std::vector<CascadingReference>> list_cascading_references(Connection& connection);

/// The bodies of the functions and procedures of that name, and of a package of the name `database`; empty
/// text where the account may not see one.
Result<std::vector<ProgramText>> read_routines(Connection& connection, const std::string& database,
                                               const std::string& name);

/// What the account may see, by what SHOW GRANTS says of it.
class CatalogRights {
 public:
  CatalogRights() = default;
  explicit CatalogRights(const std::vector<std::string>& grants);

  bool sees_tables(const std::string& database) const { return has("SELECT", database); }
  bool sees_triggers(const std::string& database) const { return has("TRIGGER", database); }
  /// Names and bodies of all routines.
  bool sees_routines() const { return has("SELECT", {}); }

 private:
  struct Grant {
    std::string rights;    ///< "SELECT, TRIGGER"
    std::string database;  ///< a pattern; empty: all
  };
  bool has(const std::string& right, const std::string& database) const;

  std::vector<Grant> grants_;
  std::vector<Grant> revokes_;  ///< of what is granted for all: MySQL 8.0 with partial_revokes
};

}  // namespace mysql_sync::source
