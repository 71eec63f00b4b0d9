// A target table as the appliers see it: which attribute each source column goes to, how its cells are
// converted, how a row is found by its key. Looked up once and cached.
#pragma once

#include "pg/compat/apply_compat.hpp"

#include "apply/applier.hpp"

namespace mysql_sync::apply {

/// A source column that is carried, and its place in the target.
struct MappedColumn {
  size_t source = 0;         ///< index into the source's columns
  AttrNumber attribute = 0;  ///< in the target
  Oid type = InvalidOid;
  int32 typmod = -1;
  const char* name = nullptr;  ///< in the target
  pg::CellConverter converter;
};

/// A unique index over exactly the key's columns.
struct KeyIndex {
  Oid id = InvalidOid;        ///< invalid: there is none
  std::vector<size_t> cells;  ///< for each column of the index the cell of NetChange::key
};

/// Everything known of a target table for one source table. Does not move: converters point into it.
struct TargetRelation {
  TargetRelation() = default;
  TargetRelation(const TargetRelation&) = delete;
  TargetRelation& operator=(const TargetRelation&) = delete;

  TargetTable target;
  TableSchema source;
  Oid id = InvalidOid;
  TupleDesc description = nullptr;
  std::vector<MappedColumn> columns;
  std::vector<size_t> key;           ///< indexes into `columns`, in the order of NetChange::key
  std::vector<AttrNumber> unmapped;  ///< attributes that no source column goes to and that can be written
  KeyIndex key_index;
};

/// A relation that was opened and locked by name. The lock stays until the end of the transaction.
class OpenRelation {
 public:
  /// PgError (undefined_table) where there is no such table, kUnsupported if it is not a table.
  OpenRelation(const std::string& schema, const std::string& table, LOCKMODE mode);
  ~OpenRelation();
  OpenRelation(const OpenRelation&) = delete;
  OpenRelation& operator=(const OpenRelation&) = delete;

  Relation get() const { return relation_; }
  char kind() const { return relation_->rd_rel->relkind; }
  Oid owner() const { return relation_->rd_rel->relowner; }

 private:
  Relation relation_;
};

/// Allocates in another memory context to the end of a scope, whichever way that is left.
class MemorySwitch {
 public:
  explicit MemorySwitch(MemoryContext to) : caller_(MemoryContextSwitchTo(to)) {}
  ~MemorySwitch() { MemoryContextSwitchTo(caller_); }
  MemorySwitch(const MemorySwitch&) = delete;
  MemorySwitch& operator=(const MemorySwitch&) = delete;

 private:
  MemoryContext caller_;
};

/// The target relations of an applier. Owns them and the memory of their converters.
class TargetCache {
 public:
  TargetCache();
  ~TargetCache();
  TargetCache(const TargetCache&) = delete;
  TargetCache& operator=(const TargetCache&) = delete;

  /// What is known of `relation` as target of `source`; looked up anew where either of them has changed.
  /// The reference lives until the next call with the same tables, or clear().
  const TargetRelation& find(const OpenRelation& relation, const TargetTable& target,
                             const TableSchema& source);
  void clear();

 private:
  struct Entry {
    MemoryContext memory = nullptr;
    std::unique_ptr<TargetRelation> relation;
  };
  void look_up(Entry* entry, Relation relation, const TargetTable& target, const TableSchema& source);

  MemoryContext memory_;
  std::unordered_map<std::string, Entry> entries_;
};

/// The unique index of `relation` over exactly these attributes, in any order; the primary key if it is one.
KeyIndex find_key_index(Relation relation, const std::vector<AttrNumber>& key);

/// The attribute of that name, or InvalidAttrNumber.
AttrNumber find_attribute(TupleDesc description, const std::string& name);

/// "(id, lang)=(5, de)", for messages.
std::string describe_key(const TargetRelation& relation, RowView key);

/// A value as text for messages, shortened.
std::string describe_value(const Value& value);

/// A strict change did not find its row. `verb` is "update" or "delete".
[[noreturn]] void fail_missing(const TargetRelation& relation, const char* verb, RowView key);
/// A change needs a key, and source or target have none.
[[noreturn]] void fail_without_key(const TargetRelation& relation);

/// While it is pushed, errors name the table and the row in their context. Lives on the stack inside guard().
struct ApplyContext {
  const TargetRelation* relation;
  const char* verb;          ///< "insert"
  const NetChange* current;  ///< nullptr: no single row
  ErrorContextCallback frame;

  void push();
  void pop() { error_context_stack = frame.previous; }
};

}  // namespace mysql_sync::apply
