// The foreign keys of the source whose cascades it does not log, and the tables they refer to that are not
// selected.
//
// They are read as they are now, which may be later than the binlog that is being applied. So with them goes
// a position: up to there a statement that changes them was in what was read already, and until it the stream
// may have followed keys that did not exist yet, or others than those that did. Their children are loaded
// again then.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <unordered_map>
#include <vector>

#include "core/binlog/event.hpp"
#include "core/binlog/position.hpp"
#include "core/binlog/row_decoder.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/route/source_names.hpp"
#include "core/types/foreign_key.hpp"
#include "source/connection.hpp"

namespace mysql_sync {

class ForeignKeys {
 public:
  explicit ForeignKeys(SourceNames names) : names_(names) {}

  /// Reads them. Nothing if the source logs its cascades.
  void read(source::Connection& source);
  /// Statements that begin before it were in what was read.
  const BinlogPosition& known_until() const { return known_until_; }
  bool is_parent(std::string_view database, std::string_view table) const {
    return by_parent_.count(names_.key(database, table)) > 0;
  }

  /// Those that refer to the table. They live until the next read().
  std::vector<const ForeignKey*> of_parent(std::string_view database, std::string_view table) const;
  /// Those of which a table has a name that `is_named`.
  std::vector<const ForeignKey*> named_in(const std::function<bool(const std::string&)>& is_named) const;
  /// True for a child whose cascades the source logs.
  bool logs_cascades_of(std::string_view database, std::string_view table) const;

  /// A parent that is not selected, whose rows have to be looked at all the same.
  struct Watched {
    TableSchema schema;         ///< as it is now; no columns where it is gone
    BinlogPosition read_until;  ///< statements that begin before it were in what was read
    binlog::TableMapEvent map;
    std::unique_ptr<binlog::RowDecoder> decoder;  ///< nullptr if the rows do not fit `schema`
  };
  /// A table map of a table that is not selected. `charsets`: of the source's collations.
  void announce(const binlog::TableMapEvent& map, source::Connection& source,
                const CollationCharsets& charsets);
  /// The parent that a row event refers to; nullptr: it is none.
  Watched* watched(uint64_t table_id);
  /// Rows of a parent were taken for those of its columns as they were read.
  void used(const Watched& parent);
  /// Parents whose columns may have been read behind a statement that begins before `position` and
  /// `is_named`.
  std::vector<ddl::TableName> read_ahead(const BinlogPosition& position,
                                         const std::function<bool(const std::string&)>& is_named) const;
  /// Numbers of tables, and columns, may mean others from here on.
  void forget_watched() { watched_.clear(); }

 private:
  SourceNames names_;
  std::vector<ForeignKey> keys_;
  std::unordered_multimap<std::string, const ForeignKey*> by_parent_;
  std::set<std::string> logged_children_;
  BinlogPosition known_until_;
  std::unordered_map<uint64_t, Watched> watched_;
  std::unordered_map<std::string, std::pair<ddl::TableName, BinlogPosition>> used_;  // see used(); by name
};

}  // namespace mysql_sync
