// Which source tables a task carries: 'db.table' patterns with * and ?, a leading ! excludes.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync {

/// The parsed `tables` of create_task.
class ObjectSelection {
 public:
  /// kInvalidArgument, naming the pattern, for: no pattern at all, only exclusions, an empty part, no dot.
  /// A part may be quoted as `a.b` in backquotes (doubled inside) to hold dots, * and ? literally.
  static Result<ObjectSelection> parse(const std::vector<std::string>& patterns);

  /// Database and table of an exact name, quoted as in patterns. kInvalidArgument also for one with a leading
  /// ! or with a wildcard outside backquotes.
  static Result<std::pair<std::string, std::string>> parse_name(const std::string& text);

  /// True when some pattern includes the table and none excludes it. Case-sensitive.
  bool selects(std::string_view database, std::string_view table) const;

  /// True if a pattern without wildcards names the table and none excludes it.
  bool names(std::string_view database, std::string_view table) const;

  /// True if some pattern that includes tables has a wildcard: tables that come later may match it.
  bool has_wildcards() const;

  /// False only where no table of the database can be selected: it need not be looked into.
  bool may_select_from(std::string_view database) const;

 private:
  struct Glob {
    std::string text;               ///< bytes
    std::vector<bool> is_wildcard;  ///< of each byte: * or ? with its meaning; ? is one character of UTF-8
  };
  struct Pattern {
    Glob database, table;
    bool exclude = false;
  };
  static bool matches(const Glob& glob, std::string_view name);
  /// True for "*", with its meaning.
  static bool is_everything(const Glob& glob);
  static bool has_wildcard(const Glob& glob);
  /// Takes what stands before the next dot outside backquotes; false if a backquote is not closed.
  static bool take_part(std::string_view& rest, Glob* glob);
  static Result<Pattern> parse_one(const std::string& text);
  std::vector<Pattern> patterns_;
};

}  // namespace mysql_sync
