#include "unit/ddl/statement_cases.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mysql_sync::ddl {

namespace {

std::string trim(const std::string& text) {
  const size_t first = text.find_first_not_of(' ');
  return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

bool has_word(const std::string& words, const std::string& word) {
  std::istringstream stream(words);
  for (std::string each; stream >> each;)
    if (each == word) return true;
  return false;
}

using Entry = std::pair<std::string, std::string>;  // word, text

/// A line that is indented by more than two goes on with the one before it.
std::vector<Entry> entries(const std::filesystem::path& path) {
  std::vector<Entry> result;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    if (trim(line).empty() || line.front() == '#') continue;
    if (line.rfind("    ", 0) == 0) {
      result.back().second += "\n" + trim(line);
      continue;
    }
    const std::string text = trim(line);
    const size_t blank = text.find(' ');
    result.emplace_back(text.substr(0, blank), blank == std::string::npos ? "" : trim(text.substr(blank)));
  }
  return result;
}

/// Gathers the cases of one file.
class Reader {
 public:
  Reader(std::string file, std::string kind) : file_(std::move(file)), kind_(std::move(kind)) {}

  void take(const Entry& entry) {
    const std::string& word = entry.first;
    const std::string text = replaced(replaced(entry.second, "{db}", "db"), "{other}", "other");
    if (word == "case") {
      finish();
      open_ = StatementCase{file_, text, {}, {}, {}, {}, false};
      here_ = true;
    } else if (open_.name.empty()) {
      if (word == "given") given_.push_back(text);
    } else {
      add(word, text);
    }
  }

  std::vector<StatementCase> cases() {
    finish();
    return std::move(cases_);
  }

 private:
  void add(const std::string& word, const std::string& text) {
    if (word == "only") here_ = has_word(text.substr(0, text.find(':')), kind_);
    if (word == "session") {
      const size_t equals = text.find('=');
      open_.session[trim(text.substr(0, equals))] = trim(text.substr(equals + 1));
    }
    if (word == "given") open_.given.push_back(text);
    if (word == "run") open_.run.push_back(text);
    if (word == "logs") (open_.run.empty() ? open_.given : open_.run).back() = text;
    if (word == "expect") expect(text);
    if (word == "stops") open_.stops |= has_word(text.substr(0, text.find(':')), kind_);
  }

  /// [KIND...] TABLE: COLUMNS. What the statement says ("parsed") goes before what the server makes of it.
  void expect(const std::string& text) {
    const size_t colon = text.find(':');
    const std::string head = text.substr(0, colon);
    const size_t blank = head.rfind(' ');
    const std::string table = head.substr(blank == std::string::npos ? 0 : blank + 1);
    const std::string kinds = blank == std::string::npos ? "" : head.substr(0, blank);
    const int rank = kinds.empty() ? 0 : has_word(kinds, kind_) ? 1 : has_word(kinds, "parsed") ? 2 : -1;
    if (rank < ranks_[table]) return;
    ranks_[table] = rank;
    open_.expected[table] = trim(text.substr(colon + 1));
  }

  void finish() {
    if (open_.given.empty()) open_.given = given_;
    if (here_) cases_.push_back(open_);
    ranks_.clear();
    here_ = false;
  }

  std::string file_, kind_;
  std::vector<std::string> given_;  // for the cases that have none of their own
  StatementCase open_;
  std::map<std::string, int> ranks_;
  bool here_ = false;
  std::vector<StatementCase> cases_;
};

}  // namespace

std::vector<StatementCase> read_statement_cases(const std::string& directory, const std::string& kind) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(directory))
    if (entry.path().extension() == ".txt") paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());
  std::vector<StatementCase> result;
  for (const auto& path : paths) {
    Reader reader(path.stem().string(), kind);
    for (const Entry& entry : entries(path)) reader.take(entry);
    for (StatementCase& each : reader.cases()) result.push_back(std::move(each));
  }
  return result;
}

TEST(StatementCases, AreReadForEachSource) {
  for (const char* kind : {"mariadb", "mysql56", "mysql9"}) {
    const std::vector<StatementCase> cases = read_statement_cases(MYSQL_SYNC_TEST_DATA "/../ddl", kind);
    EXPECT_GT(cases.size(), 350U) << kind;
    for (const StatementCase& each : cases) {
      EXPECT_FALSE(each.run.empty() || each.given.empty()) << each.file << ": " << each.name;
      EXPECT_FALSE(each.expected.empty()) << each.file << ": " << each.name;
    }
  }
}

}  // namespace mysql_sync::ddl
