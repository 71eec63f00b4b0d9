#include "core/ddl/alter_partitions.hpp"

#include <utility>

namespace mysql_sync::ddl {

namespace {

Status read_other_table(AlterDraft& draft, OtherTable::Fate fate) {
  OtherTable other;
  other.fate = fate;
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_table(draft.session, &other.name));
  draft.alter.other_tables.push_back(std::move(other));
  return {};
}

/// PARTITION p TO TABLE.
Status read_converted_partition(AlterDraft& draft) {
  std::string partition;
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("PARTITION"));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_name(&partition));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("TO"));
  return draft.cursor.expect("TABLE");
}

}  // namespace

Status read_convert_partition(AlterDraft& draft) {
  draft.needs_reload("CONVERT PARTITION");
  const bool goes = draft.cursor.accept("TABLE");
  if (!goes) MYSQL_SYNC_RETURN_IF_ERROR(read_converted_partition(draft));
  MYSQL_SYNC_RETURN_IF_ERROR(
      read_other_table(draft, goes ? OtherTable::Fate::kGone : OtherTable::Fate::kCreated));
  return draft.cursor.skip_to_end();
}

Status read_exchange(AlterDraft& draft) {
  std::string partition;
  draft.needs_reload("EXCHANGE PARTITION");
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("PARTITION"));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect_name(&partition));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("WITH"));
  MYSQL_SYNC_RETURN_IF_ERROR(draft.cursor.expect("TABLE"));
  MYSQL_SYNC_RETURN_IF_ERROR(read_other_table(draft, OtherTable::Fate::kRowsChanged));
  return draft.cursor.skip_to_end();
}

Status read_truncate(AlterDraft& draft) { return draft.skip_rest_and_reload("TRUNCATE PARTITION"); }

Status read_discard(AlterDraft& draft) { return draft.skip_rest_and_reload("DISCARD TABLESPACE"); }

Status read_import(AlterDraft& draft) { return draft.skip_rest_and_reload("IMPORT TABLESPACE"); }

/// A row that fits no partition is refused, but with IGNORE dropped.
Status read_partitioning(AlterDraft& draft) {
  draft.alter.adds_rules = true;
  return draft.ignore ? draft.skip_rest_and_reload("ALTER IGNORE TABLE … PARTITION BY")
                      : draft.skip_rest_without_effect();
}

}  // namespace mysql_sync::ddl
