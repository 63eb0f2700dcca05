#include "core/output/record_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;

class RecordFileTest : public testing::Test {
 protected:
  // What opening a file with this content says.
  std::string opened(const std::string& content, const RecordFile::Plan& plan) {
    path = folder.write("records", content);
    return error_of([&] {
      RecordFile file(path, plan);
      file.begin();
      EXPECT_EQ(write(file.fd(), "new\n", 4), 4);
    });
  }

  test::TemporaryFolder folder;
  std::string path;
};

constexpr const char* kNone = "no error was thrown";

TEST_F(RecordFileTest, RefusesWhatHoldsSomething) {
  EXPECT_EQ(opened("", {}), kNone);
  EXPECT_EQ(read_file(path), "new\n");
  EXPECT_EQ(opened("x", {}),
            "usage: '" + path +
                "' holds something already: nothing was taken | --append adds to its end, --force "
                "replaces it");
  EXPECT_EQ(read_file(path), "x");
}

TEST_F(RecordFileTest, AddsOnlyWhereARecordEnds) {
  for (const auto* end : {"\n", "\r\n", "a\r\n", ""}) {
    EXPECT_EQ(opened("a\r\n", {OldRecords::kept, end}), kNone) << end;
    EXPECT_EQ(read_file(path), "a\r\nnew\n");
  }
  for (const auto* end : {"\r", "\na\r\n", "xa\r\n"}) {
    EXPECT_TRUE(opened("a\r\n", {OldRecords::kept, end}).starts_with("usage: ")) << end;
    EXPECT_EQ(read_file(path), "a\r\n");
  }
  EXPECT_EQ(opened("", {OldRecords::kept, "\n"}), kNone);
  const std::string nul(1, '\0');
  EXPECT_EQ(opened("a" + nul, {OldRecords::kept, nul}), kNone);
  EXPECT_TRUE(opened("a", {OldRecords::kept, nul}).starts_with("usage: "));
}

TEST_F(RecordFileTest, IsEmptiedOnceByBegin) {
  path = folder.write("records", "old");
  RecordFile file(path, {OldRecords::replaced, "\n"});
  EXPECT_EQ(read_file(path), "old");
  for (int i = 0; i < 2; ++i) {
    file.begin();
    ASSERT_EQ(write(file.fd(), "x", 1), 1);
  }
  EXPECT_EQ(read_file(path), "xx");
}

TEST_F(RecordFileTest, IsWrittenByOneProcessAtATime) {
  path = folder.path() + "/records";
  const RecordFile file(path, {});
  EXPECT_TRUE(error_of([&] {
                const RecordFile other(path, {OldRecords::replaced, ""});
              }).starts_with("usage: another process writes to '"));
  const RecordFile one("/dev/null", {});
  const RecordFile two("/dev/null", {});
}

}  // namespace
}  // namespace mscomm
