#include "bgworker/stream/migrations.hpp"

#include <algorithm>

#include "apply/target_catalog.hpp"
#include "core/ddl/column_names.hpp"
#include "core/ddl/row_statement.hpp"
#include "core/types/name_case.hpp"

namespace mysql_sync {

namespace {

/// The tools copy the columns that have the same names.
std::vector<std::optional<size_t>> origins_by_name(const TableSchema& before, const TableSchema& after) {
  std::vector<std::optional<size_t>> origins;
  for (const Column& column : after.columns) origins.push_back(before.find_column(column.name));
  return origins;
}

/// What the columns of the table are called in the copy.
std::vector<std::string> names_in(const GhostTable& ghost, const TableSchema& before) {
  std::vector<std::string> names(before.columns.size());
  const MappedTable& copy = ghost.copy;
  for (size_t i = 0; i < copy.schema.columns.size(); ++i)
    if (const auto origin = before.find_column(copy.target.columns[i]))
      names[*origin] = copy.schema.columns[i].name;
  return names;
}

bool knows_origins(const GhostTable& ghost) {
  const std::vector<std::string>& columns = ghost.copy.target.columns;
  return std::any_of(columns.begin(), columns.end(), [](const std::string& name) { return !name.empty(); });
}

/// What gh-ost writes to its changelog once the copy has its new columns: onChangelogStateEvent() in
/// github/gh-ost go/logic/migrator.go.
constexpr std::string_view kFirstHint = "GhostTableMigrated";

/// The name of the copy that gh-ost makes beside a changelog of this name; nothing for other names.
std::optional<std::string> copy_of_changelog(std::string_view name) {
  constexpr std::string_view kEnd = "_ghc";
  if (name.size() <= kEnd.size() || name.substr(name.size() - kEnd.size()) != kEnd) return std::nullopt;
  return std::string(name.substr(0, name.size() - 1)) + "o";
}

/// create_triggers() in pt-online-schema-change of percona-toolkit.
uint32_t trigger_evidence(std::string_view name) {
  constexpr std::string_view kBegin = "pt_osc_";
  if (name.size() < kBegin.size() + 4 || name.substr(0, kBegin.size()) != kBegin) return 0;
  const std::string_view end = name.substr(name.size() - 4);
  if (end == "_ins") return GhostTable::kInsertTrigger;
  if (end == "_upd") return GhostTable::kUpdateTrigger;
  if (end == "_del") return GhostTable::kDeleteTrigger;
  return 0;
}

bool renames_columns(const ddl::AlterOutcome& outcome) {
  return std::any_of(outcome.effects.begin(), outcome.effects.end(), [](const ddl::ColumnEffect& effect) {
    return std::holds_alternative<ddl::ColumnRenamed>(effect);
  });
}

}  // namespace

bool Migrations::begin(const ddl::CreateTable& statement, const StatementContext& context) {
  const ddl::TableName& name = statement.table;
  if (state_.config.selection().names(name.database, name.table)) return false;
  const std::optional<TaskTables::Migration> migration = task_tables_.migration_of(name);
  if (!migration) return false;
  if (const auto changelog = copy_of_changelog(name.table))
    changelogs_.insert(state_.facts.names.key(name.database, *changelog));
  if (migration->role != MigrationRole::kGhost || state_.is_ahead(*migration->table)) return true;
  const MappedTable& base = *migration->table;
  GhostTable ghost;
  ghost.of = base.number;
  std::optional<MappedTable> definition = new_tables_.definition_of(statement, context);
  if (definition)
    ghost.copy = *std::move(definition);
  else
    ghost.reload = statement.incomplete_reason;
  ghost.copy.schema.database = name.database;
  ghost.copy.schema.table = name.table;
  ghost.copy.target = apply::TargetTable();
  for (const Column& column : ghost.copy.schema.columns)
    ghost.copy.target.columns.push_back(base.schema.find_column(column.name) ? column.name : "");
  ghost.rows = 0;
  if (changelogs_.count(state_.facts.names.key(name.database, name.table)) > 0)
    ghost.evidence = GhostTable::kChangelog;
  if (GhostTable* old = state_.ghosts.find(name.database, name.table)) task_tables_.remove_ghost(*old);
  state_.in_ddl([&](pg::SpiSession& spi) { ghost.copy.number = next_table_number(spi, state_.config.task); });
  save(*state_.ghosts.add(std::move(ghost)));
  state_.note(base.schema.display_name(),
              "an online schema change begins: its copy, " + name.database + "." + name.table +
                  ", is followed, not copied",
              context);
  return true;
}

void Migrations::save(const GhostTable& ghost) {
  state_.in_ddl([&](pg::SpiSession& spi) { save_ghost(spi, state_.config.task, ghost); });
}

void Migrations::alter(GhostTable& ghost, const ddl::AlterTable& statement, const StatementContext& context) {
  MappedTable& copy = ghost.copy;
  auto outcome = ddl::alter_outcome(copy.schema, statement);
  if (!outcome.ok()) {
    ghost.reload = outcome.status().message();
    copy.schema.columns.clear();
    copy.target.columns.clear();
  } else {
    // The tool's options decide whether it copies a renamed column.
    if (renames_columns(*outcome)) ghost.reload = "it renames columns";
    // INSERT IGNORE drops rows that these reject.
    if (statement.adds_unique) ghost.reload = "it adds a unique key";
    if (statement.adds_rules) ghost.reload = "it adds constraints or partitions";
    const auto charset = ddl::charset_after(copy.schema, copy.table_charset, statement);
    if (!charset || statement.lacks_session_charset) ghost.reload = kUnknownCharset;
    times_.resolve_defaults(outcome->after, context);
    std::vector<std::string> made_of;
    for (const std::optional<size_t>& origin : outcome->origins)
      made_of.push_back(origin ? copy.target.columns[*origin] : "");
    copy.target.columns = std::move(made_of);
    copy.schema = std::move(outcome->after);
    copy.table_charset = charset.value_or(copy.table_charset);
  }
  save(ghost);
}

void Migrations::give_up(GhostTable& ghost, const StatementContext& context) {
  const uint32_t of = ghost.of;
  task_tables_.remove_ghost(ghost);
  if (state_.ghosts.has_any(of)) return;
  for (MappedTable* table : state_.tables.away())
    if (table->number == of && table->away_as->table.empty()) task_tables_.drop(*table, context);
}

/// False if the copy turns out to be a table like any other.
bool Migrations::move(GhostTable& ghost, const ddl::TableName& to, const StatementContext& context) {
  MappedTable* present = state_.tables.find(to.database, to.table);
  if (present == nullptr) present = state_.tables.away_from(to);
  if (present != nullptr && present->number == ghost.of) {
    cut_over(*present, ghost, context);
    return true;
  }
  const std::optional<TaskTables::Migration> migration = task_tables_.migration_of(to);
  if (migration && migration->table->number == ghost.of && migration->role == MigrationRole::kGhost) {
    ghost.copy.schema.database = to.database;
    ghost.copy.schema.table = to.table;
    save(ghost);
    return true;
  }
  give_up(ghost, context);
  return false;
}

/// Why the copy may have other rows than the table; empty if it has the same. pt-online-schema-change can
/// leave rows out (--where), and a name alone proves nothing.
std::string Migrations::doubt_copy(const MappedTable& table, const GhostTable& ghost) {
  if (!ghost.is_proven()) return "nothing in the binlog shows that a migration tool filled the copy";
  if (!state_.config.is_copy()) return {};
  if (!ghost.rows || state_.mode(table) != ApplyMode::kStrict)
    return "how many rows it has cannot be compared";
  state_.in_ddl([](pg::SpiSession&) {});
  const std::string rows = apply::count_rows(table.target);
  if (rows == std::to_string(*ghost.rows)) return {};
  return "it has " + std::to_string(*ghost.rows) + " rows, the table had " + rows;
}

void Migrations::look_for_hint(const binlog::RowsEvent& event) {
  const auto changelog = changelog_ids_.find(event.table_id);
  if (changelog == changelog_ids_.end() || event.rows.find(kFirstHint) == std::string_view::npos) return;
  GhostTable* ghost = state_.ghosts.find_number(changelog->second);
  if (ghost == nullptr || (ghost->evidence & GhostTable::kMigrated) != 0) return;
  ghost->evidence |= GhostTable::kMigrated;
  ghost->is_unsaved = true;
}

MappedTable* Migrations::announce_copy(const binlog::TableMapEvent& event) {
  if (event.table.empty() || event.table.front() != '_') return nullptr;
  if (const auto copy = copy_of_changelog(event.table)) {
    const GhostTable* ghost = state_.ghosts.find(event.database, *copy);
    changelog_ids_.erase(event.table_id);
    if (ghost != nullptr) changelog_ids_[event.table_id] = ghost->copy.number;
    return nullptr;
  }
  GhostTable* ghost = state_.ghosts.find(event.database, event.table);
  return ghost == nullptr ? nullptr : &ghost->copy;
}

void Migrations::count_copied(const MappedTable& copy, const binlog::RowsEvent& event) {
  GhostTable* ghost = state_.ghosts.find_number(copy.number);
  if (ghost == nullptr || !ghost->rows || event.kind == binlog::RowsEvent::Kind::kUpdate) return;
  const auto lose_count = [&] {
    ghost->rows.reset();
    ghost->is_unsaved = true;
  };
  if (state_.prepared.is_reading()) return lose_count();
  const auto decoder = state_.tables.decoder(event.table_id);
  if (!decoder.ok() || !(*decoder)->start(event).ok()) return lose_count();
  binlog::RowChange change;
  for (;;) {
    const auto more = (*decoder)->next(&change);
    if (!more.ok()) return lose_count();
    if (!*more) return;
    ghost->rows_of_transaction += event.kind == binlog::RowsEvent::Kind::kInsert ? 1 : -1;
  }
}

void Migrations::save_progress() {
  for (const GhostTable* ghost : state_.ghosts.take_unsaved())
    state_.target.within([&](pg::SpiSession& spi) { save_ghost_progress(spi, state_.config.task, *ghost); });
}

void Migrations::note_trigger(const ddl::ProgramStatement& statement) {
  if (!statement.table || !statement.creates) return;
  const uint32_t evidence = trigger_evidence(statement.names.front().table);
  const MappedTable* table = state_.tables.find(statement.table->database, statement.table->table);
  if (evidence == 0 || table == nullptr) return;
  for (GhostTable* ghost : state_.ghosts.ghosts_of(table->number)) {
    // The first trigger brings rows before the second one is made.
    const bool is_first = (ghost->evidence & GhostTable::kPercona) == 0;
    if (is_first && ghost->rows != 0) continue;
    if (!writes_to(statement, {ghost->copy.schema.database, ghost->copy.schema.table})) continue;
    ghost->evidence |= evidence;
    ghost->is_unsaved = true;
  }
}

bool Migrations::writes_to(const ddl::ProgramStatement& trigger, const ddl::TableName& name) const {
  for (const ddl::RowStatement& statement : trigger.body)
    for (const ddl::WrittenTable& table : statement.written)
      if (state_.facts.names.is_same(table.name, name)) return true;
  return false;
}

void Migrations::lose_count(const ddl::RowStatement& statement) {
  for (const ddl::WrittenTable& table : statement.written) {
    GhostTable* ghost = state_.ghosts.find(table.name.database, table.name.table);
    if (ghost == nullptr) continue;
    ghost->rows.reset();
    ghost->is_unsaved = true;
  }
}

/// The copy has the table's rows and takes its place: for the target that is one ALTER TABLE.
void Migrations::cut_over(MappedTable& table, GhostTable& ghost, const StatementContext& context) {
  ddl::AlterOutcome outcome =
      ddl::outcome_between(table.schema, ghost.copy.schema, origins_by_name(table.schema, ghost.copy.schema));
  alters_.bring_labels(table, outcome);
  if (table.life.is_away()) task_tables_.return_to_name(table);
  const GhostTable done = ghost;
  task_tables_.remove_ghost(ghost);
  if (state_.is_ahead(table)) return;  // a reload reads what is there
  const bool renames = state_.is_live(table) ? !done.reload.empty() : state_.follows_names(table);
  if (renames && knows_origins(done)) alters_.follow_names(table, names_in(done, table.schema));
  if (!state_.is_live(table)) return;
  const std::string reason = "an online schema change by way of " + done.copy.schema.display_name();
  const std::string doubt = done.reload.empty() ? doubt_copy(table, done) : std::string();
  if (!doubt.empty()) {
    if (knows_origins(done)) alters_.follow_names(table, names_in(done, table.schema));
    return reloads_.request(table, reason + ": " + doubt, context.text);
  }
  if (!done.reload.empty()) return reloads_.request(table, reason + ": " + done.reload, context.text);
  if (outcome.reload) *outcome.reload = reason + ": " + *outcome.reload;
  alters_.carry(table, outcome, done.copy.table_charset, context);
}

}  // namespace mysql_sync
