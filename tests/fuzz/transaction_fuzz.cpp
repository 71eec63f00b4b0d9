// Any sequence of events, one a byte: whatever they are, no boundary lies within a transaction, none goes
// back within a file, and a GTID is executed only where its transaction has ended.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "core/binlog/transaction_tracker.hpp"

namespace {

using namespace mysql_sync;
using namespace mysql_sync::binlog;
using Kind = TransactionStep::Kind;

constexpr size_t kMaxEvents = 256;

void require(bool condition) {
  if (!condition) __builtin_trap();
}

EventBody query(std::string_view sql) {
  QueryEvent query;
  query.sql = sql;
  return query;
}

EventBody gtid(uint64_t number, uint8_t options) {
  GtidEvent event;
  event.gtid = Gtid();
  event.gtid->source = "a";
  event.gtid->number = number;
  event.gtid->mariadb = (options & 1) != 0;
  event.standalone = (options & 2) != 0;
  if ((options & 4) != 0) event.prepares_xa = XaId{1, "x", ""};
  event.alter_phase = static_cast<GtidEvent::AlterPhase>((options >> 3) & 3);
  return event;
}

EventBody rows(bool statement_end) {
  RowsEvent event;
  event.statement_end = statement_end;
  return event;
}

EventBody prepare(bool one_phase) {
  XaPrepareEvent event;
  event.one_phase = one_phase;
  return event;
}

constexpr const char* kStatements[] = {"BEGIN",
                                       "COMMIT",
                                       "ROLLBACK",
                                       "SAVEPOINT `a`",
                                       "ROLLBACK TO `a`",
                                       "XA START X'78',X'',1",
                                       "XA END X'78',X'',1",
                                       "XA COMMIT X'78',X'',1",
                                       "XA ROLLBACK X'78',X'',1",
                                       "XA COMMIT 'x'",
                                       "DROP TABLE t",
                                       ""};

/// The low four bits choose the kind, the others say more.
EventBody body_of(uint8_t code, uint64_t number) {
  const uint8_t options = code >> 4;
  switch (code & 15) {
    case 0:
      return gtid(number, options);
    case 1:
      return gtid(number, options | 16);
    case 2:
      return TableMapEvent();
    case 3:
      return rows((options & 1) != 0);
    case 4:
      return XidEvent();
    case 5:
      return prepare((options & 1) != 0);
    case 6:
      return FormatDescriptionEvent();
    case 7:
      return HeartbeatEvent{"b.1", number * 8};
    case 8:
      return IgnoredEvent();
    default:
      return query(kStatements[options % std::size(kStatements)]);
  }
}

bool ends(Kind kind, const TransactionTracker& tracker) {
  if (kind == Kind::kStatement) return !tracker.is_open();
  return kind == Kind::kLastChange || kind == Kind::kCommit || kind == Kind::kRollback ||
         (kind >= Kind::kXaPrepare && kind <= Kind::kXaRollback);
}

void check(const TransactionTracker& tracker, const BinlogPosition& before, bool was_inside) {
  require(before <= tracker.boundary());
  require(tracker.boundary() <= tracker.next());
  require(!tracker.is_open() || tracker.is_inside());
  if (tracker.is_inside() && was_inside) require(tracker.boundary() == before);
  if (!tracker.is_inside()) require(tracker.boundary() == tracker.next() && !tracker.gtid());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  TransactionTracker tracker({"b.1", 4});
  for (size_t i = 0; i < std::min(size, kMaxEvents); ++i) {
    Event event;
    event.body = body_of(data[i], i);
    event.header.next_offset = static_cast<uint32_t>(4 + 4 * (i + 1));
    event.header.timestamp = 1;
    const BinlogPosition before = tracker.boundary();
    const bool was_inside = tracker.is_inside();
    const std::string executed = tracker.gtids().to_string();
    const auto step = tracker.take(event);
    if (!step.ok()) continue;  // a reader would stop
    require(tracker.gtids().to_string() == executed);
    if (step->kind == Kind::kTorn) tracker.drop();
    if (ends(step->kind, tracker)) tracker.end(event.header);
    tracker.settle();
    check(tracker, before, was_inside);
  }
  return 0;
}
