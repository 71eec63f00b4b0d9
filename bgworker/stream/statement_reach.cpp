#include "bgworker/stream/statement_reach.hpp"

#include <algorithm>
#include <deque>
#include <utility>

#include "bgworker/worker/worker_runtime.hpp"
#include "core/ddl/row_statement.hpp"
#include "core/types/name_case.hpp"
#include "source/source_metadata.hpp"

namespace mysql_sync {

namespace {

// Names of tables that come and go would fill the memory of a worker that runs for years.
constexpr size_t kMaxKnown = 20000;

std::string display_name(const ddl::TableName& name) { return name.database + "." + name.table; }

}  // namespace

StatementReach::StatementReach(source::Connection& control, RoutedTables& tables,
                               source::CatalogRights rights, bool mariadb, BinlogPosition judged)
    : control_(control),
      tables_(tables),
      rights_(std::move(rights)),
      mariadb_(mariadb),
      judged_before_(std::move(judged)),
      judged_(judged_before_) {}

/// One statement, and all that it sets off.
class StatementReach::Walk {
 public:
  explicit Walk(StatementReach& reach) : reach_(reach) {}

  Reach run(const ddl::RowStatement& statement) {
    take(statement);
    while (!steps_.empty() && found_.unknown.empty()) {
      const Step step = std::move(steps_.front());
      steps_.pop_front();
      go(step);
    }
    return std::move(found_);
  }

 private:
  enum class Use { kRead, kAdd, kWrite, kCall };
  struct Step {
    Use use;
    ddl::TableName name;
  };

  void take(const ddl::RowStatement& statement) {
    if (!statement.is_understood) found_.unknown = "what it changes cannot be read";
    for (const ddl::WrittenTable& table : statement.written)
      if (may_have(table)) steps_.push_back({statement.only_adds ? Use::kAdd : Use::kWrite, table.name});
    for (const ddl::TableName& name : statement.read) steps_.push_back({Use::kRead, name});
    for (const ddl::TableName& name : statement.called) steps_.push_back({Use::kCall, name});
  }

  /// False if a table of the task has none of the columns that are set.
  bool may_have(const ddl::WrittenTable& written) const {
    const MappedTable* table = reach_.tables_.find(written.name.database, written.name.table);
    if (table == nullptr || table->schema.columns.empty() || written.if_it_has.empty()) return true;
    return std::any_of(table->schema.columns.begin(), table->schema.columns.end(), [&](const Column& column) {
      return std::any_of(written.if_it_has.begin(), written.if_it_has.end(),
                         [&](const std::string& name) { return same_name(name, column.name); });
    });
  }

  void go(const Step& step) {
    const bool calls = step.use == Use::kCall;
    const std::string key = calls ? reach_.routine_key(step.name) : reach_.table_key(step.name);
    if (!done_.insert(std::to_string(static_cast<int>(step.use)) + key).second) return;
    if (calls) return call(step.name);
    MappedTable* table = reach_.tables_.find(step.name.database, step.name.table);
    if (step.use == Use::kRead) {
      if (table == nullptr) read(step.name);
      return;
    }
    if (table != nullptr &&
        std::find(found_.tables.begin(), found_.tables.end(), table) == found_.tables.end())
      found_.tables.push_back(table);
    write(step);
  }

  void read(const ddl::TableName& name) {
    const Known& known = reach_.of_table(name);
    if (!known.hidden.empty()) found_.unknown = known.hidden;
    for (const ddl::RowStatement& query : known.queries) take(query);
  }

  void write(const Step& step) {
    const Known& known = reach_.of_table(step.name);
    found_.unknown = known.hidden.empty() ? known.hidden_triggers : known.hidden;
    for (const ddl::RowStatement& query : known.queries) {
      for (const ddl::TableName& table : query.read) steps_.push_back({step.use, table});
      take(query);
    }
    for (const ddl::RowStatement& program : known.programs) take(program);
    if (step.use == Use::kWrite)
      for (const ddl::TableName& child : reach_.children_of(step.name))
        steps_.push_back({Use::kWrite, child});
  }

  void call(const ddl::TableName& name) {
    const Known& known = reach_.of_routine(name);
    if (!known.hidden.empty()) found_.unknown = known.hidden;
    for (const ddl::RowStatement& program : known.programs) take(program);
  }

  StatementReach& reach_;
  std::deque<Step> steps_;
  std::unordered_set<std::string> done_;
  Reach found_;
};

Reach StatementReach::of(const ddl::RowStatement& statement, const BinlogPosition& place) {
  place_ = place;
  return Walk(*this).run(statement);
}

std::optional<BinlogPosition> StatementReach::take_judged() {
  if (!std::exchange(judged_is_new_, false)) return std::nullopt;
  return judged_;
}

const StatementReach::Known& StatementReach::use(const Known& known) {
  if (place_ < known.read_until && judged_ < known.read_until) {
    judged_ = known.read_until;
    judged_is_new_ = true;
  }
  return known;
}

std::string StatementReach::table_key(const ddl::TableName& name) const {
  return "t" + tables_.names().key(name.database, name.table);
}

/// Routines are told apart without case, wherever they are.
std::string StatementReach::routine_key(const ddl::TableName& name) const {
  return "r" + tables_.names().key(name.database, lower_name(name.table));
}

ddl::SessionContext StatementReach::session_of(const source::ProgramText& text) const {
  ddl::SessionContext session;
  session.database = text.database;
  session.sql_mode = text.sql_mode;
  session.mariadb = mariadb_;
  return session;
}

const StatementReach::Known& StatementReach::keep(const std::string& key, Known known) {
  known.read_until = pg::value_or_throw(source::read_binlog_status(control_)).position;
  return use(known_.insert_or_assign(key, std::move(known)).first->second);
}

const StatementReach::Known& StatementReach::of_table(const ddl::TableName& name) {
  const std::string key = table_key(name);
  if (const auto known = known_.find(key); known != known_.end()) return use(known->second);
  if (known_.size() > kMaxKnown) known_.clear();
  Known known;
  auto programs = pg::value_or_throw(source::read_table_programs(control_, name.database, name.table));
  if (!rights_.sees_tables(name.database))
    known.hidden = "the task's account may not see what " + display_name(name) + " is";
  if (!rights_.sees_triggers(name.database))
    known.hidden_triggers = "the task's account may not see the triggers of " + display_name(name);
  for (const source::ProgramText& view : programs.views) {
    if (view.sql.empty())
      known.hidden = "the task's account may not see the view " + display_name(name);
    else
      known.queries.push_back(ddl::parse_query(view.sql, session_of(view)));
    known.hidden_triggers.clear();  // a view has none
  }
  for (const source::ProgramText& trigger : programs.triggers)
    for (ddl::RowStatement& statement : ddl::parse_program(trigger.sql, session_of(trigger)))
      known.programs.push_back(std::move(statement));
  return keep(key, std::move(known));
}

const std::vector<ddl::TableName>& StatementReach::children_of(const ddl::TableName& name) {
  if (!children_) {
    children_.emplace();
    for (source::CascadingReference& key : pg::value_or_throw(source::list_cascading_references(control_)))
      (*children_)[table_key({key.parent_database, key.parent})].push_back(
          {std::move(key.child_database), std::move(key.child)});
  }
  static const std::vector<ddl::TableName> kNone;
  const auto found = children_->find(table_key(name));
  return found == children_->end() ? kNone : found->second;
}

bool StatementReach::forget_database(const std::string& database, const BinlogPosition& place) {
  const std::string names = table_key({database, ""});
  const bool doubts = std::any_of(known_.begin(), known_.end(), [&](const auto& known) {
    return known.first.compare(0, names.size(), names) == 0 && place <= known.second.read_until;
  });
  forget_all();
  return doubts || was_judged(place);
}

void StatementReach::forget_all() {
  known_.clear();
  children_.reset();
}

const StatementReach::Known& StatementReach::of_routine(const ddl::TableName& name) {
  const std::string key = routine_key(name);
  if (const auto known = known_.find(key); known != known_.end()) return use(known->second);
  Known known;
  const bool is_seen = rights_.sees_routines();
  if (!is_seen) known.hidden = "the task's account may not see what " + display_name(name) + "() does";
  for (const source::ProgramText& routine :
       pg::value_or_throw(source::read_routines(control_, name.database, name.table))) {
    if (routine.sql.empty()) {
      known.hidden = "the task's account may not see what " + display_name(name) + "() does";
      continue;
    }
    for (ddl::RowStatement& statement : ddl::parse_program(routine.sql, session_of(routine)))
      known.programs.push_back(std::move(statement));
  }
  return keep(key, std::move(known));
}

/// From `read_until` on what is known is what was so.
bool StatementReach::forget_key(const std::string& key, const BinlogPosition& place) {
  const auto known = known_.find(key);
  if (known == known_.end()) return was_judged(place);
  const bool is_early = place <= known->second.read_until;
  known_.erase(known);
  return is_early;
}

bool StatementReach::forget(const std::vector<ddl::TableName>& names, const BinlogPosition& place) {
  bool doubts = false;
  for (const ddl::TableName& name : names) doubts = forget_key(table_key(name), place) || doubts;
  return doubts;
}

bool StatementReach::forget(const ddl::ProgramStatement& statement, const BinlogPosition& place) {
  using Kind = ddl::ProgramStatement::Kind;
  bool doubts = false;
  if (statement.kind == Kind::kView) doubts = forget(statement.names, place);
  if (statement.kind == Kind::kRoutine)
    for (const ddl::TableName& name : statement.names)
      doubts = forget_key(routine_key(name), place) || doubts;
  if (statement.kind == Kind::kTrigger && statement.table) doubts = forget({*statement.table}, place);
  // DROP TRIGGER does not say of which table. The bodies of a package are known by what is called of them.
  if (statement.kind != Kind::kView && !statement.creates) {
    for (const auto& [key, known] : known_)
      doubts =
          doubts || (statement.kind == Kind::kTrigger && place <= known.read_until && key.front() == 't');
    known_.clear();
    doubts = doubts || was_judged(place);
  }
  return doubts && !statement.creates;
}

}  // namespace mysql_sync
