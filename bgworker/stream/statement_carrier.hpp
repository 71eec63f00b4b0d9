// Statements in the binlog, carried: each kind of statement by those parts of the stream that it concerns, in
// order.
#pragma once

#include "bgworker/stream/alter_carrier.hpp"
#include "bgworker/stream/doubtful_names.hpp"
#include "bgworker/stream/foreign_key_effects.hpp"
#include "bgworker/stream/row_statements.hpp"
#include "bgworker/stream/statement_reader.hpp"

namespace mysql_sync {

class StatementCarrier {
 public:
  struct Parts {
    ReloadQueue& reloads;
    TaskTables& tables;
    NewTables& new_tables;
    AlterCarrier& alters;
    Migrations& migrations;
    DoubtfulNames& doubtful;
    NameMoves& moves;
    RowStatements& row_statements;
    ForeignKeyEffects& foreign_keys;
    StatementReader& reader;
  };
  StatementCarrier(StreamState& state, const Parts& parts) : state_(state), parts_(parts) {}

  void carry(const binlog::EventHeader& header, const binlog::QueryEvent& event);

 private:
  void run(const ddl::AlterTable& statement, const StatementContext& context);
  void run(const ddl::TruncateTable& statement, const StatementContext& context);
  void run(const ddl::CreateTable& statement, const StatementContext& context);
  void run(const ddl::DropTables& statement, const StatementContext& context);
  void run(const ddl::RenameTables& statement, const StatementContext& context);
  void run(const ddl::DatabaseStatement& statement, const StatementContext& context);
  void run(const ddl::RowStatement& statement, const StatementContext& context);
  void run(const ddl::ProgramStatement& statement, const StatementContext& context);
  void run(const ddl::Irrelevant&, const StatementContext&) {}
  void alter_other(const ddl::OtherTable& other, const StatementContext& context);
  void run_select(const ddl::CreateTable& statement, const StatementContext& context);
  void create(const ddl::CreateTable& statement, const StatementContext& context);
  void drop_name(const ddl::TableName& name, const StatementContext& context);

  StreamState& state_;
  const Parts parts_;
};

}  // namespace mysql_sync
