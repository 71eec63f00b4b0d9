// The part of ChangeStream that carries XA transactions: the source logs their rows at the prepare, and later
// a commit or rollback that only names the xid. Servers before MySQL 5.7.7 and MariaDB 10.5 log them whole
// when they commit; there nothing of this happens.
#include "bgworker/stream/change_stream.hpp"

namespace mysql_sync {

void ChangeStream::end_prepared(const Header& header, bool one_phase) {
  let_all_go();
  if (!prepared_.is_reading()) {
    if (transaction_touches_us_)
      pg::fail(ErrorCode::kCorrupt, "an XA transaction without a beginning in the binlog");
    return end_transaction(header);
  }
  if (one_phase)
    commit_current_xa();
  else
    prepared_.prepare();
  end_transaction(header);
}

void ChangeStream::end_xa_statement(const Header& header, const binlog::TransactionStep& step) {
  if (step.kind == binlog::TransactionStep::Kind::kXaCommit)
    commit_prepared(step.name);
  else
    prepared_.forget(step.name);
  end_transaction(header);
}

void ChangeStream::apply_events(binlog::PieceReader events) {
  std::string_view bytes;
  transactions_.open();  // a statement among them does not end it
  while (pg::value_or_throw(events.next(&bytes)))
    handle_embedded(pg::value_or_throw(decoder_.decode_embedded(bytes)));
}

void ChangeStream::commit_current_xa() { commit_prepared(prepared_.prepare()); }

/// The rows come to their place in the order of the binlog: where they become visible. From the prepare to
/// here the source has them locked.
void ChangeStream::commit_prepared(const std::string& xid) {
  if (prepared_.is_kept(xid)) {
    commits_xa_ = true;
    apply_events(prepared_.read(xid));
    commits_xa_ = false;
  } else if (!prepared_.is_unrelated(xid)) {
    if (target_.has_work()) commit(false);
    throw StreamEnded{UnknownPrepared{xid, transactions_.boundary()}};
  }
  prepared_.forget(xid);
}

}  // namespace mysql_sync
