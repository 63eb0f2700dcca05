#include "core/message/saved_messages.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <tuple>
#include <vector>

#include "core/runtime/poll.h"
#include "unit/error_matchers.h"
#include "unit/random_message.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using namespace std::string_literals;

class SavedMessages : public testing::Test {
 protected:
  void save(const std::optional<std::string>& message_id, std::string_view body) {
    MessageSaver(path_, MessageSaver::Old::kept).save(delivery(message_id, body), "q", WallTime());
  }

  Delivery delivery(const std::optional<std::string>& message_id, std::string_view body) {
    properties_ = Properties{};
    properties_.message_id = message_id;
    Delivery delivery;
    delivery.routing_key = "q";
    delivery.properties = &properties_;
    delivery.body = body;
    return delivery;
  }

  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(path_)) {
      names.push_back(entry.path().filename().string());
    }
    std::ranges::sort(names);
    return names;
  }

  [[nodiscard]] std::string content(const std::string& name) const {
    return read_file(path_ + "/" + name);
  }

  void write(const std::string& name, std::string_view content) const {
    static_cast<void>(folder_.write("saved/" + name, content));
  }

  [[nodiscard]] std::vector<std::string> bodies() const {
    const auto source = folder_source(path_);
    std::vector<std::string> bodies;
    Outgoing out;
    for (;;) {
      switch (source->next(out)) {
        case MessageSource::State::message:
          EXPECT_TRUE(out.complete);
          bodies.emplace_back(out.body);
          break;
        case MessageSource::State::wait:
          EXPECT_TRUE(is_ready(source->fd(), POLLIN));
          break;
        case MessageSource::State::end:
          return bodies;
      }
    }
  }

  /// Which must come before any message.
  [[nodiscard]] std::string error_of_reading() const {
    const auto source = folder_source(path_);
    Outgoing out;
    auto state = MessageSource::State::wait;
    auto error = error_of([&] {
      while (state == MessageSource::State::wait) {
        state = source->next(out);
      }
    });
    EXPECT_NE(state, MessageSource::State::message);
    return error;
  }

  test::TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/saved";
  Properties properties_;
};

TEST_F(SavedMessages, AreABodyAndARecordEach) {
  save("order-17", "a\0b\n"s);
  save(std::nullopt, "");
  EXPECT_THAT(names(), ElementsAre("000000001-order-17.body", "000000001-order-17.json",
                                   "000000002.body", "000000002.json"));
  EXPECT_EQ(content("000000001-order-17.body"), "a\0b\n"s);
  EXPECT_EQ(content("000000001-order-17.json"),
            "{\"exchange\":\"\",\"routing_key\":\"q\",\"queue\":\"q\",\"properties\":{"
            "\"message_id\":\"order-17\"},\"redelivered\":false,\"delivery_tag\":0,"
            "\"received_at\":\"1970-01-01T00:00:00.000Z\"}\n");
  EXPECT_EQ(content("000000002.body"), "");
}

TEST_F(SavedMessages, HaveNamesThatStayInTheFolderWhateverTheIdIs) {
  const std::vector<std::pair<std::string, std::string>> names_of{
      {"../../etc/passwd", "-etc_passwd"},
      {"", ""},
      {"/", ""},
      {"..", ""},
      {"a\nb", "-a_b"},
      {"a\0b"s, "-a_b"},
      {"Gr\u00fc\u00dfe \u4f60", "-Gr_e"},
      {std::string(255, 'x'), "-" + std::string(100, 'x')},
      {"-rf", "--rf"},
      {"a.json", "-a_json"},
      {std::string(150, '/'), ""},
      {std::string(99, 'x') + "//y", "-" + std::string(99, 'x')}};
  std::vector<std::string> expected;
  for (const auto& [id, readable] : names_of) {
    save(id, id);
    for (const auto* suffix : {".body", ".json"}) {
      expected.push_back(fmt::format("{:09}{}{}", expected.size() / 2 + 1, readable, suffix));
    }
  }
  EXPECT_EQ(names(), expected);
  std::vector<std::string> ids;
  ids.reserve(names_of.size());
  for (const auto& [id, unused] : names_of) {
    ids.push_back(id);
  }
  EXPECT_EQ(bodies(), ids);
}

TEST_F(SavedMessages, ContinueTheNumbersOfWhatIsThere) {
  save("one", "1");
  write("000000007-half.body", "");
  write("000000011-torn.json.part", "{");
  write("99-other.txt", "");
  write("x12.json", "");
  save("two", "2");
  EXPECT_THAT(names(), testing::Contains("000000012-two.json"));
  EXPECT_THAT(bodies(), ElementsAre("1", "2"));
  write("00099999999999999999999999.body", "");
  EXPECT_THAT(error_of([&] { const MessageSaver saver(path_, MessageSaver::Old::kept); }),
              HasSubstr("io: no number is left in the folder '" + path_ + "' after '000999"));
}

TEST_F(SavedMessages, NeverReplaceAFileAndLeaveNothingHalf) {
  MessageSaver saver(path_, MessageSaver::Old::kept);
  write("000000001.json", "foreign");
  write("000000002.body", "foreign");
  for (const auto* file : {"000000001.json", "000000002.body"}) {
    EXPECT_THAT(error_of([&] { saver.save(delivery(std::nullopt, "x"), "q", WallTime()); }),
                HasSubstr("io: cannot write '" + path_ + "/" + file + "': File exists"));
  }
  EXPECT_THAT(names(), ElementsAre("000000001.json", "000000002.body"));
  EXPECT_EQ(content("000000001.json") + content("000000002.body"), "foreignforeign");
  saver.save(delivery(std::nullopt, "x"), "q", WallTime());
  EXPECT_THAT(names(), testing::Contains("000000003.json"));
}

TEST_F(SavedMessages, OneProcessAtATimeSavesIntoAFolder) {
  const MessageSaver saver(path_, MessageSaver::Old::kept);
  EXPECT_THAT(error_of([&] { const MessageSaver other(path_, MessageSaver::Old::kept); }),
              HasSubstr("usage: another process saves into the folder"));
}

TEST_F(SavedMessages, NeedAFolderThatCanBe) {
  static_cast<void>(folder_.write("file", ""));
  path_ = folder_.path() + "/file";
  EXPECT_THAT(error_of([&] { const MessageSaver saver(path_, MessageSaver::Old::kept); }),
              HasSubstr("io: cannot make the folder"));
  EXPECT_THAT(error_of([&] { folder_source(path_); }), HasSubstr("io: cannot open the folder"));
  path_ = folder_.path() + "/file/below";
  EXPECT_THAT(error_of([&] { const MessageSaver saver(path_, MessageSaver::Old::kept); }),
              HasSubstr("io: cannot make the folder"));
}

TEST_F(SavedMessages, ComeBackAsTheyWere) {
  const auto seed = std::random_device{}();
  SCOPED_TRACE(seed);
  test::RandomMessage random(seed);
  std::vector<std::tuple<Route, Properties, std::string>> sent;
  {
    MessageSaver saver(path_, MessageSaver::Old::kept);
    for (int i = 0; i < 1000; ++i) {
      auto& [route, properties, body] = sent.emplace_back(Route{random.bytes(30), random.bytes(30)},
                                                          random.properties(), random.bytes(500));
      Delivery delivery;
      delivery.exchange = route.exchange;
      delivery.routing_key = route.routing_key;
      delivery.properties = &properties;
      delivery.body = body;
      saver.save(delivery, "q", WallTime());
    }
  }
  const auto source = folder_source(path_);
  Outgoing out;
  for (const auto& [route, properties, body] : sent) {
    MessageSource::State state{};
    while ((state = source->next(out)) == MessageSource::State::wait) {
      EXPECT_TRUE(is_ready(source->fd(), POLLIN));
    }
    ASSERT_EQ(state, MessageSource::State::message);
    ASSERT_EQ(out.exchange, route.exchange);
    ASSERT_EQ(out.routing_key, route.routing_key);
    ASSERT_EQ(out.properties, properties);
    ASSERT_EQ(out.body, body);
  }
  EXPECT_EQ(source->next(out), MessageSource::State::end);
  EXPECT_EQ(source->progress(), 1.0);
}

TEST_F(SavedMessages, ComeInTheOrderOfTheirNumbers) {
  std::filesystem::create_directory(path_);
  for (const auto* stem :
       {"2", "10", "0000000003-b", "0000000003-a", "0", "12345678901234567890123"}) {
    write(stem + ".json"s, "{}");
    write(stem + ".body"s, stem);
  }
  EXPECT_THAT(bodies(), ElementsAre("0", "2", "0000000003-a", "0000000003-b", "10",
                                    "12345678901234567890123"));
}

TEST_F(SavedMessages, LeaveForeignFilesAlone) {
  save("one", "1");
  std::filesystem::create_directory(path_ + "/000000009.d");
  for (const auto* name :
       {"package.json", "README", ".000000002.json", "000000003.json.part", "000000004.body",
        "000000005 x.json", "000000006-a.b.json", "-7.json", "000000008_a.json", ".json"}) {
    write(name, "{");
  }
  EXPECT_THAT(bodies(), ElementsAre("1"));
}

TEST_F(SavedMessages, AnEmptyFolderHasNone) {
  std::filesystem::create_directory(path_);
  EXPECT_THAT(bodies(), IsEmpty());
}

TEST_F(SavedMessages, WhatIsBrokenIsFoundBeforeTheFirst) {
  std::filesystem::create_directory(path_);
  for (int i = 0; i < 600; ++i) {
    write(std::to_string(i + 1) + ".body", "");
    write(std::to_string(i + 1) + ".json", "{}");
  }
  EXPECT_EQ(bodies().size(), 600U);
  write("600.json", "[]");
  EXPECT_THAT(error_of_reading(), HasSubstr("600.json': expected an object"));
}

TEST_F(SavedMessages, AMissingBodyIsAnError) {
  save("one", "1");
  save("two", "2");
  std::filesystem::remove(path_ + "/000000002-two.body");
  EXPECT_EQ(error_of_reading(),
            "io: cannot read '" + path_ +
                "/000000002-two.body': No such file or directory | a message is two files, its "
                "record and its body");
  std::filesystem::create_directory(path_ + "/000000002-two.body");
  EXPECT_THAT(error_of_reading(), HasSubstr("it is not a regular file"));
}

TEST_F(SavedMessages, ARecordThatIsNoneIsAnError) {
  save("one", "1");
  write("000000002.body", "");
  write("000000002.json", "{\"propertys\":{}}");
  EXPECT_EQ(error_of_reading(), "usage: '" + path_ +
                                    "/000000002.json': unknown member 'propertys' | did you mean "
                                    "'properties'?");
  write("000000002.json", "{\"exchange\":");
  EXPECT_THAT(error_of_reading(), HasSubstr("usage: '" + path_ + "/000000002.json': "));
  write("000000002.json", "{\"body\":\"mine\"}");
  EXPECT_THAT(error_of_reading(), HasSubstr("has a body of its own"));
  std::filesystem::remove(path_ + "/000000002.json");
  std::filesystem::create_directory(path_ + "/000000002.json");
  EXPECT_THAT(error_of_reading(), HasSubstr("io: cannot read"));
}

TEST_F(SavedMessages, ALargeBodyStaysInItsFile) {
  const std::string large(kLargeBody + 1, 'x');
  save("large", large);
  const auto source = folder_source(path_);
  Outgoing out;
  ASSERT_EQ(source->next(out), MessageSource::State::message);
  EXPECT_EQ(out.body, "");
  ASSERT_NE(out.file, nullptr);
  EXPECT_EQ(out.file->read_all(), large);
}

}  // namespace
}  // namespace mscomm
