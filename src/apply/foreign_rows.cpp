#include "apply/foreign_rows.hpp"

#include "apply/target_catalog.hpp"
#include "apply/target_rights.hpp"
#include "pg/acting_role.hpp"
#include "pg/encoding.hpp"

extern "C" {
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
}

namespace mysql_sync::apply {

using pg::guard;

namespace {

constexpr size_t kMostKeys = 200;  ///< in one statement

/// Calls `work` with so many of the keys at a time.
template <typename F>
void each_batch(const std::vector<ColumnTexts>& keys, F work) {
  for (size_t begin = 0; begin < keys.size(); begin += kMostKeys) {
    guard([] { CHECK_FOR_INTERRUPTS(); });
    const size_t end = std::min(keys.size(), begin + kMostKeys);
    work(std::vector<ColumnTexts>(keys.begin() + static_cast<ptrdiff_t>(begin),
                                  keys.begin() + static_cast<ptrdiff_t>(end)));
  }
}

std::string join(const std::vector<std::string>& parts, const char* separator) {
  std::string all;
  for (const std::string& part : parts) all += (all.empty() ? "" : separator) + part;
  return all;
}

/// Without a length: a cast to character(n) would cut.
std::string type_name(Oid type) {
  return pg::from_server(guard([&]() -> const char* {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple)) elog(ERROR, "type %u is gone", type);
    const auto* form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    const char* name =
        quote_qualified_identifier(get_namespace_name(form->typnamespace), NameStr(form->typname));
    ReleaseSysCache(tuple);
    return name;
  }));
}

}  // namespace

ForeignRows::ForeignRows(const TargetTable& target, const TableSchema& source, std::vector<size_t> columns,
                         Use use)
    : target_(target),
      source_(source),
      columns_(std::move(columns)),
      relation_(target.schema, target.table, RowExclusiveLock) {
  AclMode needed = ACL_SELECT;
  if (use == Use::kRemove) needed |= ACL_DELETE;
  if (use == Use::kSet) needed |= ACL_UPDATE;
  pg::check(check_rights_of_statements(relation_, needed));
  known_ = &cache_.find(relation_, target, source);
}

const MappedColumn& ForeignRows::mapped(size_t source_column) const {
  const auto found = std::find_if(known_->columns.begin(), known_->columns.end(),
                                  [&](const MappedColumn& column) { return column.source == source_column; });
  if (found == known_->columns.end())
    pg::fail(ErrorCode::kInternal, "a column of a foreign key is not carried");
  return *found;
}

std::string ForeignRows::column(size_t place) const {
  return pg::quote_name(target_.columns[columns_[place]]);
}

std::string ForeignRows::parameter(size_t number, size_t place) const {
  return "$" + std::to_string(number) + "::" + type_name(mapped(columns_[place]).type);
}

bool ForeignRows::is_text(size_t place) const {
  switch (source_.columns[columns_[place]].type.kind) {
    case TypeKind::kChar:
    case TypeKind::kVarchar:
    case TypeKind::kText:
      return true;
    default:
      return false;
  }
}

/// Some sources take keys over columns of different types or lengths. A child cannot have what its column
/// could not hold, and converting that would be an error.
bool ForeignRows::may_have(size_t place, const Value& value) const {
  const ColumnType& type = source_.columns[columns_[place]].type;
  switch (value.kind()) {
    case ValueKind::kNull:
      return true;
    case ValueKind::kInt:
    case ValueKind::kUint:
      return type.kind <= TypeKind::kBigint || type.kind == TypeKind::kYear || type.kind == TypeKind::kBit;
    case ValueKind::kDecimal:
      return type.kind == TypeKind::kDecimal;
    case ValueKind::kDate:
      return type.kind == TypeKind::kDate;
    case ValueKind::kDatetime:
      return type.kind == TypeKind::kDatetime;
    case ValueKind::kTimestamp:
      return type.kind == TypeKind::kTimestamp;
    case ValueKind::kTime:
      return type.kind == TypeKind::kTime;
    case ValueKind::kText:
      if (is_text(place)) return value.as_bytes().size() <= type.length;
      return type.kind == TypeKind::kUuid || type.kind == TypeKind::kInet4 || type.kind == TypeKind::kInet6;
    case ValueKind::kBytes:
      return (type.kind == TypeKind::kBinary || type.kind == TypeKind::kVarbinary ||
              type.kind == TypeKind::kBlob) &&
             value.as_bytes().size() <= type.length;
    default:
      return false;
  }
}

/// A domain's check runs with the value, and a type's output function may be anybody's.
std::optional<ColumnTexts> ForeignRows::texts_of(const std::vector<Value>& values) {
  const pg::ActingRole owner(relation_.owner());
  const pg::Scratch scratch(memory_.get());
  ColumnTexts texts;
  for (size_t place = 0; place < values.size(); ++place) {
    if (!may_have(place, values[place])) return std::nullopt;
    const MappedColumn& to = mapped(columns_[place]);
    uint64 changed = 0;
    bool is_null = false;
    const char* text = guard([&]() -> const char* {
      const Datum datum = to.converter.convert(values[place], &is_null, &changed);
      if (is_null) return nullptr;
      Oid output;
      bool is_varlena;
      getTypeOutputInfo(to.type, &output, &is_varlena);
      return OidOutputFunctionCall(output, datum);
    });
    if (changed != 0 || is_null != values[place].is_null()) return std::nullopt;
    texts.push_back(text == nullptr ? pg::Text() : pg::from_server(text));
  }
  return texts;
}

/// "(a = $1 AND b = $2) OR …"
std::string ForeignRows::equal(const std::vector<ColumnTexts>& keys, std::vector<pg::Text>* arguments) const {
  std::vector<std::string> rows;
  for (const ColumnTexts& key : keys) {
    std::vector<std::string> cells;
    for (size_t place = 0; place < columns_.size(); ++place) {
      arguments->push_back(key[place]);
      cells.push_back(column(place) + " = " + parameter(arguments->size(), place));
    }
    rows.push_back("(" + join(cells, " AND ") + ")");
  }
  return "(" + join(rows, " OR ") + ")";
}

/// What is not printable ASCII may be equal to anything.
std::string ForeignRows::alike_column(size_t place, const std::string& value) const {
  const std::string cell = column(place) + "::text", odd = " COLLATE \"C\" ~ '[^ -~]'";
  return "(lower(rtrim(" + cell + ")) = lower(rtrim(" + value + "::text)) OR (" + cell + ")" + odd + " OR (" +
         value + "::text)" + odd + ")";
}

std::string ForeignRows::alike(const std::vector<ColumnTexts>& keys, std::vector<pg::Text>* arguments) const {
  std::vector<std::string> rows;
  for (const ColumnTexts& key : keys) {
    std::vector<std::string> cells;
    for (size_t place = 0; place < columns_.size(); ++place) {
      arguments->push_back(key[place]);
      const std::string value = parameter(arguments->size(), place);
      cells.push_back(is_text(place) ? alike_column(place, value) : column(place) + " = " + value);
    }
    rows.push_back("(" + join(cells, " AND ") + ")");
  }
  return "(" + join(rows, " OR ") + ")";
}

bool ForeignRows::has_lookalikes(const std::vector<ColumnTexts>& keys) {
  bool any_text = false, found = false;
  for (size_t place = 0; place < columns_.size(); ++place) any_text = any_text || is_text(place);
  if (!any_text) return false;
  const pg::ActingRole owner(relation_.owner());
  pg::SpiSession spi;
  each_batch(keys, [&](const std::vector<ColumnTexts>& some) {
    std::vector<pg::Text> arguments;
    const std::string like = alike(some, &arguments), same = equal(some, &arguments);
    found = found || spi.query_row("SELECT 1 FROM " + qualified(target_) + " WHERE " + like + " AND NOT " +
                                       same + " LIMIT 1",
                                   arguments)
                         .has_value();
  });
  return found;
}

std::vector<ColumnTexts> ForeignRows::select(const std::vector<ColumnTexts>& keys,
                                             const std::vector<size_t>& wanted) {
  std::vector<std::string> names;
  for (const size_t index : wanted) names.push_back(pg::quote_name(target_.columns[index]) + "::text");
  const pg::ActingRole owner(relation_.owner());
  pg::SpiSession spi;
  std::vector<ColumnTexts> rows;
  each_batch(keys, [&](const std::vector<ColumnTexts>& some) {
    std::vector<pg::Text> arguments;
    const std::string where = equal(some, &arguments);
    for (pg::TextRow& row : spi.query(
             "SELECT " + join(names, ", ") + " FROM " + qualified(target_) + " WHERE " + where, arguments))
      rows.push_back(std::move(row));
  });
  return rows;
}

uint64_t ForeignRows::remove(const std::vector<ColumnTexts>& keys) {
  const pg::ActingRole owner(relation_.owner());
  pg::SpiSession spi;
  uint64_t count = 0;
  each_batch(keys, [&](const std::vector<ColumnTexts>& some) {
    std::vector<pg::Text> arguments;
    const std::string where = equal(some, &arguments);
    count += spi.execute("DELETE FROM " + qualified(target_) + " WHERE " + where, arguments);
  });
  return count;
}

uint64_t ForeignRows::set(const ColumnTexts& key, const ColumnTexts& to) {
  guard([] { CHECK_FOR_INTERRUPTS(); });
  const pg::ActingRole owner(relation_.owner());
  pg::SpiSession spi;
  std::vector<pg::Text> arguments;
  const std::string where = equal({key}, &arguments);
  std::vector<std::string> cells;
  for (size_t place = 0; place < columns_.size(); ++place) {
    if (to.empty()) {
      cells.push_back(column(place) + " = NULL");
      continue;
    }
    arguments.push_back(to[place]);
    cells.push_back(column(place) + " = " + parameter(arguments.size(), place));
  }
  return spi.execute("UPDATE " + qualified(target_) + " SET " + join(cells, ", ") + " WHERE " + where,
                     arguments);
}

}  // namespace mysql_sync::apply
