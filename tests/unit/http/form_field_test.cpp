#include "core/http/form_field.h"

#include <gmock/gmock.h>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using ::testing::HasSubstr;

// "name, value, type, filename", a file's value after @
std::string form_field(std::string_view text) {
  const auto field = parse_form_field(text, "--form");
  return field.name + ", " + (field.is_file ? "@" : "") + field.value + ", " + field.type + ", " +
         field.filename;
}

TEST(FormField, IsATextOrAFile) {
  EXPECT_EQ(form_field("a=b=c"), "a, b=c, , ");
  EXPECT_EQ(form_field("a="), "a, , , ");
  EXPECT_EQ(form_field("a=@dir/f.json"), "a, @dir/f.json, , ");
  EXPECT_EQ(form_field("a=@-"), "a, @-, , ");
}

TEST(FormField, MayHaveATypeAndAFileName) {
  EXPECT_EQ(form_field("a={\"x\":1};type=application/json"), "a, {\"x\":1}, application/json, ");
  EXPECT_EQ(form_field("a=@f;type=text/plain; charset=utf-8;filename=g"),
            "a, @f, text/plain; charset=utf-8, g");
  EXPECT_EQ(form_field("a=@f; filename=\"x; y.txt\" ;type=a/b"), "a, @f, a/b, x; y.txt");
  EXPECT_EQ(form_field("a=text;filename=f"), "a, text, , f");
}

TEST(FormField, KeepsSemicolonsThatBeginNoParameter) {
  EXPECT_EQ(form_field("a=x;y;z=1"), "a, x;y;z=1, , ");
  EXPECT_EQ(form_field("a=x; y;type=a/b"), "a, x; y, a/b, ");
}

TEST(FormField, MayBeQuoted) {
  EXPECT_EQ(form_field(R"(a="x;type=a/b")"), "a, x;type=a/b, , ");
  EXPECT_EQ(form_field(R"(a="x \"y\" \\ \n";type=a/b)"), R"(a, x "y" \ \n, a/b, )");
  EXPECT_EQ(form_field(R"(a=@"my;type=x";type=a/b)"), "a, @my;type=x, a/b, ");
  EXPECT_EQ(form_field(R"(a="one" and "two")"), R"(a, "one" and "two", , )");
  EXPECT_EQ(form_field(R"(a="unfinished)"), R"(a, "unfinished, , )");
}

TEST(FormField, IsRefusedWhenAPartIsMissing) {
  const auto refusal = [](std::string_view text) { return error_of([&] { form_field(text); }); };
  EXPECT_EQ(refusal("a"), "usage: --form: 'a' is not NAME=VALUE");
  EXPECT_EQ(refusal("=a"), "usage: --form: '=a' is not NAME=VALUE");
  EXPECT_THAT(refusal("a=@"), HasSubstr("the file of 'a' has no name"));
  EXPECT_THAT(refusal("a=@;type=a/b"), HasSubstr("the file of 'a' has no name"));
  EXPECT_THAT(refusal("a=b;type="), HasSubstr("'' is not a media type"));
  EXPECT_THAT(refusal("a=b;type=json"), HasSubstr("'json' is not a media type"));
  EXPECT_THAT(refusal("a=b;type=a/b\r\nX: y"), HasSubstr("is not a media type"));
  EXPECT_THAT(refusal("a=b;filename="), HasSubstr("the file name after ';filename=' is empty"));
  EXPECT_THAT(refusal(R"(a="b";more)"), HasSubstr("'more' is neither type=TYPE nor filename="));
}

}  // namespace
}  // namespace mscomm
