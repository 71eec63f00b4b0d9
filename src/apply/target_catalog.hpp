// What is there on the target: tables, columns, names. Everything here needs a transaction and an active
// snapshot, and sees what the transaction did so far.
#pragma once

#include "apply/applier.hpp"
#include "apply/target_type.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// "schema"."table", as SQL text.
std::string qualified(const TargetTable& target);

/// `names` as SQL text: "a, "B"".
std::string name_list(const std::vector<std::string>& names);

/// Names of more than 63 bytes, and empty ones, are kInvalidArgument: the server would cut them without a
/// word. `what` names the kind of thing: "column".
void check_name(const std::string& what, const std::string& name);
void check_names(const TargetTable& target);

/// pg_class.relkind of what has that name; nothing if nothing has.
std::optional<char> relation_kind(const std::string& schema, const std::string& table);

/// pg_type.typtype of the type of that name; nothing if there is none.
std::optional<char> type_kind(pg::SpiSession& spi, const std::string& schema, const std::string& name);

void create_schema(pg::SpiSession& spi, const std::string& schema);

/// A column of an existing target table.
struct PresentColumn {
  bool not_null = false;
  bool has_default = false;
};
/// Nothing if the table lacks the column, or is not there itself.
std::optional<PresentColumn> find_column(pg::SpiSession& spi, const TargetTable& target,
                                         const std::string& column);
bool has_column(pg::SpiSession& spi, const TargetTable& target, const std::string& column);

/// The target columns of the source's primary key, in key order. kInvalidArgument if one is not carried.
std::vector<std::string> key_names(const TargetTable& target, const TableSchema& source);

/// Columns of an existing target that must not be NULL, and that neither a source column goes to nor anything
/// else fills.
std::vector<std::string> unfilled_columns(pg::SpiSession& spi, const TargetTable& target);

/// True if a crash of the server empties the table, or a part of it.
bool is_unlogged(pg::SpiSession& spi, const TargetTable& target);

/// As decimal digits. Acts as the owner of the table, whose expressions the planner may run.
std::string count_rows(const TargetTable& target);

/// Locks the table against readers and writers until the end of the transaction, as the ALTER TABLE that
/// follows would: what is read of it from here on stays true. The wait can be interrupted.
void lock_target(const TargetTable& target);

/// The owner of the table, which is locked in that mode until the end of the transaction: it stays the owner.
Oid locked_owner(const TargetTable& target, LOCKMODE mode);

/// Runs a statement that changes the structure of a target. Where the server refuses it (PgError), the detail
/// shows the statement and the hint says how to go on; errors that pass by themselves keep their hint.
void run_ddl(pg::SpiSession& spi, const std::string& statement);
/// The same for a statement on a table that is there, by its owner (pg::ActingRole): it may run code of
/// others, in casts, checks, triggers and expressions. The table is locked against readers.
void run_as_owner(pg::SpiSession& spi, const TargetTable& target, const std::string& statement);
/// The same as run_ddl() for a statement that some servers refuse inside of a transaction: in one of its own.
/// No transaction may be open.
void run_ddl_alone(const std::string& statement);

}  // namespace mysql_sync::apply
