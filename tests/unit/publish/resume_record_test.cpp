#include "core/publish/resume_record.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "unit/error_matchers.h"

namespace mscomm {
namespace {

using test::error_of;
using testing::HasSubstr;
using testing::StartsWith;

ResumeRecord some_record() {
  ResumeRecord record;
  record.target = "queue 'q\"\n\xc3\xa9'";
  record.brokers = {"a:5672", "b:5671/v"};
  record.id_prefix = "0123456789abcdef-";
  record.read = 837;
  record.sha256 = std::string(64, 'a');
  record.sent_up_to = 1200;
  record.confirmed.add(1, 799);
  record.confirmed.add(803, 837);
  record.failed.add(801);
  return record;
}

TEST(ResumeRecord, IsReadAsItWasWritten) {
  auto record = some_record();
  EXPECT_EQ(parse_resume_record(resume_record_text(record), "r"), record);
  record.complete = true;
  record.brokers.clear();
  EXPECT_EQ(parse_resume_record(resume_record_text(record), "r"), record);
}

TEST(ResumeRecord, IsOneLineOfJson) {
  EXPECT_THAT(resume_record_text(some_record()),
              StartsWith(R"({"resume":"publish","version":1,"target":)"));
  EXPECT_THAT(resume_record_text(some_record()), HasSubstr(R"("confirmed":[[1,799],[803,837]])"));
}

TEST(ResumeRecord, KnowsWhatIsInDoubt) {
  const auto record = some_record();
  EXPECT_FALSE(record.is_in_doubt(799));
  EXPECT_TRUE(record.is_in_doubt(800));
  EXPECT_FALSE(record.is_in_doubt(801));
  EXPECT_TRUE(record.is_in_doubt(1200));
  EXPECT_FALSE(record.is_in_doubt(1201));
}

std::string error_for(std::string_view text) {
  return error_of([&] { static_cast<void>(parse_resume_record(text, "'r'")); });
}

TEST(ResumeRecord, AnythingElseIsRefused) {
  EXPECT_THAT(error_for(""), StartsWith("usage: 'r' is empty"));
  for (const auto* text : {"x", "[]", "{}", "null", R"({"resume":"consume","version":1})"}) {
    EXPECT_THAT(error_for(text), StartsWith("usage: 'r' is not what --resume-file keeps")) << text;
  }
  EXPECT_THAT(error_for(R"({"resume":"publish","version":2})"), HasSubstr("another version"));
  const auto whole = resume_record_text(some_record());
  EXPECT_THAT(error_for(whole.substr(0, whole.size() / 2)), StartsWith("usage: 'r' is not"));
}

TEST(ResumeRecord, ARecordThatContradictsItselfIsDamaged) {
  const auto damaged = [](std::string_view from, std::string_view to) {
    auto text = resume_record_text(some_record());
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return error_for(text.replace(at, from.size(), to));
  };
  const std::vector<std::pair<std::string_view, std::string_view>> changes{
      {"[1,799]", "[0,799]"},
      {"[1,799]", "[799,1]"},
      {"[1,799]", "[1,799,1]"},
      {"[1,799]", "[1]"},
      {"[1,799]", "[1,-1]"},
      {"[1,799]", "[1,805]"},
      {"[803,837]", "[803,838]"},
      {"[803,837]", "[803,1e3]"},
      {"[801,801]", "[799,801]"},
      {"[801,801]", "[801,18446744073709551615]"},
      {"\"sent_up_to\":1200", "\"sent_up_to\":836"},
      {"\"sent_up_to\":1200", "\"sent_up_to\":\"1200\""},
      {"\"read\":837", "\"read\":836"},
      {"\"sha256\":\"a", "\"sha256\":\""},
      {"\"sha256\":\"a", "\"sha256\":\"g"},
      {"abcdef-", "abcdef"},
      {"0123456789abcdef-", "x-"},
      {"\"complete\":false", "\"complete\":0"},
      {"\"failed\":", "\"fail\":"},
  };
  for (const auto& [from, to] : changes) {
    EXPECT_THAT(damaged(from, to), HasSubstr("is damaged")) << from << " -> " << to;
  }
}

}  // namespace
}  // namespace mscomm
