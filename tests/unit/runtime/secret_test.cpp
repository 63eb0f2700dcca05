#include "core/runtime/secret.h"

#include <fmt/core.h>
#include <gtest/gtest.h>

#include <sstream>

namespace mscomm {
namespace {

template <class T>
concept Streamable = requires(std::ostream& out, const T& value) {
  out << value;
};

static_assert(!Streamable<Secret>);
static_assert(!fmt::is_formattable<Secret>::value);

TEST(Secret, IsRevealedOnlyOnRequest) {
  const Secret secret("hunter2");
  EXPECT_EQ(secret.reveal(), "hunter2");
  EXPECT_FALSE(secret.empty());
  EXPECT_TRUE(Secret().empty());
}

TEST(Secret, IsWipedWhenDestroyed) {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> place{};
  // Short enough for the string's own storage, which therefore stays ours to look at.
  auto* secret = new (place.data()) Secret("hunter2");
  secret->~Secret();
  const std::string_view left(reinterpret_cast<const char*>(place.data()), place.size());
  EXPECT_EQ(left.find("hunter2"), std::string_view::npos);
}

TEST(Secret, LeavesNothingBehindWhenMovedFrom) {
  Secret from("hunter2");
  const Secret to(std::move(from));
  EXPECT_EQ(to.reveal(), "hunter2");
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> place{};
  auto* source = new (place.data()) Secret("hunter2");
  const Secret target(std::move(*source));
  const std::string_view left(reinterpret_cast<const char*>(place.data()), place.size());
  EXPECT_EQ(left.find("unter2"), std::string_view::npos);
  source->~Secret();
}

TEST(Secret, WipesTheOldValueWhenAssigned) {
  alignas(Secret) std::array<unsigned char, sizeof(Secret)> place{};
  auto* secret = new (place.data()) Secret("hunter2");
  *secret = Secret("x");
  const std::string_view left(reinterpret_cast<const char*>(place.data()), place.size());
  EXPECT_EQ(left.find("nter2"), std::string_view::npos);
  EXPECT_EQ(secret->reveal(), "x");
  secret->~Secret();
}

}  // namespace
}  // namespace mscomm
