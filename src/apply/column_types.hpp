// Types of target columns that follow the source's: which type a column gets when the source's changes, and
// how it is given to it. Everything here needs a transaction and an active snapshot.
#pragma once

#include "apply/applier.hpp"
#include "apply/target_type.hpp"
#include "pg/spi.hpp"

namespace mysql_sync::apply {

/// What a target column needs for values of another source type than before.
struct TypePlan {
  enum class Action {
    kKeep,    ///< the column takes them, and what it has is as if it had come from the new type
    kRetype,  ///< the column gets `type`
    kReload,  ///< the column takes them, but what it has would come in another form now
    kRefuse   ///< the column does not take them, and was not given its type by the type map
  };
  Action action = Action::kKeep;
  std::string type;    ///< kRetype; kRefuse: one that would do
  std::string values;  ///< the old value, `column`, in the new type, as SQL text; empty: assigned as it is
};

/// `present` is the target column's type. It follows the type map where it is the map's choice for `before`.
/// A type that somebody chose stays where the new values fit (core/types/type_fit), or gives way to the map's
/// of the same kind where it was wide enough and is no longer ("varchar(20)" to "varchar(50)"). `others` are
/// the types of further source columns that go there: a type that does not hold their values is not taken.
/// kUnsupported if `after` is not carried.
TypePlan plan_type(const std::string& column, const ColumnType& before, const ColumnType& after,
                   const TargetType& present, const std::vector<ColumnType>& others = {});

/// A column and the type it is to have.
struct Retype {
  std::string column;
  std::string type;
  std::string values;  ///< as in TypePlan
};

/// ALTER COLUMN TYPE of all of them, in one go over the table. Greenplum takes none of a column that is in an
/// index or decides where rows are: there the indexes are made anew afterwards, by their own definitions, and
/// the rows spread again.
void retype_columns(pg::SpiSession& spi, const TargetTable& target, const std::vector<Retype>& columns);

}  // namespace mysql_sync::apply
