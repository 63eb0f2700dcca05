#include "core/output/destination.h"

#include <gtest/gtest.h>

#include <fstream>

#include "core/runtime/files.h"
#include "unit/run_context.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

class DestinationTest : public testing::Test {
 protected:
  DestinationTest() { std::ofstream(path) << "old"; }

  Destination open(Replacing replacing) { return {path, run.environment, run.stop, {}, replacing}; }
  [[nodiscard]] std::string content() const { return read_file(path); }

  test::RunContext run;
  test::TemporaryFolder folder;
  std::string path = folder.path() + "/out";
};

TEST_F(DestinationTest, AMinusIsStdoutAsNoFileIs) {
  run.environment.stdout_is_terminal = true;
  for (const auto& file : {std::optional<std::string>(), std::optional<std::string>("-")}) {
    const Destination destination(file, run.environment, run.stop, {});
    EXPECT_TRUE(destination.is_stdout());
    EXPECT_TRUE(destination.is_terminal());
  }
  EXPECT_FALSE(open(Replacing::when_done).is_terminal());
}

TEST_F(DestinationTest, AFileThatIsReplacedWhenDoneIsTheOldOneUntilThen) {
  auto destination = open(Replacing::when_done);
  destination.writer().buffer() = "new";
  destination.writer().flush();
  EXPECT_EQ(content(), "old");
  destination.finish();
  EXPECT_EQ(content(), "new");
}

TEST_F(DestinationTest, AFileThatIsReplacedAtOnceIsEmptyThen) {
  auto destination = open(Replacing::at_once);
  EXPECT_EQ(content(), "");
}

TEST_F(DestinationTest, AFileForRecordsIsEmptiedByBeginWhereItIsToBeReplaced) {
  Destination destination(path, run.environment, run.stop, {},
                          RecordFile::Plan{OldRecords::replaced, "\n"});
  EXPECT_EQ(content(), "old");
  for (const char* record : {"1", "2"}) {
    destination.begin();
    destination.writer().buffer() = record;
    destination.writer().flush();
  }
  EXPECT_EQ(content(), "12");
}

TEST_F(DestinationTest, DevStdoutIsStdoutAndOtherNamesOfDescriptorsAreCopies) {
  const Destination out("/dev/stdout", run.environment, run.stop, {});
  EXPECT_TRUE(out.is_stdout());
  const auto file = open_for_adding(path);
  const auto name = "/dev/fd/" + std::to_string(file.get());
  for (const auto replacing : {Replacing::when_done, Replacing::at_once}) {
    Destination destination(name, run.environment, run.stop, {}, replacing);
    EXPECT_FALSE(destination.waits_for_commit());
    destination.writer().buffer() = "+";
    destination.finish();
  }
  EXPECT_EQ(content(), "old++");
}

}  // namespace
}  // namespace mscomm
