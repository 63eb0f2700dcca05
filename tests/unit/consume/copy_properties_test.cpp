#include "core/consume/copy_properties.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mscomm {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(CopyProperties, AreThoseOfTheOriginal) {
  Properties original;
  original.message_id = "m";
  original.delivery_mode = 2;
  original.expiration = "1000";
  original.headers = FieldTable{{"n", FieldValue::integer(1)}, {"n", FieldValue::integer(2)}};
  EXPECT_EQ(copy_properties(original), original);
  EXPECT_EQ(copy_properties({}), Properties());
}

TEST(CopyProperties, LeaveOutWhatWouldActOnTheCopy) {
  Properties original;
  original.user_id = "u";
  original.headers = FieldTable{{"CC", {FieldKind::array, FieldArray{FieldValue::text("other")}}},
                                {"x-delivery-count", FieldValue::integer(3)},
                                {"x-stream-offset", FieldValue::integer(3)},
                                {"BCC", FieldValue()},
                                {"n", FieldValue::integer(1)}};
  const auto copy = copy_properties(original);
  EXPECT_FALSE(copy.user_id);
  EXPECT_THAT(
      *copy.headers,
      ElementsAre(
          Pair("n", FieldValue::integer(1)),
          Pair("x-mscomm-cc", FieldValue{FieldKind::array, FieldArray{FieldValue::text("other")}}),
          Pair("x-mscomm-bcc", FieldValue()), Pair("x-mscomm-user-id", FieldValue::text("u"))));
}

TEST(SetHeader, ReplacesAllOfItsName) {
  Properties properties;
  properties.headers =
      FieldTable{{"a", FieldValue::integer(1)}, {"b", FieldValue()}, {"a", FieldValue::integer(2)}};
  set_header(properties, "a", FieldValue::integer(3));
  EXPECT_THAT(*properties.headers,
              ElementsAre(Pair("b", FieldValue()), Pair("a", FieldValue::integer(3))));
}

}  // namespace
}  // namespace mscomm
