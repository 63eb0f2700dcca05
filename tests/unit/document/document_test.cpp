// Where values stand, and which kind of document a text is taken for.

#include "core/document/document_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <vector>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;

struct PlaceRow {
  const char* pointer;
  TextPlace place;
};

void expect_places(const Document& document, const std::vector<PlaceRow>& rows) {
  for (const auto& [pointer, place] : rows) {
    const auto found = document.place(pointer);
    EXPECT_TRUE(found == place) << pointer << " is at " << found.line << ":" << found.column;
  }
}

TEST(Document, PlacesOfJsonAreThoseOfItsTokens) {
  const auto document = load_document(
      "\xEF\xBB\xBF {\"a\": [1, -2.5e3 ,true],\r\n"
      "  \"\u00fc\\\"}\": {\"b\" :\"x\u00fc, ]\\\\\", \"c\": [ ] , \"d\": {}},\n"
      "\n\t\"e\":[[[]],null]\n}\n",
      "a.json", DocumentKind::json);
  expect_places(document, {{"", {1, 2}},
                           {"/a", {1, 8}},
                           {"/a/0", {1, 9}},
                           {"/a/1", {1, 12}},
                           {"/a/2", {1, 20}},
                           {"/\u00fc\"}", {2, 11}},
                           {"/\u00fc\"}/b", {2, 17}},
                           {"/\u00fc\"}/c", {2, 33}},
                           {"/\u00fc\"}/d", {2, 44}},
                           {"/e", {4, 6}},
                           {"/e/0", {4, 7}},
                           {"/e/0/0", {4, 8}},
                           {"/e/1", {4, 12}}});
}

TEST(Document, PlacesOfYamlAreThoseOfItsValues) {
  const auto document = load_document(
      "# a comment\n"
      "a:\n"
      "  - \u00fc\u00fc: 1\n"
      "    b: {c: [2, 'x'], d: }\n"
      "  - |\n"
      "    text\n"
      "e: !!str 5\n",
      "a.yaml", DocumentKind::yaml);
  expect_places(document, {{"", {2, 1}},
                           {"/a", {3, 3}},
                           {"/a/0", {3, 5}},
                           {"/a/0/\u00fc\u00fc", {3, 9}},
                           {"/a/0/b", {4, 8}},
                           {"/a/0/b/c", {4, 12}},
                           {"/a/0/b/c/1", {4, 16}},
                           {"/a/1", {5, 5}},
                           {"/e", {7, 4}}});
}

TEST(Document, WhatIsCopiedInYamlStandsWhereItIsWritten) {
  const auto document = load_document(
      "a: &a\n"
      "  x: 1\n"
      "  y: [2, 3]\n"
      "b: *a\n"
      "c:\n"
      "  <<: [*a, {z: &z {v: 4}, x: 0}]\n"
      "  y: 5\n"
      "  w: *z\n"
      "&n d: *n\n"
      "e: {<<: {f: [6]}, g: 7}\n",
      "a.yaml", DocumentKind::yaml);
  EXPECT_EQ(document.root().dump(),
            R"({"a":{"x":1,"y":[2,3]},"b":{"x":1,"y":[2,3]},)"
            R"("c":{"y":5,"w":{"v":4},"x":1,"z":{"v":4}},"d":"d","e":{"g":7,"f":[6]}})");
  expect_places(document, {{"/b", {4, 4}},
                           {"/b/x", {2, 6}},
                           {"/b/y/1", {3, 10}},
                           {"/c", {6, 3}},
                           {"/c/y", {7, 6}},
                           {"/c/w", {8, 6}},
                           {"/c/w/v", {6, 23}},
                           {"/c/x", {2, 6}},
                           {"/c/z", {6, 16}},
                           {"/c/z/v", {6, 23}},
                           {"/d", {9, 7}},
                           {"/e", {10, 4}},
                           {"/e/g", {10, 22}},
                           {"/e/f", {10, 13}},
                           {"/e/f/0", {10, 14}}});
}

TEST(Document, WhatIsNotThereIsAtTheInnermostValueAround) {
  const auto document = load_document("a:\n  b: 1\n", "a.yaml", DocumentKind::yaml);
  EXPECT_EQ(document.place("/a/c/d"), (TextPlace{2, 3}));
  EXPECT_EQ(document.place("/x"), (TextPlace{1, 1}));
  EXPECT_EQ(load_document("", "a.yaml", DocumentKind::yaml).place(""), (TextPlace{1, 1}));
}

// Each value's place is where its own text begins, whatever stands before it.
TEST(Document, PlacesFollowTheShapeOfTheValue) {
  std::string text = "[\n";
  for (int i = 0; i < 200; ++i) {
    text += std::string(static_cast<std::size_t>(i % 7), ' ') + R"({"k": [{"n": {}}, [], )" +
            std::to_string(i) + "]},\n";
  }
  text += "0]";
  for (const auto kind : {DocumentKind::json, DocumentKind::yaml}) {
    const auto document = load_document(text, "a", kind);
    for (std::uint32_t i = 0; i < 200; ++i) {
      const auto item = "/" + std::to_string(i);
      EXPECT_EQ(document.place(item), (TextPlace{i + 2, i % 7 + 1}));
      EXPECT_EQ(document.place(item + "/k/2"), (TextPlace{i + 2, i % 7 + 23}));
    }
  }
}

TEST(Document, KindIsSaidByTheNameOrElseByTheFirstCharacter) {
  EXPECT_EQ(kind_of_document("a.json", "a: 1"), DocumentKind::json);
  EXPECT_EQ(kind_of_document("a.yml", "{}"), DocumentKind::yaml);
  EXPECT_EQ(kind_of_document("a.toml", "{}"), DocumentKind::toml);
  EXPECT_EQ(kind_of_document("/dev/stdin", " \n[1]"), DocumentKind::json);
  EXPECT_EQ(kind_of_document("/dev/stdin", "a: 1"), DocumentKind::yaml);
}

TEST(Document, OnlyYamlHasSeveralDocuments) {
  EXPECT_EQ(load_documents("a: 1\n---\nb: 2\n", "a", DocumentKind::yaml).size(), 2U);
  EXPECT_EQ(load_documents("{\"a\": \"\\ud83d\\ude00\"}", "a", DocumentKind::yaml).size(), 1U);
  EXPECT_EQ(load_documents("a = 1\n", "a", DocumentKind::toml).size(), 1U);
  EXPECT_THAT(error_of([] { (void)load_documents("{}\n{}", "a", DocumentKind::json); }),
              HasSubstr("'a' is not JSON: line 2, column 1"));
  EXPECT_EQ(error_of([] { (void)load_document("1\n---\n2\n", "a", DocumentKind::yaml); }),
            "usage: a:2:1: a second document begins, and one is wanted");
}

}  // namespace
}  // namespace mscomm
