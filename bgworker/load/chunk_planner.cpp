#include "bgworker/load/chunk_planner.hpp"

#include <charconv>
#include <optional>

namespace mysql_sync {

namespace {

using Integer = __int128;  // holds both ends of bigint and of bigint unsigned

enum class KeyKind { kInteger, kNumber, kQuoted, kText, kBytes, kUncuttable };

KeyKind kind_of(const ColumnType& type) {
  switch (type.kind) {
    case TypeKind::kTinyint:
    case TypeKind::kSmallint:
    case TypeKind::kMediumint:
    case TypeKind::kInt:
    case TypeKind::kBigint:
      return KeyKind::kInteger;
    case TypeKind::kDecimal:
    case TypeKind::kYear:
      return KeyKind::kNumber;
    case TypeKind::kDate:
    case TypeKind::kTime:
    case TypeKind::kDatetime:
    case TypeKind::kTimestamp:
      return KeyKind::kQuoted;
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kText:
      return KeyKind::kText;
    case TypeKind::kBinary:
    case TypeKind::kVarbinary:
    case TypeKind::kBlob:
      return KeyKind::kBytes;
    default:
      return KeyKind::kUncuttable;
  }
}

std::string to_text(Integer value) {
  const bool negative = value < 0;
  unsigned __int128 rest =
      negative ? -static_cast<unsigned __int128>(value) : static_cast<unsigned __int128>(value);
  std::string digits;
  do digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(rest % 10)));
  while ((rest /= 10) > 0);
  return negative ? "-" + digits : digits;
}

std::optional<Integer> parse_integer(const std::string& text) {
  const bool negative = !text.empty() && text[0] == '-';
  uint64_t magnitude = 0;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + (negative ? 1 : 0), end, magnitude);
  if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
  return negative ? -static_cast<Integer>(magnitude) : static_cast<Integer>(magnitude);
}

std::string table_name(const TableSchema& schema) {
  return source::quote_identifier(schema.database) + "." + source::quote_identifier(schema.table);
}

const Column& key_column(const TableSchema& schema, size_t i) {
  return schema.columns[schema.primary_key[i]];
}

/// Even cuts between the least and the greatest key.
Result<std::vector<std::string>> plan_by_integer(source::Connection& connection, const TableSchema& schema,
                                                 uint64_t chunks) {
  const std::string key = source::quote_identifier(key_column(schema, 0).name);
  MYSQL_SYNC_ASSIGN_OR_RETURN(const auto rows, connection.query_all("SELECT MIN(" + key + "), MAX(" + key +
                                                                    ") FROM " + table_name(schema)));
  std::vector<std::string> whole(1);
  if (rows.empty() || rows[0].size() != 2 || !rows[0][0] || !rows[0][1]) return whole;
  const auto low = parse_integer(*rows[0][0]), high = parse_integer(*rows[0][1]);
  if (!low || !high) return whole;
  const Integer width = (*high - *low) / static_cast<Integer>(chunks) + 1;
  std::vector<std::string> conditions;
  std::string from;
  for (Integer cut = *low + width; cut <= *high; cut += width) {
    conditions.push_back(from + key + " < " + to_text(cut));
    from = key + " >= " + to_text(cut) + " AND ";
  }
  if (conditions.empty()) return whole;
  conditions.push_back(from.substr(0, from.size() - 5));
  return conditions;
}

/// Strings are read, and written back, as the bytes that are stored: what the source cannot convert would
/// come as '?' and cut somewhere else.
std::string read_expression(const Column& column) {
  const std::string name = source::quote_identifier(column.name);
  const KeyKind kind = kind_of(column.type);
  return kind == KeyKind::kText || kind == KeyKind::kBytes ? "HEX(" + name + ")" : name;
}

std::string literal(const source::Connection& connection, const Column& column, const std::string& text) {
  switch (kind_of(column.type)) {
    case KeyKind::kBytes:
      return "x'" + text + "'";
    case KeyKind::kText:
      return (column.type.charset.empty() ? "" : "_" + column.type.charset + " ") + "x'" + text + "'";
    case KeyKind::kQuoted:
      return connection.quote_literal(text);
    default:
      return text;
  }
}

using KeyLiterals = std::vector<std::string>;

/// (a, b) < (x, y), or >=, spelled out so that every version uses the key's index.
std::string compare_key(const TableSchema& schema, const KeyLiterals& key, const char* strict,
                        const char* last) {
  std::string condition, equal;
  for (size_t i = 0; i < key.size(); ++i) {
    const std::string name = source::quote_identifier(key_column(schema, i).name);
    const char* comparison = i + 1 == key.size() ? last : strict;
    condition += (i == 0 ? "(" : " OR (") + equal + name + " " + comparison + " " + key[i] + ")";
    equal += name + " = " + key[i] + " AND ";
  }
  return "(" + condition + ")";
}

std::string key_list(const TableSchema& schema, std::string (*expression)(const Column&)) {
  std::string list;
  for (size_t i = 0; i < schema.primary_key.size(); ++i)
    list += (i == 0 ? "" : ", ") + expression(key_column(schema, i));
  return list;
}

std::string quoted_name(const Column& column) { return source::quote_identifier(column.name); }

/// The key `chunk_rows` rows after `from`; nothing if fewer are left.
Result<std::optional<KeyLiterals>> next_cut(source::Connection& connection, const TableSchema& schema,
                                            const KeyLiterals& from, uint64_t chunk_rows) {
  const std::string where = from.empty() ? "" : " WHERE " + compare_key(schema, from, ">", ">=");
  MYSQL_SYNC_ASSIGN_OR_RETURN(
      const auto rows,
      connection.query_all("SELECT " + key_list(schema, read_expression) + " FROM " + table_name(schema) +
                           where + " ORDER BY " + key_list(schema, quoted_name) + " LIMIT 1 OFFSET " +
                           std::to_string(chunk_rows)));
  if (rows.empty()) return std::optional<KeyLiterals>();
  KeyLiterals key;
  for (size_t i = 0; i < rows[0].size(); ++i)
    key.push_back(literal(connection, key_column(schema, i), rows[0][i].value_or("")));
  return std::optional<KeyLiterals>(std::move(key));
}

/// Walks the key's index and cuts after every chunk_rows rows.
Result<std::vector<std::string>> plan_by_walking(source::Connection& connection, const TableSchema& schema,
                                                 uint64_t chunk_rows) {
  std::vector<std::string> conditions;
  KeyLiterals from;
  for (;;) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const auto cut, next_cut(connection, schema, from, chunk_rows));
    const std::string lower = from.empty() ? "" : compare_key(schema, from, ">", ">=");
    if (!cut) {
      conditions.push_back(lower);
      return conditions;
    }
    conditions.push_back((lower.empty() ? "" : lower + " AND ") + compare_key(schema, *cut, "<", "<"));
    from = *cut;
  }
}

bool can_cut(const TableSchema& schema) {
  for (const size_t column : schema.primary_key)
    if (kind_of(schema.columns[column].type) == KeyKind::kUncuttable) return false;
  return !schema.primary_key.empty();
}

}  // namespace

bool KeyWalk::is_possible() const { return can_cut(schema_); }

std::string KeyWalk::order() const { return key_list(schema_, quoted_name); }

std::string KeyWalk::select_list() const { return key_list(schema_, read_expression); }

std::string KeyWalk::behind(const source::Connection& connection, const std::vector<std::string>& key) const {
  KeyLiterals literals;
  for (size_t i = 0; i < key.size(); ++i)
    literals.push_back(literal(connection, key_column(schema_, i), key[i]));
  return compare_key(schema_, literals, ">", ">");
}

Result<std::vector<std::string>> plan_chunks(source::Connection& connection, const TableSchema& schema,
                                             uint64_t estimated_rows, uint64_t chunk_rows) {
  // The statistic can be half the truth; below half a chunk one query is as good.
  if (!can_cut(schema) || estimated_rows < chunk_rows / 2) return std::vector<std::string>(1);
  const bool integer_key =
      schema.primary_key.size() == 1 && kind_of(key_column(schema, 0).type) == KeyKind::kInteger;
  if (!integer_key) return plan_by_walking(connection, schema, chunk_rows);
  return plan_by_integer(connection, schema, (estimated_rows + chunk_rows - 1) / chunk_rows);
}

}  // namespace mysql_sync
