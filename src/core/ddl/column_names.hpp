// What becomes of the names of a table's columns, for a table whose types need not be followed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/ddl/schema_change.hpp"

namespace mysql_sync::ddl {

/// For each column of `before` its name after the statement; empty if it is dropped, or where another one
/// has its name. What the statement names and `before` lacks is passed over.
std::vector<std::string> names_after(const TableSchema& before, const AlterTable& alter);
std::vector<std::string> names_after(const TableSchema& before, const AlterOutcome& outcome);

/// The drops and renames that give the columns of `before` these names, and nothing else: types, order and
/// what is left of the key stay.
AlterOutcome renaming(const TableSchema& before, std::vector<std::string> names);

/// The same for a target that keeps what is dropped.
AlterOutcome without_drops(AlterOutcome outcome);

/// True if the name that a column had as rows were read is that of another one now. `read_as`: those names
/// by column of `now`; empty if no row was read with the column.
bool have_changed_hands(const TableSchema& now, const std::vector<std::string>& read_as);

/// What can be told of an ALTER TABLE that parse() cannot read: a new name of the table, columns that are
/// dropped or renamed (of what they become only the names). kUnsupported if not even that can be read.
Result<AlterTable> read_names(std::string_view sql, const SessionContext& session);

}  // namespace mysql_sync::ddl
