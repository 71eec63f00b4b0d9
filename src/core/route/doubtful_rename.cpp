#include "core/route/doubtful_rename.hpp"

namespace mysql_sync {

RenameVerdict judge_rename(const TableMove& followed, const TableMove& seen, NameUse use,
                           const SourceNames& names,
                           const std::function<bool(const ddl::TableName&)>& knows) {
  using Verdict = RenameVerdict;
  const auto is = [&](const ddl::TableName& name, const ddl::TableName& of) {
    return !name.table.empty() && names.is_same(name, of);
  };
  const bool is_move = use == NameUse::kMoved;
  if (is_move && names.is_same(seen.from, seen.to)) return Verdict::kOpen;
  if (is(seen.to, followed.from)) return is_move ? Verdict::kOpen : Verdict::kReal;
  if (is(seen.to, followed.to)) return Verdict::kTemporary;
  if (is(seen.from, followed.from)) {
    if (use != NameUse::kDroppedIfThere && !knows(followed.from)) return Verdict::kTemporary;
    return use == NameUse::kUsed || is_move ? Verdict::kOpen : Verdict::kOldNameFree;
  }
  if (!is(seen.from, followed.to) || is_move || use == NameUse::kUsed) return Verdict::kOpen;
  if (followed.from.table.empty() || knows(followed.from)) return Verdict::kReal;
  // A table that nobody follows may have had the new name all along.
  return use == NameUse::kDropped && knows(followed.to) ? Verdict::kNewNameFree : Verdict::kTemporary;
}

}  // namespace mysql_sync
