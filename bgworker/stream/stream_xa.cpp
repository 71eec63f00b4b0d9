// The part of ChangeStream that carries XA transactions: the source logs their rows at the prepare, and later
// a commit or rollback that only names the xid. Servers before MySQL 5.7.7 and MariaDB 10.5 log them whole
// when they commit; there nothing of this happens.
#include "bgworker/stream/change_stream.hpp"

namespace mysql_sync {

/// MySQL cannot say yet whether it will be prepared, or committed in one phase.
void ChangeStream::begin_xa(const binlog::XaId& xid) {
  transaction_ = Transaction::kOpen;
  prepared_.begin(xid.to_string(), boundary_.to_string());
}

void ChangeStream::on(const Header& header, const binlog::XaPrepareEvent& event) {
  let_all_go();
  if (!prepared_.is_reading()) {
    if (transaction_touches_us_)
      pg::fail(ErrorCode::kCorrupt, "an XA transaction without a beginning in the binlog");
    return end_transaction(header);
  }
  if (event.one_phase)
    commit_current_xa();
  else
    prepared_.prepare();
  end_transaction(header);
}

/// False where it is none.
bool ChangeStream::on_xa_statement(const Header& header, std::string_view sql) {
  using Kind = binlog::XaStatement::Kind;
  const binlog::XaStatement statement = pg::value_or_throw(binlog::parse_xa_statement(sql));
  if (statement.kind == Kind::kStart) begin_xa(statement.xid);
  if (statement.kind == Kind::kCommit) commit_prepared(statement.xid.to_string());
  if (statement.kind == Kind::kRollback) prepared_.forget(statement.xid.to_string());
  if (statement.kind == Kind::kCommit || statement.kind == Kind::kRollback) end_transaction(header);
  return statement.kind != Kind::kNone;
}

void ChangeStream::apply_events(binlog::PieceReader events) {
  std::string_view bytes;
  transaction_ = Transaction::kOpen;  // a statement among them does not end it
  while (pg::value_or_throw(events.next(&bytes))) handle(pg::value_or_throw(decoder_.decode_embedded(bytes)));
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
    throw UnknownPrepared{xid, boundary_};
  }
  prepared_.forget(xid);
}

}  // namespace mysql_sync
