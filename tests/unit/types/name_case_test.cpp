#include "core/types/name_case.hpp"

#include <gtest/gtest.h>

namespace mysql_sync {
namespace {

TEST(NameCase, LowersAsTheSourceDoes) {
  EXPECT_EQ(lower_name("ÄPFEL_Über"), "äpfel_über");
  EXPECT_EQ(lower_name("ЁЖ ΑΣ ŞİĞ Ǆ"), "ёж ασ şiğ ǆ");
  EXPECT_EQ(lower_name("ÿŸ ß ẞ Ⓐ Ａ ℵ 表 🐬"), "ÿÿ ß ẞ ⓐ ａ ℵ 表 🐬");
  EXPECT_EQ(lower_name("\u212A"), "k");  // the sign of Kelvin
  EXPECT_EQ(lower_name("A\xC3"), "a\xC3");
  EXPECT_EQ(lower_name(std::string("D\0T", 3)), std::string("d\0t", 3));
}

TEST(NameCase, ComparesWithoutCase) {
  EXPECT_TRUE(same_name("ÄPFEL", "äpfel"));
  EXPECT_TRUE(same_name("T", "t"));
  EXPECT_FALSE(same_name("a", "á"));
  EXPECT_FALSE(same_name("t", "tt"));
  EXPECT_FALSE(same_name("tä", "t"));
}

}  // namespace
}  // namespace mysql_sync
