// A JSON text that is changed at some places, without reading the rest: what is not on the way to a change
// stays the text it is, byte for byte.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/status.hpp"

namespace mysql_sync::binlog {

/// One step of a path: a member's name, or an element's number, counted from the last one where `from_end`.
struct JsonPathLeg {
  bool is_member = false;
  std::string name;
  uint64_t index = 0;
  bool from_end = false;
};
using JsonPath = std::vector<JsonPathLeg>;

/// A path as MySQL prints it: $.a."b c"[3][last-1]. kCorrupt for any other text, wildcards included, and for
/// more than 100 steps (MySQL's documents do not nest deeper).
Result<JsonPath> parse_json_path(std::string_view text);

/// Refers to the text it was made of, which must outlive it. Changes return kConflict if the document has
/// no such place, or has one already, and kCorrupt if it is not JSON.
class JsonDocument {
 public:
  explicit JsonDocument(std::string_view text) { root_.text = text; }

  /// `value` is JSON text; it is copied. An empty path, the whole document, is a conflict.
  Status replace(const JsonPath& path, std::string value);
  /// Adds a member, in MySQL's order (by length, then by bytes), or an element before the one of that number;
  /// behind the last one where there are fewer.
  Status insert(const JsonPath& path, std::string value);
  Status remove(const JsonPath& path);

  /// In MySQL's spacing, where the text of before had it.
  void append_text(std::string* to) const { append_node(root_, to); }

 private:
  struct Container;
  struct Node {
    Node();
    Node(Node&&) noexcept;
    Node& operator=(Node&&) noexcept;
    ~Node();
    std::string_view text;
    std::unique_ptr<Container> parts;  ///< once something inside was looked at; `text` is then void
  };
  struct Member {
    std::string_view key;  ///< as written, in quotes; empty in arrays
    Node value;
  };
  struct Container {
    bool is_object = false;
    std::vector<Member> members;
  };

  Status find_parent(const JsonPath& path, Container** parent);
  static Status open(Node& node);
  Status find_member(const Container& in, const JsonPathLeg& leg, size_t* index);
  std::string_view keep(std::string text);
  static void append_node(const Node& node, std::string* to);

  Node root_;
  std::deque<std::string> owned_;
  uint64_t work_ = 0;  ///< members looked at: hostile diffs must not keep a process busy for ever
};

}  // namespace mysql_sync::binlog
