// Which source tables a task carries: 'db.table' patterns with * and ?, a leading ! excludes.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync {

/// The parsed `tables` of create_task.
class ObjectSelection {
 public:
  /// kInvalidArgument, naming the pattern, for: no pattern at all, only exclusions, an empty part, no dot.
  /// A part may be quoted as `a.b` in backquotes (doubled inside) to hold dots, * and ? literally.
  static Result<ObjectSelection> parse(const std::vector<std::string>& patterns);

  /// True when some pattern includes the table and none excludes it. Case-sensitive.
  bool selects(std::string_view database, std::string_view table) const;

  /// Database names or patterns in the order given, to narrow the look into information_schema.
  bool may_select_from(std::string_view database) const;

 private:
  struct Glob {
    std::string text;                ///< characters
    std::vector<bool> is_wildcard;   ///< of each character: * or ? with its meaning
  };
  struct Pattern {
    Glob database, table;
    bool exclude = false;
  };
  static bool matches(const Glob& glob, std::string_view name);
  static Result<Pattern> parse_one(const std::string& pattern);
  std::vector<Pattern> patterns_;
};

}  // namespace mysql_sync
