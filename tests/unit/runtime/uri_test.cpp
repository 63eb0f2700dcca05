#include "core/runtime/uri.h"

#include <gtest/gtest.h>

namespace mscomm {
namespace {

// RFC 3986 sections 5.4.1 and 5.4.2
TEST(Uri, ResolvesReferencesAsTheStandardsExamples) {
  const std::vector<std::pair<const char*, const char*>> rows{
      {"g:h", "g:h"},
      {"g", "http://a/b/c/g"},
      {"./g", "http://a/b/c/g"},
      {"g/", "http://a/b/c/g/"},
      {"/g", "http://a/g"},
      {"//g", "http://g"},
      {"?y", "http://a/b/c/d;p?y"},
      {"g?y", "http://a/b/c/g?y"},
      {"#s", "http://a/b/c/d;p?q#s"},
      {"g#s", "http://a/b/c/g#s"},
      {"g?y#s", "http://a/b/c/g?y#s"},
      {";x", "http://a/b/c/;x"},
      {"g;x?y#s", "http://a/b/c/g;x?y#s"},
      {"", "http://a/b/c/d;p?q"},
      {".", "http://a/b/c/"},
      {"./", "http://a/b/c/"},
      {"..", "http://a/b/"},
      {"../", "http://a/b/"},
      {"../g", "http://a/b/g"},
      {"../..", "http://a/"},
      {"../../g", "http://a/g"},
      {"../../../g", "http://a/g"},
      {"/./g", "http://a/g"},
      {"/../g", "http://a/g"},
      {"g.", "http://a/b/c/g."},
      {"..g", "http://a/b/c/..g"},
      {"./../g", "http://a/b/g"},
      {"./g/.", "http://a/b/c/g/"},
      {"g/./h", "http://a/b/c/g/h"},
      {"g/../h", "http://a/b/c/h"},
      {"g;x=1/../y", "http://a/b/c/y"},
      {"g?y/../x", "http://a/b/c/g?y/../x"},
      {"g#s/../x", "http://a/b/c/g#s/../x"},
      {"http:g", "http:g"},
  };
  for (const auto& [reference, target] : rows) {
    EXPECT_EQ(resolve_uri("http://a/b/c/d;p?q", reference), target) << reference;
  }
}

TEST(Uri, ResolvesAgainstWhatIsNoHierarchy) {
  EXPECT_EQ(resolve_uri("urn:example:a", "#b"), "urn:example:a#b");
  EXPECT_EQ(resolve_uri("", "a/b#c"), "a/b#c");
  EXPECT_EQ(resolve_uri("a/b", "../c"), "/c");
  EXPECT_EQ(resolve_uri("http://a", "b"), "http://a/b");
}

TEST(Uri, DecodesPercentSigns) { EXPECT_EQ(percent_decoded("a%25b%2Fc%zz%4"), "a%b/c%zz%4"); }

TEST(Uri, EncodesAllButUnreservedCharacters) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("/a b?\xC3\xBC%:"), "%2Fa%20b%3F%C3%BC%25%3A");
  EXPECT_EQ(percent_encoded("::1", ":"), "::1");
  EXPECT_EQ(percent_encoded(std::string_view("\0", 1)), "%00");
}

TEST(Uri, JudgesCharacterByCharacter) {
  EXPECT_TRUE(is_uri("http://[v1.x:y]:80/?a#b"));
  EXPECT_TRUE(is_uri_reference("a/b?c"));
  EXPECT_FALSE(is_uri("a/b?c"));
  EXPECT_FALSE(is_uri("http://[::1"));
  EXPECT_FALSE(is_uri("http://h/a#b#c"));
}

}  // namespace
}  // namespace mscomm
