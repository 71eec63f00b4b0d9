#include "apply/target_type.hpp"

#include "apply/target_relation.hpp"
#include "pg/encoding.hpp"
#include "pg/spi.hpp"

extern "C" {
#include "catalog/pg_namespace.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
}

namespace mysql_sync::apply {

using pg::guard;
using pg::SpiSession;

namespace {

/// Copied out of the catalog; the texts live in the current memory context.
struct TypeFacts {
  Oid type, base, element;
  int32 typmod;
  char category;  ///< typtype: b, c, d, e, p, r
  bool builtin;
  const char* plain_name;  ///< typname of the base type
  const char* sql_name;
};

/// "(Point,4326)", as the type itself shows its modifier.
const char* modifier_text(const FormData_pg_type& form, int32 typmod) {
  if (typmod < 0) return "";
  if (!OidIsValid(form.typmodout)) return psprintf("(%d)", static_cast<int>(typmod));
  return DatumGetCString(OidFunctionCall1(form.typmodout, Int32GetDatum(typmod)));
}

/// format_type() leaves out the schema where the search_path of the moment finds the type without.
const char* sql_name_of(Oid type, int32 typmod, const FormData_pg_type& form) {
  if (form.typnamespace == PG_CATALOG_NAMESPACE) return format_type_with_typemod(type, typmod);
  const char* schema = get_namespace_name(form.typnamespace);
  return psprintf("%s%s", quote_qualified_identifier(schema, NameStr(form.typname)),
                  modifier_text(form, typmod));
}

/// Backend code: runs inside guard().
FormData_pg_type read_form(Oid type) {
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) elog(ERROR, "type %u does not exist", type);
  const FormData_pg_type form = *reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  return form;
}

TypeFacts read_facts(Oid type, int32 typmod) {
  TypeFacts facts{type, type, InvalidOid, typmod, 'b', false, nullptr, nullptr};
  facts.sql_name = sql_name_of(type, typmod, read_form(type));
  facts.base = getBaseTypeAndTypmod(type, &facts.typmod);
  const FormData_pg_type form = read_form(facts.base);
  facts.category = form.typtype;
  facts.builtin = form.typnamespace == PG_CATALOG_NAMESPACE;
  facts.element = get_element_type(facts.base);
  facts.plain_name = pstrdup(NameStr(form.typname));
  return facts;
}

struct KnownType {
  Oid type;
  TargetKind kind;
};

constexpr KnownType kKnown[] = {
    {BOOLOID, TargetKind::kBoolean},
    {INT2OID, TargetKind::kSmallint},
    {INT4OID, TargetKind::kInteger},
    {INT8OID, TargetKind::kBigint},
    {NUMERICOID, TargetKind::kNumeric},
    {FLOAT4OID, TargetKind::kReal},
    {FLOAT8OID, TargetKind::kDouble},
    {BITOID, TargetKind::kBit},
    {VARBITOID, TargetKind::kVarbit},
    {DATEOID, TargetKind::kDate},
    {TIMEOID, TargetKind::kTime},
    {TIMESTAMPOID, TargetKind::kTimestamp},
    {TIMESTAMPTZOID, TargetKind::kTimestamptz},
    {INTERVALOID, TargetKind::kInterval},
    {BPCHAROID, TargetKind::kChar},
    {VARCHAROID, TargetKind::kVarchar},
    {TEXTOID, TargetKind::kText},
    {BYTEAOID, TargetKind::kBytea},
    {JSONOID, TargetKind::kJson},
    {JSONBOID, TargetKind::kJsonb},
    {UUIDOID, TargetKind::kUuid},
    {INETOID, TargetKind::kInet},
    {CIDROID, TargetKind::kTextForm},
    {MACADDROID, TargetKind::kTextForm},
    {XMLOID, TargetKind::kTextForm},
};

TargetKind array_kind(const TypeFacts& facts) {
  if (facts.element == FLOAT4OID || facts.element == FLOAT8OID) return TargetKind::kFloatArray;
  const bool is_text = facts.element == TEXTOID || facts.element == VARCHAROID;
  return is_text && facts.typmod < 0 ? TargetKind::kTextArray : TargetKind::kOther;
}

TargetKind extension_kind(const TypeFacts& facts) {
  const std::string_view name = facts.plain_name;
  if (name == "geometry" || name == "geography") return TargetKind::kGeometry;
  return name == "vector" ? TargetKind::kVector : TargetKind::kTextForm;
}

TargetKind kind_of(const TypeFacts& facts) {
  for (const KnownType& known : kKnown)
    if (known.type == facts.base) return known.kind;
  if (facts.category == 'e') return TargetKind::kEnum;
  if (OidIsValid(facts.element)) return array_kind(facts);
  return facts.category == 'b' && !facts.builtin ? extension_kind(facts) : TargetKind::kOther;
}

/// What the modifier says, for the types that have one.
void read_modifier(const TypeFacts& facts, TargetType* type) {
  const int32 typmod = facts.typmod;
  if (typmod < 0) return;
  const auto size = static_cast<uint64_t>(typmod - VARHDRSZ);
  switch (type->kind) {
    case TargetKind::kNumeric:
      type->length = size >> 16 & 0xffff;
      type->scale =
          static_cast<int>((size & 0x7ff) ^ 1024) - 1024;  // negative ones exist from PostgreSQL 15 on
      break;
    case TargetKind::kChar:
    case TargetKind::kVarchar:
      type->length = size;
      break;
    case TargetKind::kBit:
    case TargetKind::kVarbit:
      type->length = static_cast<uint64_t>(typmod);
      break;
    case TargetKind::kTime:
    case TargetKind::kTimestamp:
    case TargetKind::kTimestamptz:
      type->fraction = typmod;
      break;
    case TargetKind::kInterval:
      type->fraction = std::min<int>(INTERVAL_PRECISION(typmod), 6);
      if (INTERVAL_RANGE(typmod) != INTERVAL_FULL_RANGE) type->kind = TargetKind::kOther;
      break;
    default:
      type->constrained = true;
  }
}

std::vector<std::string> labels_of(Oid type) {
  std::vector<std::string> labels;
  SpiSession spi;
  for (const pg::TextRow& row :
       spi.query("SELECT enumlabel FROM pg_catalog.pg_enum WHERE enumtypid = $1::oid ORDER BY enumsortorder",
                 {std::to_string(type)}))
    labels.push_back(*row[0]);
  return labels;
}

TargetType describe(Oid oid, int32 typmod) {
  const TypeFacts facts = guard([&] { return read_facts(oid, typmod); });
  TargetType type;
  type.name = pg::from_server(facts.sql_name);
  type.kind = kind_of(facts);
  type.is_domain = facts.base != oid;
  read_modifier(facts, &type);
  if (type.kind == TargetKind::kEnum) type.labels = labels_of(facts.base);
  return type;
}

std::string type_name(const OpenRelation& relation, const TargetTable& target, const std::string& column) {
  TupleDesc description = RelationGetDescr(relation.get());
  const AttrNumber attribute = find_attribute(description, column);
  if (attribute == InvalidAttrNumber)
    pg::fail(ErrorCode::kNotFound,
             "column \"" + column + "\" of " + target.display_name() + " does not exist");
  const Form_pg_attribute form = TupleDescAttr(description, attribute - 1);
  return pg::from_server(
      guard([&] { return sql_name_of(form->atttypid, form->atttypmod, read_form(form->atttypid)); }));
}

}  // namespace

std::string qualified_type(const std::string& name) {
  const std::string text = pg::to_server(name);
  return pg::from_server(guard([&] {
    Oid type;
    int32 typmod;
    compat::parse_type(text.c_str(), &type, &typmod);
    return sql_name_of(type, typmod, read_form(type));
  }));
}

TargetType find_type(const std::string& name) {
  Oid type;
  int32 typmod;
  const std::string text = pg::to_server(name);
  guard([&] { compat::parse_type(text.c_str(), &type, &typmod); });
  return describe(type, typmod);
}

std::map<std::string, TargetType> column_types(const std::string& schema, const std::string& table) {
  const OpenRelation relation(schema, table, AccessShareLock);
  TupleDesc description = RelationGetDescr(relation.get());
  std::map<std::string, TargetType> types;
  for (int i = 0; i < description->natts; ++i) {
    const Form_pg_attribute form = TupleDescAttr(description, i);
    if (form->attisdropped) continue;
    types[pg::from_server(NameStr(form->attname))] = describe(form->atttypid, form->atttypmod);
  }
  return types;
}

std::vector<std::string> column_type_names(const TargetTable& target) {
  const OpenRelation relation(target.schema, target.table, AccessShareLock);
  std::vector<std::string> names;
  for (const std::string& column : target.columns)
    names.push_back(column.empty() ? "" : type_name(relation, target, column));
  return names;
}

}  // namespace mysql_sync::apply
