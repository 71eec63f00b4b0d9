// Row events: to which table of the task they belong, and what is done with their rows.
#pragma once

#include <unordered_set>

#include "bgworker/stream/doubtful_names.hpp"
#include "bgworker/stream/foreign_key_effects.hpp"
#include "bgworker/stream/held_rows.hpp"
#include "bgworker/stream/migrations.hpp"

namespace mysql_sync {

class RowRouter {
 public:
  RowRouter(StreamState& state, ReloadQueue& reloads, HeldRows& held, ForeignKeyEffects& foreign_keys,
            Migrations& migrations, DoubtfulNames& doubtful)
      : state_(state),
        reloads_(reloads),
        held_(held),
        cascades_(foreign_keys.cascades()),
        migrations_(migrations),
        doubtful_(doubtful) {}

  /// A table whose rows follow.
  void announce(const binlog::TableMapEvent& event, const binlog::EventHeader& header);
  void route(const binlog::RowsEvent& event);
  /// The transaction has ended.
  void end_transaction() { deleted_.clear(); }

 private:
  bool selects(binlog::RowsEvent::Kind kind) const;
  void take_rows(MappedTable& table, const binlog::RowsEvent& event);
  binlog::RowDecoder* begin_rows(MappedTable& table, const binlog::RowsEvent& event);
  void take_watched(const binlog::RowsEvent& event);
  bool is_deleted_twice(const MappedTable& table, const binlog::RowChange& change);
  void note_recent(const MappedTable& table, const binlog::RowChange& change);

  StreamState& state_;
  ReloadQueue& reloads_;
  HeldRows& held_;
  Cascades& cascades_;
  Migrations& migrations_;
  DoubtfulNames& doubtful_;
  std::unordered_set<std::string> deleted_;  // rows of the statement, where it may delete a row twice
};

}  // namespace mysql_sync
