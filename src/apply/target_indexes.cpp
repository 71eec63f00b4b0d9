#include "apply/target_indexes.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "apply/target_catalog.hpp"
#include "core/types/type_map.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_am.h"
#include "commands/defrem.h"
}

namespace mysql_sync::apply {

namespace {

using pg::quote_name;
using pg::SpiSession;

constexpr const char* kComment = "mysql_sync: index ";
constexpr uint64_t kMaxBytes = 2500;  // of a row in a btree, with room for headers: BTMaxItemSize is 2704

/// False for types without a btree order, such as json.
bool has_order(SpiSession& spi, const TargetTable& target, const std::string& column) {
  const auto row = spi.query_row(
      "SELECT atttypid FROM pg_catalog.pg_attribute WHERE attrelid = $1::regclass AND attname = $2"
      "   AND attnum > 0 AND NOT attisdropped",
      {qualified(target), column});
  if (!row) return false;
  const auto type = static_cast<Oid>(std::stoul(*(*row)[0]));
  return OidIsValid(pg::guard([&] { return GetDefaultOpClass(type, BTREE_AM_OID); }));
}

/// The columns as CREATE INDEX lists them; nothing if the target cannot have the index.
std::optional<std::string> column_list(SpiSession& spi, const TargetTable& target, const TableSchema& source,
                                       const IndexDefinition& index) {
  if (index.method != "BTREE" && index.method != "HASH") return std::nullopt;
  std::string list;
  uint64_t bytes = 0;
  for (const IndexColumn& column : index.columns) {
    const auto at = source.find_column(column.name);
    if (!at || column.is_prefix || target.columns[*at].empty()) return std::nullopt;
    bytes += max_target_bytes(source.columns[*at].type);
    if (bytes > kMaxBytes || !has_order(spi, target, target.columns[*at])) return std::nullopt;
    list +=
        (list.empty() ? "" : ", ") + quote_name(target.columns[*at]) + (column.is_descending ? " DESC" : "");
  }
  return list;
}

struct MadeIndex {
  std::string name;     ///< on the target
  std::string columns;  ///< as column_list() writes them
};

/// The indexes of the target that were made here, by the source's name.
std::map<std::string, MadeIndex> made_indexes(SpiSession& spi, const TargetTable& target) {
  std::map<std::string, MadeIndex> made;
  const std::string comment = kComment;
  for (
      const pg::TextRow& row : spi.query(
          "SELECT c.relname, d.description,"
          "       (SELECT string_agg(quote_ident(a.attname) ||"
          "                          CASE i.indoption[k.n - 1] & 1 WHEN 1 THEN ' DESC' ELSE '' END, ', ' ORDER BY k.n)"
          "          FROM generate_series(1, i.indnatts) k(n) JOIN pg_catalog.pg_attribute a"
          "            ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n - 1])"
          "  FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid"
          "  JOIN pg_catalog.pg_description d ON d.objoid = c.oid AND d.classoid = 'pg_catalog.pg_class'::regclass"
          " WHERE i.indrelid = $1::regclass AND d.objsubid = 0",
          {qualified(target)})) {
    if (row[1]->compare(0, comment.size(), comment) == 0)
      made[row[1]->substr(comment.size())] = {*row[0], row[2].value_or("")};
  }
  return made;
}

std::string index_name(const TargetTable& target, const std::string& index) {
  return target.table + "_" + index;
}

/// A name that is taken, or too long for the server, costs the index and nothing else.
void make_index(SpiSession& spi, const TargetTable& target, const std::string& index,
                const std::string& columns) {
  const std::string name = index_name(target, index);
  if (name.size() >= NAMEDATALEN || relation_kind(target.schema, name)) return;
  run_ddl(spi, "CREATE INDEX " + quote_name(name) + " ON " + qualified(target) + " (" + columns + ")");
  spi.execute("COMMENT ON INDEX " + pg::quote_qualified(target.schema, name) + " IS " +
              pg::quote_literal(kComment + index));
}

}  // namespace

void follow_indexes(const TargetTable& target, const TableSchema& source,
                    const std::vector<IndexDefinition>& indexes) {
  SpiSession spi;
  std::map<std::string, MadeIndex> obsolete = made_indexes(spi, target);
  std::map<std::string, std::string> missing;
  for (const IndexDefinition& index : indexes) {
    const auto columns = column_list(spi, target, source, index);
    const auto made = obsolete.find(index.name);
    if (!columns) continue;
    if (made == obsolete.end() || made->second.columns != *columns)
      missing[index.name] = *columns;
    else
      obsolete.erase(made);
  }
  for (const auto& [index, made] : obsolete)
    run_ddl(spi, "DROP INDEX " + pg::quote_qualified(target.schema, made.name));
  for (const auto& [index, columns] : missing) make_index(spi, target, index, columns);
}

}  // namespace mysql_sync::apply
