#include "fdw/fdw_scan.hpp"

#include "core/base/arena.hpp"
#include "core/types/cell_reader.hpp"
#include "fdw/fdw_callbacks.hpp"
#include "fdw/fdw_connection.hpp"
#include "fdw/fdw_deparse.hpp"
#include "fdw/fdw_orphans.hpp"
#include "fdw/fdw_plan_check.hpp"
#include "fdw/fdw_query.hpp"
#include "pg/compat/context_reset.hpp"
#include "pg/encoding.hpp"
#include "pg/guard.hpp"

extern "C" {
#include "tcop/pquery.h"
}

namespace mysql_sync::fdw {

namespace {

ScanTotals totals;

/// A column of the query's result and the place in the slot it goes to.
struct ScannedColumn {
  size_t place;  ///< index into the slot's values
  CellReader reader;
  pg::CellConverter convert;
};

class Scan;

/// All scans of this process that are open.
std::vector<Scan*>& open_scans() {
  static auto* const all = new std::vector<Scan*>();  // must outlive every scan
  return *all;
}

/// The portal that runs a query; it may be gone when it is asked.
class OwnPortal {
 public:
  OwnPortal() : portal_(ActivePortal), name_(ActivePortal == nullptr ? "" : ActivePortal->name) {}

  /// Nothing more will be fetched from it.
  bool has_failed() const {
    return portal_ != nullptr && GetPortalByName(name_.c_str()) == portal_ &&
           portal_->status == PORTAL_FAILED;
  }

 private:
  Portal portal_;
  std::string name_;
};

/// One running foreign scan. A row goes through two steps: fetch() is C++ (network, decoding; may throw), and
/// store() is backend code (conversion to Datums; may leave by ereport()). The values of a row point into the
/// client's buffer and the arena, until the next fetch(); the Datums live in the per-tuple context.
class Scan {
 public:
  explicit Scan(ForeignScanState* node) : node_(node) {
    auto* plan = reinterpret_cast<ForeignScan*>(node->ss.ps.plan);
    pg::guard([&] {
      query_ = ScanQuery::from_private(plan->fdw_private);
      parameters_ = pg::compat::initialize_expressions(plan->fdw_exprs, &node->ss.ps);
      user_ = pg::compat::scan_user(node);
    });
    add_columns(node->ss.ss_ScanTupleSlot->tts_tupleDescriptor);
    values_.resize(columns_.size());
    open_scans().push_back(this);
  }

  ~Scan() {
    give_up();
    auto& all = open_scans();
    all.erase(std::remove(all.begin(), all.end(), this), all.end());
  }
  Scan(const Scan&) = delete;
  Scan& operator=(const Scan&) = delete;

  /// Reads and decodes the next row; false after the last one. Where that fails, nothing is left at the
  /// source: the query's memory, and this with it, may live until the client ends its transaction.
  bool fetch() {
    try {
      return read_row();
    } catch (...) {
      give_up();
      throw;
    }
  }

  /// The row that fetch() decoded.
  void store(TupleTableSlot* slot) const {
    Datum* values = pg::compat::slot_values(slot);
    bool* nulls = pg::compat::slot_nulls(slot);
    std::memset(nulls, true, sizeof(bool) * static_cast<size_t>(slot->tts_tupleDescriptor->natts));
    uint64 changed = 0;
    for (size_t i = 0; i < columns_.size(); ++i) {
      const size_t place = columns_[i].place;
      values[place] = columns_[i].convert.convert(values_[i], &nulls[place], &changed);
    }
    totals.changed_by_policy += changed;
    ExecStoreVirtualTuple(slot);
  }

  /// The next fetch() runs the query again.
  void restart() {
    finish();
    at_end_ = false;
  }

  /// Lets the next scan have the connection, also where the result was not read to its end.
  void finish() {
    if (!connection_.has_value()) return;
    ScanConnection connection = *std::move(connection_);
    connection_.reset();
    std::optional<source::ResultStream> stream = std::move(stream_);
    stream_.reset();
    if (stream.has_value()) ScanConnection::give_back(std::move(connection), *std::move(stream));
  }

  /// The same after an error, where nothing may wait. There is no next row.
  void give_up() noexcept {
    given_up_ = true;
    if (!connection_.has_value()) return;
    ScanConnection::give_back_after_error(*std::exchange(connection_, std::nullopt),
                                          std::exchange(stream_, std::nullopt));
  }

  bool has_failed() const { return portal_.has_failed(); }

 private:
  bool read_row() {
    if (given_up_) pg::fail(ErrorCode::kInternal, "a foreign scan was read that had failed before");
    if (at_end_) return false;
    if (!stream_.has_value()) start();
    const source::TextCell* cells = source_value(stream_->next());
    if (cells == nullptr) {
      at_end_ = true;
      finish();  // a query over many tables has one connection for scans that come one after the other
      return false;
    }
    arena_.clear();
    for (size_t i = 0; i < columns_.size(); ++i) decode(columns_[i], cells[i], &values_[i]);
    return true;
  }

  /// Those that are read come first.
  void add_columns(TupleDesc description) {
    ListCell* cell;
    foreach (cell, query_.columns) {
      const ScanColumn column = pg::guard([&] { return read_column(static_cast<List*>(lfirst(cell))); });
      planned_.push_back(column);
      if (column.attribute > 0) add_column(column, pg::compat::attribute(description, column.attribute - 1));
    }
  }

  void add_column(const ScanColumn& column, Form_pg_attribute attribute) {
    const ColumnType type =
        pg::value_or_throw(parse_column_type(pg::from_server(column.declared), column.charset));
    const pg::ColumnRole role = column.is_key ? pg::ColumnRole::kKey : pg::ColumnRole::kPlain;
    const pg::CellConverter converter = pg::guard([&] {
      return pg::CellConverter::create(type, attribute->atttypid, attribute->atttypmod,
                                       NameStr(attribute->attname), query_.policies, role);
    });
    CellReader reader = pg::value_or_throw(CellReader::create(type));
    columns_.push_back({static_cast<size_t>(column.attribute - 1), std::move(reader), converter});
  }

  void decode(const ScannedColumn& column, const source::TextCell& cell, Value* value) {
    *value = Value::null();
    if (!cell.has_value()) return;
    totals.bytes += cell->size();
    const Status status = column.reader.read(*cell, arena_, *value);
    if (!status.ok()) pg::check(status.with_context("column \"" + column_name(column) + "\""));
  }

  std::string column_name(const ScannedColumn& column) const {
    TupleDesc description = node_->ss.ss_ScanTupleSlot->tts_tupleDescriptor;
    return pg::from_server(
        NameStr(pg::compat::attribute(description, static_cast<int>(column.place))->attname));
  }

  void start() {
    const std::string sql =
        statement_note() +
        pg::from_server(pg::guard([&] { return query_text(query_, write_parameter, this); }));
    for (;;) {
      connection_.emplace(ScanConnection::take(query_.server, user_));
      Result<source::ResultStream> stream = (*connection_)->query(sql);
      if (!stream.ok() && connection_->was_lost_while_kept(stream.status())) continue;
      stream_.emplace(source_value(std::move(stream)));
      check_plan_fits(planned_, stream_->column_marks(), query_.table, user_);
      return;
    }
  }

  static bool write_parameter(StringInfo sql, const ScanParameter& parameter, void* scan) {
    auto* self = static_cast<Scan*>(scan);
    auto* state = static_cast<ExprState*>(list_nth(self->parameters_, parameter.number - 1));
    const auto* plan = reinterpret_cast<ForeignScan*>(self->node_->ss.ps.plan);
    const Oid type = exprType(static_cast<Node*>(list_nth(plan->fdw_exprs, parameter.number - 1)));
    bool is_null;
    const Datum value = pg::compat::evaluate(state, self->node_->ss.ps.ps_ExprContext, &is_null);
    return append_literal(sql, parameter.range, type, value, is_null);
  }

  ForeignScanState* node_;
  ScanQuery query_;
  Oid user_ = InvalidOid;   // of the moment at which the scan was opened: a cursor may be read by others
  List* parameters_ = NIL;  // of ExprState
  std::vector<ScanColumn> planned_;
  std::vector<ScannedColumn> columns_;
  std::vector<Value> values_;
  Arena arena_;
  bool at_end_ = false;
  bool given_up_ = false;
  OwnPortal portal_;
  std::optional<ScanConnection> connection_;
  std::optional<source::ResultStream> stream_;  // after the connection: it must go first
};

/// What fdw_state points to: the scan goes with the query's memory, or earlier with end_scan().
struct ScanHolder {
  Scan* scan;
  pg::compat::ResetAction* cleanup;
};

ScanHolder* holder_of(ForeignScanState* node) { return static_cast<ScanHolder*>(node->fdw_state); }

void delete_scan(void* scan) { delete static_cast<Scan*>(scan); }

/// The memory of a query that failed goes late: that of a function's query when the client ends the
/// transaction, that of a cursor of an outer transaction when it closes it. The source is not to wait for
/// that.
void at_transaction_end(XactEvent event, void*) {
  if (event != XACT_EVENT_ABORT) return;
  for (Scan* scan : open_scans()) scan->give_up();
}

/// Cursors that have not failed go on, also where they were read meanwhile.
void at_subtransaction_end(SubXactEvent event, SubTransactionId, SubTransactionId, void*) {
  if (event != SUBXACT_EVENT_ABORT_SUB) return;
  for (Scan* scan : open_scans())
    if (scan->has_failed()) scan->give_up();
}

void register_callbacks_once() {
  static bool registered = false;
  if (registered) return;
  pg::guard([] {
    RegisterXactCallback(at_transaction_end, nullptr);
    RegisterSubXactCallback(at_subtransaction_end, nullptr);
  });
  registered = true;
}

}  // namespace

ScanTotals scan_totals() { return totals; }

void begin_scan(ForeignScanState* node, int flags) {
  if ((flags & EXEC_FLAG_EXPLAIN_ONLY) != 0) return;
  pg::entry([&] {
    register_callbacks_once();
    auto scan = std::make_unique<Scan>(node);
    node->fdw_state = pg::guard([&] {
      auto* holder = static_cast<ScanHolder*>(palloc(sizeof(ScanHolder)));
      holder->scan = scan.get();
      holder->cleanup =
          pg::compat::on_context_reset(node->ss.ps.state->es_query_cxt, delete_scan, scan.get());
      return holder;
    });
    scan.release();
  });
}

TupleTableSlot* iterate_scan(ForeignScanState* node) {
  Scan* scan = holder_of(node)->scan;
  TupleTableSlot* slot = node->ss.ss_ScanTupleSlot;
  ExecClearTuple(slot);
  if (pg::entry([&] { return scan->fetch(); })) scan->store(slot);
  return slot;
}

void rescan(ForeignScanState* node) {
  pg::entry([&] { holder_of(node)->scan->restart(); });
}

void end_scan(ForeignScanState* node) {
  ScanHolder* holder = holder_of(node);
  if (holder == nullptr) return;
  pg::compat::disarm(holder->cleanup);
  node->fdw_state = nullptr;
  pg::entry([&] {
    const std::unique_ptr<Scan> scan(holder->scan);
    scan->finish();
  });
}

}  // namespace mysql_sync::fdw
