// What the appliers see of a target relation, on PostgreSQL 13 to 18 and Greenplum 6.
#pragma once

#include "pg/compat/postgres_headers.hpp"

extern "C" {
#include "access/attnum.h"
#include "access/genam.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "parser/parse_type.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/guc.h"
#include "utils/relcache.h"
#if PG_VERSION_NUM >= 120000
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "utils/rls.h"
#else
#include "access/heapam.h"
#endif
}

/// 1 where the executor API writes tables of this server. Not on Greenplum: its coordinator holds no rows.
#if PG_VERSION_NUM >= 130000 && !defined(GP_VERSION_NUM)
#define MYSQL_SYNC_EXECUTOR_API 1
#else
#define MYSQL_SYNC_EXECUTOR_API 0
#endif

namespace mysql_sync::compat {

#ifdef GP_VERSION_NUM
constexpr bool kIsGreenplum = true;
#else
constexpr bool kIsGreenplum = false;
#endif

/// True if ALTER TYPE … ADD VALUE may stand in a transaction. The label can be used after its commit.
constexpr bool kAddsLabelsInTransaction = PG_VERSION_NUM >= 120000;

/// What an INSERT needs to give identity columns a value.
#if PG_VERSION_NUM >= 100000
constexpr const char* kOverridingClause = " OVERRIDING SYSTEM VALUE";
#else
constexpr const char* kOverridingClause = "";
#endif

/// True if the server computes the column from others, so that nobody may write it.
inline bool is_generated(Form_pg_attribute attribute) {
#if PG_VERSION_NUM >= 120000
  return attribute->attgenerated != '\0';
#else
  (void)attribute;
  return false;
#endif
}

/// True if row-level security applies to the role. Runs inside guard().
inline bool has_row_security(Oid relation, Oid role) {
#if PG_VERSION_NUM >= 120000
  return check_enable_rls(relation, role, true) == RLS_ENABLED;
#else
  (void)relation;
  (void)role;
  return false;
#endif
}

/// True for kinds of relations that statements may write.
inline bool is_table(char relkind) {
#if PG_VERSION_NUM >= 100000
  if (relkind == RELKIND_PARTITIONED_TABLE) return true;
#endif
  return relkind == RELKIND_RELATION || relkind == RELKIND_FOREIGN_TABLE || relkind == RELKIND_VIEW;
}

/// True if two descriptions of a relation agree in all that concerns its rows. Runs inside guard().
inline bool same_description(TupleDesc a, TupleDesc b) {
#if PG_VERSION_NUM < 120000
  return equalTupleDescs(a, b, true);
#else
  return equalTupleDescs(a, b);
#endif
}

/// The type that SQL calls `name`. Runs inside guard().
inline void parse_type(const char* name, Oid* type, int32* typmod) {
#if PG_VERSION_NUM >= 160000
  parseTypeString(name, type, typmod, nullptr);
#else
  parseTypeString(name, type, typmod, false);
#endif
}

/// How a table is to be laid out over segments; `columns` is a list in SQL, empty: no matter how. Nothing
/// if there are no segments.
inline std::string distribution_clause(const std::string& columns) {
  if (!kIsGreenplum) return {};
  return columns.empty() ? " DISTRIBUTED RANDOMLY" : " DISTRIBUTED BY (" + columns + ")";
}

/// The names of the columns that rows of the table $1 are distributed by, in their order.
constexpr const char* kDistributionKey =
    "SELECT a.attname FROM (SELECT localoid, distkey::int2[] AS key, pg_catalog.generate_subscripts(distkey, 1) AS n"
    "  FROM pg_catalog.gp_distribution_policy WHERE localoid = $1::regclass) AS policy"
    "  JOIN pg_catalog.pg_attribute a ON a.attrelid = localoid AND a.attnum = key[n] ORDER BY n";

/// Where a row is, as text that no other row of `table` has; partitions have rows at the same place.
inline std::string row_place(const std::string& table) {
  const std::string place = table + ".tableoid::text || " + table + ".ctid::text";
  return "(" + (kIsGreenplum ? place + " || '@' || " + table + ".gp_segment_id" : place) + ")";
}

/// Columns of the index's key, those it only carries (INCLUDE) left out.
inline int index_key_columns(Form_pg_index index) {
#if PG_VERSION_NUM >= 110000
  return index->indnkeyatts;
#else
  return index->indnatts;
#endif
}

}  // namespace mysql_sync::compat
