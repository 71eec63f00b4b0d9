// The names that gh-ost and pt-online-schema-change give the tables they work with.
//
// Both fill a copy of the table under a name derived from it and put that in the table's place in the end.
// Sources: getSafeTableName() in github/gh-ost go/base/context.go; create_new_table() and swap_tables() in
// pt-online-schema-change of percona-toolkit.
#pragma once

#include <string_view>

namespace mysql_sync {

enum class MigrationRole {
  kNone,   ///< nothing that these tools make for the table
  kGhost,  ///< the altered copy that is to take the table's place: _t_gho, _t_new, __t_new, ...
  kHelper  ///< the table as it was (_t_del, _t_20260131120000_del, _t_old), gh-ost's own notes (_t_ghc,
           ///< _t_ghk)
};

/// What a table called `name` is to an online schema change of `table` in the same database. Names are bytes,
/// cut to 64 as the tools do; both in the same case where the source ignores it.
MigrationRole migration_role(std::string_view name, std::string_view table);

}  // namespace mysql_sync
