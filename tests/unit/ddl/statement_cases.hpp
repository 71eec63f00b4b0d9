// The cases of tests/ddl/*.txt, for one kind of source. README.md there has the notation.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mysql_sync::ddl {

struct StatementCase {
  std::string file, name;
  std::map<std::string, std::string> session;   ///< variable -> value as the file spells it
  std::vector<std::string> given;               ///< statements before
  std::vector<std::string> run;                 ///< the statements under test, as they stand in the binlog
  std::map<std::string, std::string> expected;  ///< table -> its columns, or "gone"
  bool stops = false;                           ///< the task refuses one of them
};

/// Those that run on `kind` ("mariadb", "mysql56", "mysql9"); {db} in their texts has become "db", {other}
/// "other".
std::vector<StatementCase> read_statement_cases(const std::string& directory, const std::string& kind);

}  // namespace mysql_sync::ddl
