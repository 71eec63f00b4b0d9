// A place among the tokens of a statement, and the small readings every parser of DDL needs. Copy it to look
// ahead, assign the copy back to go on from there. Nothing here recurses, whatever the text nests.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "core/base/status.hpp"
#include "core/ddl/ddl_statement.hpp"
#include "core/ddl/sql_lexer.hpp"

namespace mysql_sync::ddl {

/// How the session reads a text.
LexerOptions lexer_options(const SessionContext& session);

class SqlCursor {
 public:
  SqlCursor(std::string_view sql, const SessionContext& session);

  const Token& peek() const { return token_; }
  Token take();
  const LexerOptions& options() const { return lexer_.options(); }

  bool at_end() const { return token_.kind == TokenKind::kEnd; }
  /// No further token will come: the end, or text that is broken from here on.
  bool exhausted() const { return at_end() || token_.kind == TokenKind::kBroken; }
  bool at_word(std::string_view keyword) const { return token_.is_word(keyword); }
  bool at_any(std::initializer_list<std::string_view> keywords) const;
  bool at_symbol(char c) const { return token_.is_symbol(c); }

  /// Takes the keywords if all of them come next, else nothing.
  bool accept(std::string_view keyword);
  bool accept(std::initializer_list<std::string_view> keywords);
  bool accept_any(std::initializer_list<std::string_view> keywords);
  bool accept_symbol(char c);

  Status expect(std::string_view keyword);
  Status expect_symbol(char c);
  Status expect_name(std::string* name);
  /// [[database .] table .] column.
  Status expect_column(std::string* name);
  /// [database .] table.
  Status expect_table(const SessionContext& session, TableName* table);
  /// Adjacent literals are one.
  Status expect_string(std::string* text);
  /// Nothing more, or only semicolons.
  Status expect_end();

  /// "( … )", balanced; `inside`, where given, receives the text between them.
  Status skip_parentheses(std::string_view* inside = nullptr);
  /// Up to a comma or closing parenthesis outside all parentheses, or the end.
  Status skip_item();
  Status skip_to_end();

  /// kUnsupported: the statement is not understood here.
  Status unexpected(std::string_view wanted) const;

 private:
  SqlLexer lexer_;
  Token token_;
};

}  // namespace mysql_sync::ddl
