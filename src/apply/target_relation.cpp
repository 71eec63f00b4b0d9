#include "apply/target_relation.hpp"

#include <cstdio>

#include "pg/acting_role.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

using pg::fail;
using pg::guard;

namespace {

MemoryContext make_memory(MemoryContext parent) {
  return guard([&] {
    return AllocSetContextCreate(parent, "mysql_sync target tables", ALLOCSET_DEFAULT_MINSIZE,
                                 ALLOCSET_DEFAULT_INITSIZE, ALLOCSET_DEFAULT_MAXSIZE);
  });
}

bool same_type(const ColumnType& a, const ColumnType& b) {
  return a.kind == b.kind && a.is_unsigned == b.is_unsigned && a.length == b.length &&
         a.precision == b.precision && a.scale == b.scale && a.fraction == b.fraction;
}

bool same_columns(const TableSchema& a, const TableSchema& b) {
  return a.primary_key == b.primary_key && std::equal(a.columns.begin(), a.columns.end(), b.columns.begin(),
                                                      b.columns.end(), [](const Column& x, const Column& y) {
                                                        return x.name == y.name && same_type(x.type, y.type);
                                                      });
}

/// The table may have been dropped and made anew, or altered, by its users since it was looked up.
bool is_current(const TargetRelation& known, Relation relation, const TargetTable& target,
                const TableSchema& source) {
  if (known.id != RelationGetRelid(relation) || known.target.columns != target.columns ||
      !(known.target.policies == target.policies) || !same_columns(known.source, source)) {
    return false;
  }
  return guard([&] {
    if (!compat::same_description(known.description, RelationGetDescr(relation))) return false;
    List* indexes = RelationGetIndexList(relation);
    const bool found = !OidIsValid(known.key_index.id) || list_member_oid(indexes, known.key_index.id);
    list_free(indexes);
    return found && (OidIsValid(known.key_index.id) || known.key.empty());
  });
}

pg::ColumnRole role_of(const TableSchema& schema, size_t column) {
  const std::vector<size_t>& key = schema.primary_key;
  const bool in_key = std::find(key.begin(), key.end(), column) != key.end();
  return in_key ? pg::ColumnRole::kKey : pg::ColumnRole::kPlain;
}

MappedColumn map_column(const TargetRelation& relation, size_t source, AttrNumber attribute) {
  const Form_pg_attribute form = TupleDescAttr(relation.description, attribute - 1);
  MappedColumn column;
  column.source = source;
  column.attribute = attribute;
  column.type = form->atttypid;
  column.typmod = form->atttypmod;
  column.name = relation.target.columns[source].c_str();
  const pg::ColumnRole role = role_of(relation.source, source);
  column.converter = guard([&] {
    return pg::CellConverter::create(relation.source.columns[source].type, column.type, column.typmod,
                                     NameStr(form->attname), relation.target.policies, role);
  });
  return column;
}

void map_columns(TargetRelation* relation) {
  const TargetTable& target = relation->target;
  if (target.columns.size() != relation->source.columns.size()) {
    fail(ErrorCode::kInternal, "the mapping of table " + relation->source.display_name() + " has " +
                                   std::to_string(target.columns.size()) + " columns, the table " +
                                   std::to_string(relation->source.columns.size()));
  }
  relation->columns.reserve(target.columns.size());
  for (size_t i = 0; i < target.columns.size(); ++i) {
    if (target.columns[i].empty()) continue;
    const AttrNumber attribute = find_attribute(relation->description, target.columns[i]);
    if (attribute == InvalidAttrNumber) {
      fail(ErrorCode::kNotFound,
           "table " + target.display_name() + " has no column \"" + target.columns[i] + "\"",
           "Column " + relation->source.columns[i].name + " of " + relation->source.display_name() +
               " goes there.",
           "Add the column, then start the task again.");
    }
    if (compat::is_generated(TupleDescAttr(relation->description, attribute - 1))) continue;
    relation->columns.push_back(map_column(*relation, i, attribute));
  }
}

void map_key(TargetRelation* relation) {
  for (const size_t source : relation->source.primary_key) {
    const auto& columns = relation->columns;
    const auto found = std::find_if(columns.begin(), columns.end(),
                                    [&](const MappedColumn& column) { return column.source == source; });
    if (found == columns.end()) {
      fail(ErrorCode::kUnsupported, "key column " + relation->source.columns[source].name + " of " +
                                        relation->source.display_name() + " is not carried to " +
                                        relation->target.display_name());
    }
    relation->key.push_back(static_cast<size_t>(found - columns.begin()));
  }
}

void list_unmapped(TargetRelation* relation) {
  for (int i = 0; i < relation->description->natts; ++i) {
    const Form_pg_attribute form = TupleDescAttr(relation->description, i);
    const bool mapped = std::any_of(relation->columns.begin(), relation->columns.end(),
                                    [&](const MappedColumn& column) { return column.attribute == i + 1; });
    if (!mapped && !form->attisdropped && !compat::is_generated(form)) {
      relation->unmapped.push_back(static_cast<AttrNumber>(i + 1));
    }
  }
}

std::vector<AttrNumber> key_attributes(const TargetRelation& relation) {
  std::vector<AttrNumber> attributes;
  for (const size_t column : relation.key) attributes.push_back(relation.columns[column].attribute);
  return attributes;
}

/// A form of pg_index, without what may be missing: enough to tell whether it identifies rows.
bool is_usable(const FormData_pg_index& index, bool plain, size_t columns) {
  return plain && index.indisunique && index.indisvalid && index.indimmediate &&
         static_cast<size_t>(compat::index_key_columns(const_cast<Form_pg_index>(&index))) == columns;
}

/// For each column of the index its place in `key`; empty if the columns are not the same.
std::vector<size_t> match_columns(const AttrNumber* attributes, const std::vector<AttrNumber>& key) {
  std::vector<size_t> cells;
  for (size_t i = 0; i < key.size(); ++i) {
    const auto found = std::find(key.begin(), key.end(), attributes[i]);
    if (found == key.end()) return {};
    cells.push_back(static_cast<size_t>(found - key.begin()));
  }
  return cells;
}

/// What find_key_index() needs to know of an index; copied out of the relation cache.
struct IndexShape {
  Oid id;
  bool usable, primary;
  AttrNumber attributes[INDEX_MAX_KEYS];
};

IndexShape read_index(Oid id, size_t columns) {
  Relation index = index_open(id, AccessShareLock);
  const Form_pg_index form = index->rd_index;
  IndexShape shape{};
  shape.id = id;
  shape.primary = form->indisprimary;
  const bool plain = index->rd_rel->relam == BTREE_AM_OID && RelationGetIndexPredicate(index) == NIL &&
                     RelationGetIndexExpressions(index) == NIL;
  shape.usable = is_usable(*form, plain, columns);
  for (int i = 0; i < compat::index_key_columns(form); ++i) shape.attributes[i] = form->indkey.values[i];
  index_close(index, AccessShareLock);
  return shape;
}

/// Copied to the stack first: ereport must not leave over a std::string.
bool format_context(const ApplyContext& context, char* text, size_t size) noexcept {
  try {
    const TargetRelation& relation = *context.relation;
    const std::string key =
        context.current == nullptr ? "" : ", row " + describe_key(relation, context.current->key);
    const std::string place =
        relation.target.display_name() + " from " + relation.source.display_name() + key;
    std::snprintf(text, size, "%s of table %s", context.verb, pg::plain_text(place).c_str());
    return true;
  } catch (...) {  // no memory for a context: the error itself matters more
    return false;
  }
}

void report_context(void* argument) {
  char text[1024];
  if (format_context(*static_cast<const ApplyContext*>(argument), text, sizeof(text))) errcontext("%s", text);
}

}  // namespace

OpenRelation::OpenRelation(const std::string& schema, const std::string& table, LOCKMODE mode) {
  const std::string own_schema = pg::to_server(schema), own_table = pg::to_server(table);
  relation_ = guard([&] {
    RangeVar* name = makeRangeVar(pstrdup(own_schema.c_str()), pstrdup(own_table.c_str()), -1);
    return relation_openrv(name, mode);
  });
  if (compat::is_table(kind())) return;
  guard([&] { relation_close(relation_, NoLock); });
  fail(ErrorCode::kUnsupported, schema + "." + table + " is not a table");
}

OpenRelation::~OpenRelation() {
  // After an error the abort of the transaction closes it; closing here could raise a second one.
  if (std::uncaught_exceptions() == 0) relation_close(relation_, NoLock);
}

TargetCache::TargetCache() : memory_(make_memory(TopMemoryContext)) {}

TargetCache::~TargetCache() { MemoryContextDelete(memory_); }

const TargetRelation& TargetCache::find(const OpenRelation& relation, const TargetTable& target,
                                        const TableSchema& source) {
  const std::string name = target.schema + '\0' + target.table + '\0' + source.database + '\0' + source.table;
  Entry& entry = entries_[name];
  if (entry.relation == nullptr || !is_current(*entry.relation, relation.get(), target, source)) {
    look_up(&entry, relation.get(), target, source);
  }
  return *entry.relation;
}

void TargetCache::look_up(Entry* entry, Relation relation, const TargetTable& target,
                          const TableSchema& source) {
  entry->relation.reset();
  if (entry->memory != nullptr) guard([&] { MemoryContextDelete(entry->memory); });
  entry->memory = nullptr;
  entry->memory = make_memory(memory_);

  auto found = std::make_unique<TargetRelation>();
  found->target = target;
  found->source = source;
  found->id = RelationGetRelid(relation);
  {
    const MemorySwitch inside(entry->memory);
    found->description = guard([&] { return CreateTupleDescCopyConstr(RelationGetDescr(relation)); });
    map_columns(found.get());
  }
  map_key(found.get());
  list_unmapped(found.get());
  if (!found->key.empty()) found->key_index = find_key_index(relation, key_attributes(*found));
  entry->relation = std::move(found);
}

void TargetCache::clear() {
  entries_.clear();
  guard([&] { MemoryContextDeleteChildren(memory_); });
}

KeyIndex find_key_index(Relation relation, const std::vector<AttrNumber>& key) {
  const pg::ActingRole owner(
      relation->rd_rel->relowner);  // reading an index may run functions of its expressions
  KeyIndex best;
  List* indexes = guard([&] { return RelationGetIndexList(relation); });
  for (int i = 0; i < list_length(indexes); ++i) {
    const Oid id = list_nth_oid(indexes, i);
    const IndexShape shape = guard([&] { return read_index(id, key.size()); });
    if (!shape.usable) continue;
    std::vector<size_t> cells = match_columns(shape.attributes, key);
    if (cells.empty() || (OidIsValid(best.id) && !shape.primary)) continue;
    best = KeyIndex{id, std::move(cells)};
  }
  guard([&] { list_free(indexes); });
  return best;
}

AttrNumber find_attribute(TupleDesc description, const std::string& utf8) {
  const std::string name = pg::to_server(utf8);
  for (int i = 0; i < description->natts; ++i) {
    const Form_pg_attribute form = TupleDescAttr(description, i);
    if (!form->attisdropped && name == NameStr(form->attname)) return static_cast<AttrNumber>(i + 1);
  }
  return InvalidAttrNumber;
}

void fail_missing(const TargetRelation& relation, const char* verb, RowView key) {
  fail(
      ErrorCode::kConflict,
      std::string("row to ") + verb + " not found in table " + relation.target.display_name(),
      "Key " + describe_key(relation, key) + ", source table " + relation.source.display_name() + ".",
      "The target is not the copy of the source that it should be. Fix the row and start the task again; or call "
      "mysql_sync.resync_table() for its table before.");
}

void fail_without_key(const TargetRelation& relation) {
  if (relation.source.primary_key.empty()) {
    fail(ErrorCode::kUnsupported, "table " + relation.source.display_name() + " has no key to find rows by",
         {},
         "Give the source table a primary "
         "key.");
  }
  std::string columns;
  for (const size_t column : relation.key) {
    columns += (columns.empty() ? "" : ", ") + std::string(relation.columns[column].name);
  }
  fail(
      ErrorCode::kUnsupported,
      "table " + relation.target.display_name() + " has no unique index on its key columns (" + columns + ")",
      {}, "Give the target table a primary key on these columns.");
}

void ApplyContext::push() {
  frame.callback = report_context;
  frame.arg = this;
  frame.previous = error_context_stack;
  error_context_stack = &frame;
}

}  // namespace mysql_sync::apply
