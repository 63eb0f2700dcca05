#include "core/runtime/error.h"

#include <gtest/gtest.h>

#include <utility>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

class Refusal : public Error {
 public:
  explicit Refusal(int code) : Error(Exit::failed, "no such queue"), code_(code) {}
  [[nodiscard]] int code() const { return code_; }

 private:
  int code_;
};

TEST(Error, OuterContextStandsBeforeInnerContext) {
  const auto text = test::error_of([] {
    Error error(Exit::io, "no space left", "delete something");
    error.add_context("message 3").add_context("a.json");
    throw Error(std::as_const(error));
  });
  EXPECT_EQ(text, "io: a.json: message 3: no space left | delete something");
}

TEST(Error, TheHintGivenFirstStays) {
  Error error(Exit::usage, "no");
  EXPECT_EQ(error.add_hint("first").add_hint("second").hint(), "first");
}

TEST(Error, ASubclassThatGotContextIsStillTheSubclass) {
  try {
    try {
      throw Refusal(404);
    } catch (Error& error) {
      error.add_context("queue 'q'");
      throw;
    }
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.code(), 404);
    EXPECT_STREQ(refusal.what(), "queue 'q': no such queue");
  }
}

}  // namespace
}  // namespace mscomm
