#include "core/binlog/event_pieces.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "core/binlog/event_decoder.hpp"
#include "unit/binlog/event_builder.hpp"

namespace mysql_sync::binlog {
namespace {

std::vector<std::string> cut(const std::vector<std::string>& events, size_t limit) {
  std::vector<std::string> pieces;
  EventPieces gathered(limit);
  for (const std::string& event : events)
    gathered.append(event, [&](const std::string& piece) { pieces.push_back(piece); });
  if (!gathered.rest().empty()) pieces.push_back(gathered.rest());
  return pieces;
}

Result<std::vector<std::string>> join(const std::vector<std::string>& pieces) {
  size_t next = 0;
  PieceReader reader([&]() -> std::optional<std::string> {
    return next < pieces.size() ? std::optional<std::string>(pieces[next++]) : std::nullopt;
  });
  std::vector<std::string> events;
  std::string_view event;
  for (;;) {
    MYSQL_SYNC_ASSIGN_OR_RETURN(const bool found, reader.next(&event));
    if (!found) return events;
    events.emplace_back(event);
  }
}

TEST(EventPieces, EventsComeOutAsTheyWentIn) {
  const EventSpec spec;
  const std::vector<std::string> events{build_event(spec, "abc"), build_event(spec, ""),
                                        build_event(spec, std::string(100, 'x'))};
  for (size_t limit = 1; limit < 200; ++limit) {
    const auto pieces = cut(events, limit);
    for (const std::string& piece : pieces) EXPECT_LE(piece.size(), limit);
    const auto joined = join(pieces);
    ASSERT_TRUE(joined.ok());
    EXPECT_EQ(*joined, events) << limit;
  }
  EXPECT_TRUE(join({})->empty());
}

TEST(EventPieces, TheHeaderCountsTheChecksumNoMore) {
  EventDecoder decoder;
  ASSERT_TRUE(decoder.decode(build_format("8.0.36", 1)).ok());
  EventSpec spec;
  spec.type = 16;
  spec.checksum = true;
  const std::string packet = build_event(spec, le(77, 8));
  const auto event = decoder.decode(packet);
  ASSERT_TRUE(event.ok());
  const auto joined = join(cut({std::string(event->bytes)}, 1000));
  const auto again = decoder.decode_embedded(joined->at(0));
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(std::get<XidEvent>(again->body).xid, 77U);
}

TEST(EventPieces, WhatDoesNotAddUpIsAnError) {
  const std::string event = build_event(EventSpec(), "abc");
  EXPECT_FALSE(join({event.substr(0, event.size() - 1)}).ok());
  EXPECT_FALSE(join({event, "x"}).ok());
  EXPECT_FALSE(join({std::string(19, '\0')}).ok());
}

}  // namespace
}  // namespace mysql_sync::binlog
