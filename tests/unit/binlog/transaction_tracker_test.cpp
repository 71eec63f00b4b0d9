#include "core/binlog/transaction_tracker.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mysql_sync::binlog {
namespace {

using Kind = TransactionStep::Kind;
using testing::ElementsAre;

constexpr uint32_t kTime = 1700000000;

Event event(EventBody body) {
  Event event;
  event.header.timestamp = kTime;
  event.body = std::move(body);
  return event;
}

Event query(std::string_view sql) {
  QueryEvent query;
  query.sql = sql;
  return event(query);
}

Event rows(bool statement_end = true) {
  RowsEvent rows;
  rows.statement_end = statement_end;
  return event(rows);
}

Event mysql_gtid(uint64_t number) {
  GtidEvent gtid;
  gtid.gtid = Gtid();
  gtid.gtid->source = "a";
  gtid.gtid->number = number;
  return event(gtid);
}

Event anonymous_gtid() { return event(GtidEvent()); }

GtidEvent mariadb_identity(uint64_t number) {
  GtidEvent gtid;
  gtid.gtid = Gtid();
  gtid.gtid->mariadb = true;
  gtid.gtid->number = number;
  return gtid;
}

Event mariadb_gtid(uint64_t number, bool standalone = false) {
  GtidEvent gtid = mariadb_identity(number);
  gtid.standalone = standalone;
  return event(gtid);
}

Event alter_phase(GtidEvent::AlterPhase phase) {
  GtidEvent gtid = mariadb_identity(1);
  gtid.standalone = true;
  gtid.alter_phase = phase;
  return event(gtid);
}

Event mariadb_xa_gtid(uint64_t number, const std::string& gtrid) {
  GtidEvent gtid = mariadb_identity(number);
  gtid.prepares_xa = XaId{1, gtrid, ""};
  return event(gtid);
}

Event prepare(bool one_phase = false) {
  XaPrepareEvent prepare;
  prepare.one_phase = one_phase;
  return event(prepare);
}

Event xid() { return event(XidEvent()); }
Event table_map() { return event(TableMapEvent()); }
Event format() { return event(FormatDescriptionEvent()); }

Event rotate(const std::string& file) {
  RotateEvent rotate;
  rotate.file = file;
  return event(rotate);
}

Event heartbeat(const std::string& file, uint64_t offset) { return event(HeartbeatEvent{file, offset}); }

bool ends(Kind kind) {
  switch (kind) {
    case Kind::kLastChange:
    case Kind::kCommit:
    case Kind::kRollback:
    case Kind::kXaPrepare:
    case Kind::kXaCommitOnePhase:
    case Kind::kXaCommit:
    case Kind::kXaRollback:
      return true;
    default:
      return false;
  }
}

/// Gives events of 10 bytes each to a tracker, as a reader does that keeps nothing but positions.
class Tracking : public testing::Test {
 protected:
  static constexpr uint64_t kStart = 100;

  Kind take(Event event) {
    offset_ += 10;
    event.header.next_offset = offset_;
    const auto step = tracker.take(event);
    EXPECT_TRUE(step.ok()) << step.status().message();
    name = step->name;
    follow(event, step->kind);
    tracker.settle();
    return step->kind;
  }

  std::vector<Kind> take_all(const std::vector<Event>& events) {
    std::vector<Kind> kinds;
    for (const Event& event : events) kinds.push_back(take(event));
    return kinds;
  }

  /// Where the reader would begin again, after each of the events.
  std::vector<uint64_t> boundaries(const std::vector<Event>& events) {
    std::vector<uint64_t> offsets;
    for (const Event& event : events) {
      take(event);
      offsets.push_back(tracker.boundary().offset - kStart);
    }
    return offsets;
  }

  void follow(const Event& event, Kind kind) {
    if (kind == Kind::kTorn) tracker.drop();
    const bool is_last_statement = kind == Kind::kStatement && !tracker.is_open();
    if (ends(kind) || is_last_statement) tracker.end(event.header);
  }

  VoidRows void_rows;
  TransactionTracker tracker{{"b.1", kStart}, {}, &void_rows};
  std::string name;

 private:
  uint32_t offset_ = kStart;
};

// --- where a transaction begins and ends, in each dialect -------------------------------------------------

TEST_F(Tracking, MysqlWithGtids) {
  EXPECT_THAT(boundaries({mysql_gtid(1), query("BEGIN"), table_map(), rows(), xid()}),
              ElementsAre(0, 0, 0, 0, 50));
  EXPECT_EQ(tracker.gtids().to_string(), "a:1");
}

TEST_F(Tracking, MysqlWithAnonymousGtids) {
  EXPECT_THAT(boundaries({anonymous_gtid(), query("BEGIN"), rows(), xid()}), ElementsAre(0, 0, 0, 40));
  EXPECT_TRUE(tracker.gtids().empty());
}

TEST_F(Tracking, MysqlDdlEndsItself) {
  EXPECT_THAT(boundaries({mysql_gtid(7), query("CREATE TABLE t (a int)")}), ElementsAre(0, 20));
  EXPECT_EQ(tracker.gtids().to_string(), "a:7");
}

TEST_F(Tracking, SourcesBeforeGtids) {
  EXPECT_THAT(boundaries({query("BEGIN"), table_map(), rows(), query("COMMIT"), query("DROP TABLE t")}),
              ElementsAre(0, 0, 0, 40, 50));
}

TEST_F(Tracking, RowsWithNothingAroundThemEndWithTheirStatement) {
  EXPECT_THAT(take_all({table_map(), rows(false), rows(false), rows()}),
              ElementsAre(Kind::kChange, Kind::kChange, Kind::kChange, Kind::kLastChange));
  EXPECT_THAT(boundaries({table_map(), rows(false), rows()}), ElementsAre(40, 40, 70));
}

TEST_F(Tracking, RowsBehindAGtidAloneEndWithTheirStatement) {
  EXPECT_THAT(boundaries({mysql_gtid(1), table_map(), rows(false), rows()}), ElementsAre(0, 0, 0, 40));
  EXPECT_EQ(tracker.gtids().to_string(), "a:1");
}

TEST_F(Tracking, MariadbsGtidTakesThePlaceOfBegin) {
  EXPECT_THAT(boundaries({mariadb_gtid(1), table_map(), rows(), rows(), xid()}), ElementsAre(0, 0, 0, 0, 50));
  EXPECT_EQ(tracker.gtids().to_string(), "0-0-1");
}

TEST_F(Tracking, MariadbsStandaloneGtidOpensNothing) {
  EXPECT_THAT(boundaries({mariadb_gtid(1, true), query("CREATE TABLE t (a int)"), mariadb_gtid(2)}),
              ElementsAre(0, 20, 20));
}

TEST_F(Tracking, AStatementWithinATransactionDoesNotEndIt) {
  EXPECT_THAT(boundaries({query("BEGIN"), query("INSERT INTO t VALUES (1)"), query("COMMIT")}),
              ElementsAre(0, 0, 30));
}

TEST_F(Tracking, CreateSelectOpensATransactionBySaying) {
  take(mysql_gtid(1));
  ASSERT_TRUE(tracker.take(query("CREATE TABLE t … START TRANSACTION")).ok());
  tracker.open();
  EXPECT_TRUE(tracker.is_open());
  EXPECT_THAT(boundaries({rows(), xid()}), ElementsAre(0, 30));
}

TEST_F(Tracking, CommitAndRollbackAreWordsInAnyCase) {
  for (const char* sql : {"COMMIT", "commit", " Commit ;"}) EXPECT_EQ(take(query(sql)), Kind::kCommit) << sql;
  for (const char* sql : {"ROLLBACK", "rollback;"}) EXPECT_EQ(take(query(sql)), Kind::kRollback) << sql;
  EXPECT_EQ(take(query("begin")), Kind::kBegin);
  EXPECT_EQ(take(query("COMMITTED")), Kind::kStatement);
  EXPECT_EQ(take(query("")), Kind::kStatement);
}

TEST_F(Tracking, ACompressedTransactionEndsWhereItsPayloadDoes) {
  take(mysql_gtid(1));
  const Event payload = event(TransactionPayloadEvent());
  Event outer = payload;
  outer.header.next_offset = kStart + 500;
  ASSERT_EQ(tracker.take(outer)->kind, Kind::kOther);
  for (Event inner : {query("BEGIN"), table_map(), rows(), xid()}) {
    inner.header.next_offset = 7;  // counts within the payload
    follow(inner, tracker.take_embedded(inner)->kind);
    EXPECT_EQ(tracker.next().offset, kStart + 500);
  }
  tracker.settle();
  EXPECT_EQ(tracker.boundary().offset, kStart + 500);
}

// --- XA ----------------------------------------------------------------------------------------------------

TEST_F(Tracking, MysqlsXaTransactionEndsWithItsPrepare) {
  EXPECT_THAT(take_all({anonymous_gtid(), query("XA START X'6d79',X'',1"), table_map(), rows(),
                        query("XA END X'6d79',X'',1"), prepare()}),
              ElementsAre(Kind::kOther, Kind::kXaBegin, Kind::kChange, Kind::kChange, Kind::kXaEnd,
                          Kind::kXaPrepare));
  EXPECT_EQ(tracker.boundary().offset, kStart + 60);
}

TEST_F(Tracking, MariadbsXaTransactionIsAnnouncedByItsGtid) {
  EXPECT_EQ(take(mariadb_xa_gtid(1, "my")), Kind::kXaBegin);
  EXPECT_EQ(name, "X'6d79',X'',1");
  EXPECT_THAT(take_all({rows(), prepare()}), ElementsAre(Kind::kChange, Kind::kXaPrepare));
  EXPECT_FALSE(tracker.is_inside());
}

TEST_F(Tracking, OnePhaseTakesEffectAtOnce) {
  EXPECT_THAT(take_all({query("XA START X'6d79',X'',1"), prepare(true)}),
              ElementsAre(Kind::kXaBegin, Kind::kXaCommitOnePhase));
}

TEST_F(Tracking, TheEndOfAPreparedTransactionIsOneOfItsOwn) {
  EXPECT_EQ(take(mysql_gtid(2)), Kind::kOther);
  EXPECT_EQ(take(query("XA COMMIT X'6d79',X'',1")), Kind::kXaCommit);
  EXPECT_EQ(name, "X'6d79',X'',1");
  EXPECT_EQ(take(query("XA ROLLBACK X'',X'01',7")), Kind::kXaRollback);
  EXPECT_EQ(name, "X'',X'01',7");
  EXPECT_EQ(tracker.boundary().offset, kStart + 30);
}

TEST_F(Tracking, AnXidThatCannotBeReadIsAnError) {
  const auto step = tracker.take(query("XA COMMIT 'my'"));
  ASSERT_FALSE(step.ok());
  EXPECT_EQ(step.status().code(), ErrorCode::kCorrupt);
}

// --- what takes no effect ----------------------------------------------------------------------------------

TEST_F(Tracking, SavepointsAreTold) {
  EXPECT_EQ(take(query("SAVEPOINT `a b`")), Kind::kSavepoint);
  EXPECT_EQ(name, "a b");
  EXPECT_EQ(take(query("ROLLBACK TO `a b`")), Kind::kRollbackTo);
  EXPECT_EQ(name, "a b");
}

TEST_F(Tracking, ATransactionIsTornWhereAFileBeginsWithinIt) {
  take_all({mysql_gtid(1), query("BEGIN"), rows()});
  tracker.count_row_event();
  EXPECT_EQ(take(rotate("b.2")), Kind::kOther);
  EXPECT_EQ(tracker.boundary().file, "b.1") << "it may still go on";
  EXPECT_EQ(take(format()), Kind::kTorn);
  EXPECT_FALSE(tracker.is_inside());
  EXPECT_FALSE(tracker.gtid());
  EXPECT_EQ(tracker.row_events(), 0u);
  EXPECT_TRUE(tracker.gtids().empty());
  EXPECT_EQ(tracker.boundary().file, "b.2");
}

TEST_F(Tracking, AGtidAloneIsTornAsWell) {
  take(mysql_gtid(1));
  EXPECT_EQ(take(format()), Kind::kTorn);
  EXPECT_TRUE(tracker.gtids().empty());
}

TEST_F(Tracking, BetweenTransactionsAFormatTearsNothing) { EXPECT_EQ(take(format()), Kind::kOther); }

TEST_F(Tracking, MariadbsAlterTakesEffectWhereItIsDone) {
  using Phase = GtidEvent::AlterPhase;
  for (const auto& [phase, is_void] : {std::pair{Phase::kStart, true}, std::pair{Phase::kRollback, true},
                                       std::pair{Phase::kCommit, false}, std::pair{Phase::kWhole, false}}) {
    take(alter_phase(phase));
    EXPECT_EQ(tracker.is_statement_void(), is_void);
    take(query("ALTER TABLE t ADD b int"));
    EXPECT_FALSE(tracker.is_statement_void()) << "the next one is another";
  }
}

TEST_F(Tracking, VoidRowsGoByTheTransactionTheyAreIn) {
  void_rows.add({"b.1", kStart}, 2, 3);
  take(query("BEGIN"));
  std::vector<bool> are_void;
  for (int i = 0; i < 4; ++i) {
    take(rows());
    tracker.count_row_event();
    are_void.push_back(tracker.is_row_event_void());
  }
  EXPECT_THAT(are_void, ElementsAre(false, true, true, false));
  EXPECT_FALSE(tracker.are_void_from(2)) << "the fourth takes effect";
  EXPECT_FALSE(tracker.is_transaction_void());
  take_all({query("COMMIT"), query("BEGIN"), rows()});
  tracker.count_row_event();
  tracker.count_row_event();
  EXPECT_FALSE(tracker.is_row_event_void()) << "another transaction";
}

TEST_F(Tracking, ATransactionMayBeVoidAsAWhole) {
  void_rows.add({"b.1", kStart}, 1, VoidRows::kLast);
  EXPECT_TRUE(tracker.is_transaction_void());
  take_all({query("BEGIN"), rows(), query("ROLLBACK")});
  EXPECT_FALSE(tracker.is_transaction_void());
}

// --- positions ---------------------------------------------------------------------------------------------

TEST_F(Tracking, OffsetsGrowBeyond32Bits) {
  TransactionTracker late({"b.1", 0xfffffff0});
  Event big = rows(false);
  big.header.next_offset = 0x10;
  ASSERT_TRUE(late.take(big).ok());
  EXPECT_EQ(late.next().offset, 0x100000010u);
}

TEST_F(Tracking, ArtificialEventsSayNothingOfPositions) {
  Event made_up = format();
  made_up.header.next_offset = kStart + 1000;
  made_up.header.flags = EventHeader::kArtificial;
  ASSERT_TRUE(tracker.take(made_up).ok());
  EXPECT_EQ(tracker.next().offset, kStart);
}

TEST_F(Tracking, ARotationLeadsToTheNextFile) {
  take(rotate("b.2"));
  EXPECT_EQ(tracker.boundary().to_string(), "b.2:4");
}

TEST_F(Tracking, HeartbeatsMoveOnWhatIsIdle) {
  take(heartbeat("b.1", kStart + 500));
  EXPECT_EQ(tracker.boundary().offset, kStart + 500);
  take(heartbeat("b.1", kStart + 400));
  EXPECT_EQ(tracker.boundary().offset, kStart + 500) << "it lies behind";
  take(heartbeat("b.2", kStart + 900));
  EXPECT_EQ(tracker.boundary().offset, kStart + 500) << "another file";
  take(query("BEGIN"));
  take(heartbeat("b.1", kStart + 900));
  EXPECT_LT(tracker.next().offset, kStart + 900) << "in a transaction";
}

TEST_F(Tracking, WhatIsCommittedStaysBehindUntilItIsSaid) {
  take_all({query("BEGIN"), query("COMMIT")});
  EXPECT_EQ(tracker.committed().offset, kStart);
  tracker.mark_committed();
  EXPECT_EQ(tracker.committed(), tracker.boundary());
}

TEST_F(Tracking, TheTimeIsThatOfTheLastCompleteTransaction) {
  EXPECT_EQ(tracker.boundary_time(), 0u);
  take(query("BEGIN"));
  EXPECT_EQ(tracker.boundary_time(), 0u);
  take(query("COMMIT"));
  EXPECT_EQ(tracker.boundary_time(), kTime);
}

TEST_F(Tracking, TheGtidIsKnownUntilTheEnd) {
  Event last = xid();
  take_all({mysql_gtid(5), query("BEGIN")});
  ASSERT_TRUE(tracker.take(last).ok());
  EXPECT_EQ(tracker.gtid_text(), "a:5");
  tracker.end(last.header);
  EXPECT_EQ(tracker.gtid_text(), "");
}

}  // namespace
}  // namespace mysql_sync::binlog
