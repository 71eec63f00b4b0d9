// Types of the target's database: what SQL calls them, and what kind of values they take
// (core/types/type_fit). Everything here needs a transaction and an active snapshot.
#pragma once

#include <map>
#include <string>

#include "apply/applier.hpp"
#include "core/types/type_fit.hpp"

namespace mysql_sync::apply {

/// The name under which the type that SQL calls `name` is found under any search_path: qualified outside
/// pg_catalog. PgError if there is no such type. Runs no query.
std::string qualified_type(const std::string& name);

/// The type that SQL calls `name` where the session's search_path is; PgError if there is none. Its name
/// in the result is that of qualified_type().
TargetType find_type(const std::string& name);

/// The columns of an existing table with their types.
std::map<std::string, TargetType> column_types(const std::string& schema, const std::string& table);

/// The type of each of the target's columns as find_type() would name it, from the relation cache; empty for
/// columns that are not carried. kNotFound if the table lacks one.
std::vector<std::string> column_type_names(const TargetTable& target);

}  // namespace mysql_sync::apply
