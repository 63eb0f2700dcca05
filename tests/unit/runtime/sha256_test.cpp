#include "core/runtime/sha256.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

// FIPS 180-4's examples.
TEST(Sha256, IsTheDigestOfAllPiecesSoFar) {
  Sha256 sum;
  EXPECT_EQ(sum.hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  sum.add("ab");
  static_cast<void>(sum.hex());
  sum.add("c");
  EXPECT_EQ(sum.hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace mscomm
