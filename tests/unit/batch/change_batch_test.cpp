#include "core/batch/change_batch.hpp"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <map>
#include <random>
#include <set>

namespace mysql_sync {
namespace {

constexpr ApplyMode kStrict = ApplyMode::kStrict, kIdempotent = ApplyMode::kIdempotent;

TableSchema schema_of(size_t columns, std::vector<size_t> primary_key) {
  TableSchema schema;
  schema.database = "db";
  schema.table = "t";
  schema.columns.resize(columns);
  schema.primary_key = std::move(primary_key);
  return schema;
}

using Row = std::vector<Value>;
RowView view(const Row& row) { return {row.data(), row.size()}; }

std::string show(const Value& cell) {
  if (cell.is_null()) return "null";
  return cell.holds_bytes() ? std::string(cell.as_bytes()) : std::to_string(cell.as_int());
}

std::string show(const RowView& row) {
  std::string text;
  for (size_t i = 0; i < row.size; ++i) text += (i == 0 ? "" : ",") + show(row[i]);
  return text;
}

/// All changes, e.g. "delete 1; update 2=2,b; insert 3=3,c".
std::string show(const ChangeBatch& batch) {
  std::string text;
  const auto put = [&](const char* name, const std::vector<NetChange>& changes) {
    for (const NetChange& change : changes) {
      text += (text.empty() ? "" : "; ") + std::string(name) + " " + show(change.key);
      if (change.row.size > 0) text += "=" + show(change.row);
    }
  };
  for (const TableChanges& table : batch.take_tables()) {
    if (table.table != 0) text += " [" + std::to_string(table.table) + "]";
    put("delete", table.deletes);
    put("update", table.updates);
    put("insert", table.inserts);
  }
  return text;
}

/// A table of (int key, text value), one letter an operation.
class Table {
 public:
  Status apply(char operation, int64_t key, const char* value, ApplyMode mode) {
    const Row row = {Value::of_int(key), Value::of_text(value)};
    if (operation == 'i') return batch.insert(0, schema, view(row), mode);
    if (operation == 'u') return batch.update(0, schema, view(row), view(row), mode);
    return batch.remove(0, schema, view(row), mode);
  }

  /// Applies the operations to key 1 with the values a, b, c, …
  std::string run(const std::string& operations, ApplyMode mode) {
    batch.clear();
    for (size_t i = 0; i < operations.size(); ++i) {
      const std::string value(1, static_cast<char>('a' + i));
      const Status status = apply(operations[i], 1, value.c_str(), mode);
      if (!status.ok()) return status.code() == ErrorCode::kConflict ? "conflict" : "error";
    }
    return show(batch);
  }

  Status move(int64_t from, int64_t to, const char* value, ApplyMode mode = kStrict) {
    const Row before = {Value::of_int(from), Value::of_text(value)};
    const Row after = {Value::of_int(to), Value::of_text(value)};
    return batch.update(0, schema, view(before), view(after), mode);
  }

  const TableSchema schema = schema_of(2, {0});
  ChangeBatch batch;
};

TEST(ChangeBatchTest, StrictMerges) {
  Table table;
  EXPECT_EQ(table.run("", kStrict), "");
  EXPECT_EQ(table.run("i", kStrict), "insert 1=1,a");
  EXPECT_EQ(table.run("u", kStrict), "update 1=1,a");
  EXPECT_EQ(table.run("d", kStrict), "delete 1");
  EXPECT_EQ(table.run("ii", kStrict), "conflict");
  EXPECT_EQ(table.run("iu", kStrict), "insert 1=1,b");
  EXPECT_EQ(table.run("id", kStrict), "");
  EXPECT_EQ(table.run("ui", kStrict), "conflict");
  EXPECT_EQ(table.run("uu", kStrict), "update 1=1,b");
  EXPECT_EQ(table.run("ud", kStrict), "delete 1");
  EXPECT_EQ(table.run("di", kStrict), "update 1=1,b");
  EXPECT_EQ(table.run("du", kStrict), "conflict");
  EXPECT_EQ(table.run("dd", kStrict), "conflict");
}

TEST(ChangeBatchTest, StrictMergesOfThree) {
  Table table;
  EXPECT_EQ(table.run("idi", kStrict), "insert 1=1,c");
  EXPECT_EQ(table.run("idu", kStrict), "conflict");
  EXPECT_EQ(table.run("idd", kStrict), "conflict");
  EXPECT_EQ(table.run("did", kStrict), "delete 1");
  EXPECT_EQ(table.run("diu", kStrict), "update 1=1,c");
  EXPECT_EQ(table.run("didi", kStrict), "update 1=1,d");
  EXPECT_EQ(table.run("idid", kStrict), "");
}

TEST(ChangeBatchTest, IdempotentMerges) {
  Table table;
  EXPECT_EQ(table.run("i", kIdempotent), "insert 1=1,a");
  EXPECT_EQ(table.run("u", kIdempotent), "update 1=1,a");
  EXPECT_EQ(table.run("d", kIdempotent), "delete 1");
  EXPECT_EQ(table.run("ii", kIdempotent), "insert 1=1,b");
  EXPECT_EQ(table.run("iu", kIdempotent), "insert 1=1,b");
  EXPECT_EQ(table.run("id", kIdempotent), "delete 1");
  EXPECT_EQ(table.run("ui", kIdempotent), "insert 1=1,b");
  EXPECT_EQ(table.run("uu", kIdempotent), "update 1=1,b");
  EXPECT_EQ(table.run("ud", kIdempotent), "delete 1");
  EXPECT_EQ(table.run("di", kIdempotent), "update 1=1,b");
  EXPECT_EQ(table.run("du", kIdempotent), "update 1=1,b");
  EXPECT_EQ(table.run("dd", kIdempotent), "delete 1");
}

TEST(ChangeBatchTest, ModesMix) {
  Table table;
  ASSERT_TRUE(table.apply('i', 1, "a", kStrict).ok());
  ASSERT_TRUE(table.apply('d', 1, "a", kStrict).ok());
  ASSERT_TRUE(table.apply('d', 1, "a", kIdempotent).ok());
  EXPECT_EQ(show(table.batch), "delete 1");
}

TEST(ChangeBatchTest, ConflictsNameTableAndKey) {
  Table table;
  ASSERT_TRUE(table.apply('d', 7, "a", kStrict).ok());
  const Status status = table.apply('u', 7, "b", kStrict);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.code(), ErrorCode::kConflict);
  EXPECT_EQ(status.message(), "update of a key that is already deleted in table db.t");
  EXPECT_EQ(status.detail(), "The key is (7).");
}

TEST(ChangeBatchTest, RowsOfTheWrongSizeAreRefused) {
  Table table;
  const Row row = {Value::of_int(1)};
  EXPECT_EQ(table.batch.insert(0, table.schema, view(row), kStrict).code(), ErrorCode::kInternal);
  EXPECT_EQ(table.batch.remove(0, table.schema, view(row), kStrict).code(), ErrorCode::kInternal);
  EXPECT_TRUE(table.batch.empty());
}

TEST(ChangeBatchTest, DeletesThenUpdatesThenInsertsByFirstAppearance) {
  Table table;
  for (const auto& [operation, key] : std::vector<std::pair<char, int>>{
           {'i', 5}, {'d', 9}, {'u', 4}, {'i', 2}, {'d', 3}, {'u', 1}, {'u', 5}, {'d', 4}}) {
    ASSERT_TRUE(table.apply(operation, key, "x", kStrict).ok());
  }
  EXPECT_EQ(show(table.batch), "delete 9; delete 4; delete 3; update 1=1,x; insert 5=5,x; insert 2=2,x");
  EXPECT_EQ(table.batch.changes(), 6u);
  EXPECT_EQ(table.batch.source_changes(), 8u);
}

TEST(ChangeBatchTest, AnUpdateOfTheKeyIsDeleteAndInsert) {
  Table table;
  ASSERT_TRUE(table.move(1, 2, "a").ok());
  EXPECT_EQ(show(table.batch), "delete 1; insert 2=2,a");
  ASSERT_TRUE(table.move(2, 3, "a").ok());
  EXPECT_EQ(show(table.batch), "delete 1; insert 3=3,a");
  ASSERT_TRUE(table.move(3, 1, "b").ok());
  EXPECT_EQ(show(table.batch), "update 1=1,b");
  EXPECT_EQ(table.batch.changes(), 1u);
}

TEST(ChangeBatchTest, SwappedKeys) {
  for (const ApplyMode mode : {kStrict, kIdempotent}) {
    Table table;
    ASSERT_TRUE(table.move(1, -1, "one", mode).ok());
    ASSERT_TRUE(table.move(2, 1, "two", mode).ok());
    ASSERT_TRUE(table.move(-1, 2, "one", mode).ok());
    EXPECT_EQ(show(table.batch), mode == kStrict ? "update 1=1,two; update 2=2,one"
                                                 : "delete -1; update 1=1,two; update 2=2,one");
  }
}

TEST(ChangeBatchTest, CompositeKeysInAnyOrder) {
  const TableSchema schema = schema_of(4, {3, 1});
  ChangeBatch batch;
  const Row row = {Value::of_int(0), Value::of_text("k"), Value::of_text("a"), Value::of_int(9)};
  const Row changed = {Value::of_int(1), Value::of_text("k"), Value::of_text("b"), Value::of_int(9)};
  const Row other = {Value::of_int(0), Value::of_text("k2"), Value::of_text("a"), Value::of_int(9)};
  ASSERT_TRUE(batch.insert(0, schema, view(row), kStrict).ok());
  ASSERT_TRUE(batch.update(0, schema, view(row), view(changed), kStrict).ok());
  ASSERT_TRUE(batch.remove(0, schema, view(other), kStrict).ok());
  EXPECT_EQ(show(batch), "delete 9,k2; insert 9,k=1,k,b,9");
}

TEST(ChangeBatchTest, KeysOfEveryKind) {
  const TableSchema schema = schema_of(2, {1});
  const std::vector<Value> keys = {Value::of_uint(~uint64_t{0}),
                                   Value::of_text("text"),
                                   Value::of_text(""),
                                   Value::of_decimal("10.50"),
                                   Value::of_bytes("text"),
                                   Value::of_date({2024, 2, 29}),
                                   Value::of_datetime({2024, 2, 29, 1, 2, 3, 4}),
                                   Value::of_timestamp(5),
                                   Value::of_time(-5),
                                   Value::of_float(1.5f),
                                   Value::of_double(1.5)};
  ChangeBatch batch;
  for (const Value& key : keys) {
    const Row row = {Value::null(), key};
    ASSERT_TRUE(batch.insert(0, schema, view(row), kStrict).ok());
  }
  EXPECT_EQ(batch.changes(), keys.size());
  for (const Value& key : keys) {
    const Row row = {Value::of_int(1), key};
    EXPECT_EQ(batch.insert(0, schema, view(row), kStrict).code(), ErrorCode::kConflict);
    ASSERT_TRUE(batch.remove(0, schema, view(row), kStrict).ok());
  }
  EXPECT_TRUE(batch.empty());
  EXPECT_TRUE(batch.take_tables().empty());
}

TEST(ChangeBatchTest, ZerosOfBothSignsAreOneKey) {
  const TableSchema schema = schema_of(1, {0});
  ChangeBatch batch;
  const Row minus = {Value::of_double(-0.0)}, plus = {Value::of_double(0.0)};
  ASSERT_TRUE(batch.insert(0, schema, view(minus), kStrict).ok());
  ASSERT_TRUE(batch.update(0, schema, view(plus), view(minus), kStrict).ok());
  ASSERT_TRUE(batch.remove(0, schema, view(plus), kStrict).ok());
  EXPECT_TRUE(batch.empty());
}

TEST(ChangeBatchTest, OwnsItsCells) {
  Table table;
  std::string text = "original";
  Row row = {Value::of_int(1), Value::of_text(text)};
  ASSERT_TRUE(table.batch.insert(0, table.schema, view(row), kStrict).ok());
  text = "replaced";
  row[0] = Value::of_int(2);
  EXPECT_EQ(show(table.batch), "insert 1=1,original");
}

TEST(ChangeBatchTest, CellsMayGrowShrinkAndChangeKind) {
  Table table;
  const auto update = [&](Value value) {
    const Row row = {Value::of_int(1), value};
    ASSERT_TRUE(table.batch.update(0, table.schema, view(row), view(row), kStrict).ok());
    EXPECT_EQ(show(table.batch), "update 1=1," + show(value));
  };
  for (const Value& value : {Value::of_text("a"), Value::of_text("a much longer text"), Value::of_text("b"),
                             Value::null(), Value::of_text(""), Value::of_int(4), Value::of_bytes("xyz"),
                             Value::of_text(std::string_view("long enough for another allocation"))}) {
    update(value);
  }
}

TEST(ChangeBatchTest, UpdatesOfOneKeyTakeNoMoreMemory) {
  Table table;
  ASSERT_TRUE(table.apply('u', 1, "value", kStrict).ok());
  const size_t bytes = table.batch.bytes();
  EXPECT_GT(bytes, 0u);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(table.apply('u', 1, "valui", kStrict).ok());
  EXPECT_EQ(table.batch.bytes(), bytes);
}

TEST(ChangeBatchTest, TablesInOrderOfFirstAppearance) {
  const TableSchema schema = schema_of(1, {0});
  ChangeBatch batch;
  const Row row = {Value::of_int(1)};
  for (const uint32_t table : {7u, 3u, 4000000000u}) {
    ASSERT_TRUE(batch.insert(table, schema, view(row), kStrict).ok());
  }
  ASSERT_TRUE(batch.update(7, schema, view(row), view(row), kStrict).ok());
  ASSERT_TRUE(batch.remove(3, schema, view(row), kStrict).ok());
  EXPECT_EQ(show(batch), " [7]; insert 1=1 [4000000000]; insert 1=1");
}

TEST(ChangeBatchTest, ClearForgetsEverything) {
  const TableSchema first = schema_of(1, {0}), second = schema_of(2, {1});
  ChangeBatch batch;
  for (uint32_t round = 0; round < 3; ++round) {
    for (uint32_t table = 0; table < 40; ++table) {
      const Row row = {Value::of_int(table), Value::of_text("x")};
      const bool wide = (table + round) % 2 == 0;
      ASSERT_TRUE(
          batch.insert(table, wide ? second : first, wide ? view(row) : RowView{row.data(), 1}, kStrict)
              .ok());
    }
    EXPECT_EQ(batch.changes(), 40u);
    EXPECT_EQ(batch.take_tables().size(), 40u);
    batch.clear();
    EXPECT_TRUE(batch.empty());
    EXPECT_EQ(batch.source_changes(), 0u);
    EXPECT_EQ(batch.bytes(), 0u);
    EXPECT_TRUE(batch.take_tables().empty());
  }
}

TEST(ChangeBatchTest, WithoutKeyEqualRowsCancelOut) {
  const TableSchema schema = schema_of(2, {});
  ChangeBatch batch;
  const Row a = {Value::of_int(1), Value::of_text("a")}, b = {Value::null(), Value::of_text("b")};
  ASSERT_TRUE(batch.insert(0, schema, view(a), kStrict).ok());
  ASSERT_TRUE(batch.insert(0, schema, view(a), kStrict).ok());
  ASSERT_TRUE(batch.remove(0, schema, view(b), kStrict).ok());
  ASSERT_TRUE(batch.remove(0, schema, view(b), kStrict).ok());
  EXPECT_EQ(show(batch), "delete null,b; delete null,b; insert 1,a=1,a; insert 1,a=1,a");
  EXPECT_EQ(batch.changes(), 4u);
  ASSERT_TRUE(batch.update(0, schema, view(a), view(b), kStrict).ok());
  EXPECT_EQ(show(batch), "delete null,b; insert 1,a=1,a");
  EXPECT_EQ(batch.changes(), 2u);
}

/// Two tables of (a, b, value) with the key (a, b): the changes one by one and the net ones side by side.
class Simulation {
 public:
  using Key = std::pair<int64_t, std::string>;
  using Content = std::map<Key, std::string>;

  explicit Simulation(unsigned seed) : random_(seed) {}

  void step(ChangeBatch& batch) {
    const Key key = random_key();
    const auto found = source.find(key);
    if (found == source.end()) {
      source[key] = random_value();
      ASSERT_TRUE(batch.insert(0, schema_, view(row(key, source[key])), kStrict).ok());
    } else if (random_() % 3 == 0) {
      ASSERT_TRUE(batch.remove(0, schema_, view(row(key, found->second)), kStrict).ok());
      source.erase(found);
    } else {
      update(batch, found, random_() % 2 == 0 ? random_key() : key);
    }
  }

  /// Brings the target up to date, each kind of change checked against what is there.
  void apply(const ChangeBatch& batch) {
    for (const TableChanges& table : batch.take_tables()) {
      for (const NetChange& change : table.deletes) ASSERT_EQ(target.erase(key_of(change.key)), 1u);
      for (const NetChange& change : table.updates) {
        const auto found = target.find(key_of(change.key));
        ASSERT_NE(found, target.end());
        found->second = change.row[2].as_bytes();
      }
      for (const NetChange& change : table.inserts) {
        ASSERT_TRUE(target.emplace(key_of(change.key), change.row[2].as_bytes()).second);
        ASSERT_EQ(key_of(change.row), key_of(change.key));
      }
    }
  }

  Content source, target;

 private:
  static Row row(const Key& key, const std::string& value) {
    return {Value::of_int(key.first), Value::of_text(key.second), Value::of_text(value)};
  }
  static Key key_of(const RowView& cells) { return {cells[0].as_int(), std::string(cells[1].as_bytes())}; }
  Key random_key() { return {static_cast<int64_t>(random_() % 6), std::string(random_() % 4, 'k')}; }
  std::string random_value() { return std::string(random_() % 40, static_cast<char>('a' + random_() % 26)); }

  void update(ChangeBatch& batch, Content::iterator found, const Key& to) {
    if (to != found->first && source.count(to) > 0) return;
    const Key from = found->first;
    const std::string before = found->second, after = random_value();
    source.erase(found);
    source[to] = after;
    ASSERT_TRUE(batch.update(0, schema_, view(row(from, before)), view(row(to, after)), kStrict).ok());
  }

  std::mt19937 random_;
  const TableSchema schema_ = schema_of(3, {0, 1});
};

TEST(ChangeBatchTest, NetChangesDoWhatTheChangesDo) {
  for (unsigned seed = 0; seed < 50; ++seed) {
    Simulation simulation(seed);
    ChangeBatch batch;
    for (int round = 0; round < 40; ++round) {
      for (int i = 0; i < round * 5; ++i) simulation.step(batch);
      simulation.apply(batch);
      ASSERT_EQ(simulation.source, simulation.target) << "seed " << seed << " round " << round;
      batch.clear();
    }
  }
}

TEST(ChangeBatchTest, ManyKeys) {
  const TableSchema schema = schema_of(2, {0});
  ChangeBatch batch;
  for (int64_t i = 0; i < 100000; ++i) {
    const Row row = {Value::of_int(i * 4096), Value::of_int(i)};
    ASSERT_TRUE(batch.insert(0, schema, view(row), kStrict).ok());
  }
  const std::vector<TableChanges> tables = batch.take_tables();
  ASSERT_EQ(tables.size(), 1u);
  ASSERT_EQ(tables[0].inserts.size(), 100000u);
  for (size_t i = 0; i < 100000; ++i)
    ASSERT_EQ(tables[0].inserts[i].row[1].as_int(), static_cast<int64_t>(i));
}

/// Rows of (int key, text, JSON). In the texts "-" stands for a cell that the change lacks, "~d" for the JSON
/// diffs d: here a diff adds the member it names, with the value 1.
class PartialTable {
 public:
  explicit PartialTable(ApplyMode mode) : mode_(mode), schema_(schema_of(3, {0})) {}

  void insert(int64_t key, const char* text, const char* json) {
    check(batch.insert(0, schema_, row(key, text, json), mode_));
  }
  void remove(int64_t key) { check(batch.remove(0, schema_, row(key, "-", "-"), mode_)); }
  void update(int64_t from, int64_t to, const char* text, const char* json,
              RowBasis basis = RowBasis::kTarget) {
    const RowView before = row(from, "-", "-");
    check(batch.update(0, schema_, before, row(to, text, json), mode_, basis));
  }
  /// As show(batch), with "<k" for an origin, and what is to be read from the source.
  std::string changes() {
    if (!error.empty()) return error;
    std::string text;
    for (const TableChanges& table : batch.take_tables()) {
      put("delete", table.deletes, &text);
      put("update", table.updates, &text);
      put("insert", table.inserts, &text);
      put("refresh", table.refreshes, &text);
    }
    return text;
  }

  ChangeBatch batch;
  std::string error;

 private:
  static std::string show_cell(const Value& cell) {
    if (cell.is_absent()) return "-";
    return (cell.kind() == ValueKind::kJsonDiff ? "~" : "") + show(cell);
  }
  static void put(const char* name, const std::vector<NetChange>& changes, std::string* text) {
    for (const NetChange& change : changes) {
      *text += (text->empty() ? "" : "; ") + std::string(name) + " " + show(change.key);
      for (size_t i = 1; i < change.row.size && std::string(name) != "refresh"; ++i)
        *text += "," + show_cell(change.row[i]);
      if (change.origin.size > 0) *text += "<" + show(change.origin);
      const bool whole = change.row.is_complete();
      EXPECT_TRUE(change.partial || whole || change.row.size == 0) << "says that it is whole";
    }
  }
  void check(const Status& status) {
    if (!status.ok() && error.empty()) error = status.message();
  }
  Value cell(const char* text) {
    if (std::string(text) == "-") return Value::absent();
    if (text[0] != '~') return Value::of_text(text);
    const std::string path = std::string("$.") + (text + 1);
    texts_.push_back(std::string(1, 1) + static_cast<char>(path.size()) + path + std::string("\3\5\1\0", 4));
    return Value::of_json_diff(texts_.back());
  }
  RowView row(int64_t key, const char* text, const char* json) {
    rows_.push_back({Value::of_int(key), cell(text), cell(json)});
    return view(rows_.back());
  }

  const ApplyMode mode_;
  const TableSchema schema_;
  std::deque<Row> rows_;
  std::deque<std::string> texts_;
};

TEST(PartialChanges, UpdatesMerge) {
  PartialTable table(kStrict);
  table.insert(1, "a", "{}");
  table.update(1, 1, "b", "-");
  table.update(1, 1, "-", "~x");
  table.update(2, 2, "c", "-");
  table.update(2, 2, "-", "[]");
  table.update(3, 3, "c", "-");
  table.update(4, 4, "d", "-");
  table.update(4, 4, "-", "-");
  EXPECT_EQ(table.changes(), "update 2,c,[]; update 3,c,-; update 4,d,-; insert 1,b,{\"x\": 1}");
}

TEST(PartialChanges, DiffsWaitForTheirValue) {
  PartialTable table(kStrict);
  table.update(1, 1, "-", "~a");
  table.update(1, 1, "t", "~b");
  table.update(2, 2, "-", "~a");
  table.update(2, 2, "-", "[1]");
  table.update(3, 3, "-", "~a");
  table.remove(3);
  const std::string both = std::string("\1\3$.a\3\5\1\0", 9) + std::string("\1\3$.b\3\5\1\0", 9);
  EXPECT_EQ(table.changes(), "delete 3; update 1,t,~" + both + "; update 2,-,[1]");
  table.update(2, 2, "-", "~x");
  EXPECT_EQ(table.error, "a partial JSON update does not fit the value it changes");
}

TEST(PartialChanges, RowsThatMoveTakeWhatIsKnownAlong) {
  PartialTable table(kStrict);
  table.insert(1, "a", "{}");
  table.update(1, 11, "-", "~x");
  table.update(2, 2, "b", "-");
  table.update(2, 12, "-", "-");
  table.update(12, 22, "-", "j");
  table.update(3, 13, "c", "-");
  table.update(13, 23, "-", "-");
  table.insert(3, "new", "j");
  EXPECT_EQ(table.changes(),
            "delete 2; update 3,new,j; insert 11,a,{\"x\": 1}; insert 22,b,j; insert 23,c,-<3");
}

TEST(PartialChanges, KeysSwap) {
  PartialTable table(kStrict);
  table.update(1, 9, "-", "-");
  table.update(2, 1, "-", "-");
  table.update(9, 2, "x", "-");
  EXPECT_EQ(table.changes(), "update 1,-,-<2; update 2,x,-<1");
  table.update(1, 1, "new", "-");
  table.remove(2);
  EXPECT_EQ(table.changes(), "delete 2; update 1,new,-<2");
}

TEST(PartialChanges, StrictConflicts) {
  PartialTable gone(kStrict);
  gone.remove(1);
  gone.update(1, 1, "x", "-");
  EXPECT_NE(gone.changes().find("update of a key that is already deleted"), std::string::npos);
  PartialTable moved(kStrict);
  moved.remove(1);
  moved.update(1, 2, "x", "-");
  EXPECT_NE(moved.changes().find("delete of a key that is already deleted"), std::string::npos);
}

TEST(PartialChanges, OnlyTheSourceKnows) {
  PartialTable table(kIdempotent);
  table.update(1, 1, "x", "-", RowBasis::kSource);  // what it does not tell stays
  table.update(2, 2, "x", "~a", RowBasis::kSource);
  table.update(3, 13, "x", "-", RowBasis::kSource);
  table.update(13, 23, "-", "-", RowBasis::kTarget);  // of a row that must be read
  table.update(4, 14, "x", "{}", RowBasis::kSource);  // whole
  EXPECT_EQ(table.changes(),
            "delete 3; delete 13; delete 4; update 1,x,-; insert 14,x,{}; refresh 2; refresh 23");
  table.update(2, 2, "t", "{}");
  table.remove(23);
  EXPECT_EQ(table.changes(),
            "delete 3; delete 13; delete 23; delete 4; update 1,x,-; update 2,t,{}; insert 14,x,{}");
  EXPECT_GT(table.batch.unresolved(), 0U);
  table.batch.clear();
  EXPECT_EQ(table.batch.unresolved(), 0U);
}

TEST(PartialChanges, NothingIsMadeOfARowThatIsGone) {
  PartialTable table(kIdempotent);
  table.remove(1);
  table.update(1, 1, "x", "-");
  EXPECT_EQ(table.changes(), "delete 1");
}

TEST(PartialChanges, HotRowsTakeLittleMemory) {
  PartialTable table(kStrict);
  for (int i = 0; i < 10000; ++i) table.update(1, 1, "text", "-");
  EXPECT_LT(table.batch.bytes(), 10000U);
}

}  // namespace
}  // namespace mysql_sync
