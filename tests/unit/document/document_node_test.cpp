#include "core/document/document_node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;

class DocumentNodeTest : public ::testing::Test {
 protected:
  LinkedDocument open(const std::string& name, const std::string& text) {
    return {folder_.write(name, text), std::make_shared<DocumentFiles>()};
  }

  test::TemporaryFolder folder_;
};

// The messages and channels of AsyncAPI 3.0 refer to each other as OpenAPI's do.
constexpr const char* kAsyncApi = R"(asyncapi: 3.0.0
channels:
  orders:
    messages:
      created: {$ref: '#/components/messages/Created'}
operations:
  receive:
    channel: {$ref: '#/channels/orders'}
    messages:
      - $ref: '#/channels/orders/messages/created'
components:
  messages:
    Created:
      payload: {$ref: 'schemas.json#/order'}
)";

TEST_F(DocumentNodeTest, ReferencesAreFollowedThroughReferencesAndFiles) {
  (void)folder_.write("schemas.json", "{\"order\":\n  {\"type\": \"object\"}}");
  auto document = open("events.yaml", kAsyncApi);
  const auto operation = document.root().find("operations")->find("receive").value();
  const auto message = document.follow(operation.find("messages")->children().at(0));
  EXPECT_EQ(message.place(), "#/components/messages/Created");
  EXPECT_EQ(message.name(), "Created");
  EXPECT_THAT(message.at(), EndsWith("/events.yaml:14:7"));
  const auto payload = document.follow(message.find("payload").value());
  EXPECT_EQ(payload.text("type"), "object");
  EXPECT_THAT(payload.place(), EndsWith("schemas.json#/order"));
  EXPECT_THAT(payload.at(), EndsWith("schemas.json:2:3"));
}

TEST_F(DocumentNodeTest, WhatCannotBeFollowedIsRefusedWithItsPlace) {
  auto document = open("a.yaml",
                       "a: {$ref: '#/b'}\nb: {$ref: '#/a'}\nc: {$ref: 'http://h/x'}\n"
                       "d: {$ref: '#/no'}\ne: {$ref: '#name'}\nf: {$ref: 5}\n");
  const auto error = [&](const char* name) {
    return error_of([&] { (void)document.follow(document.root().find(name).value()); });
  };
  EXPECT_THAT(error("a"), EndsWith("a.yaml: #/b: it refers to itself"));
  EXPECT_THAT(error("c"), AllOf(HasSubstr("a.yaml: #/c/$ref: there is no document 'http://h/x'"),
                                HasSubstr("those to a network are not")));
  EXPECT_THAT(error("d"), EndsWith("a.yaml: #/d/$ref: nothing is at '/no'"));
  EXPECT_THAT(error("e"), EndsWith("a.yaml: #/e/$ref: nothing is at 'name'"));
  EXPECT_FALSE(document.try_follow(document.root().find("e").value()));
  EXPECT_THAT(error("f"), EndsWith("a.yaml: #/f/$ref: 5 is not a string"));
}

TEST_F(DocumentNodeTest, MembersHaveDefaultsAndTypes) {
  auto document = open("a.toml", "name = 'x'\nfast = true\nlist = [1, 2]\n[t]\n");
  const auto root = document.root();
  EXPECT_EQ(root.text("name"), "x");
  EXPECT_EQ(root.text("none", "other"), "other");
  EXPECT_TRUE(root.flag("fast"));
  EXPECT_FALSE(root.flag("none"));
  EXPECT_EQ(root.find("list")->step("1")->value(), 2);
  EXPECT_FALSE(root.find("list")->step("2"));
  EXPECT_FALSE(root.find("list")->find("1")) << "no object";
  EXPECT_THAT(error_of([&] { (void)root.text("fast"); }),
              EndsWith("a.toml: #/fast: true is not a string"));
  EXPECT_THAT(error_of([&] { (void)root.flag("name"); }),
              EndsWith("a.toml: #/name: \"x\" is not a boolean"));
  EXPECT_THAT(error_of([&] { (void)root.find("list")->require_object(); }),
              EndsWith("a.toml: #/list: [1,2] is not an object"));
  std::vector<std::string> names;
  for (const auto& node : root.children()) {
    names.push_back(node.name());
  }
  EXPECT_THAT(names, ElementsAre("name", "fast", "list", "t"));
}

}  // namespace
}  // namespace mscomm
