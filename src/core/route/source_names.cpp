#include "core/route/source_names.hpp"

#include "core/types/name_case.hpp"

namespace mysql_sync {

std::string SourceNames::folded(std::string_view name) const {
  return fold_case_ ? lower_name(name) : std::string(name);
}

std::string SourceNames::key(std::string_view database, std::string_view table) const {
  std::string key(database);
  key += '\0';  // no name contains it
  key += table;
  return folded(key);
}

bool SourceNames::is_same(std::string_view a, std::string_view b) const {
  return fold_case_ ? same_name(a, b) : a == b;
}

}  // namespace mysql_sync
