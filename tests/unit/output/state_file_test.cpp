#include "core/output/state_file.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using test::TemporaryFolder;
using testing::HasSubstr;
using testing::StartsWith;

class AStateFile : public testing::Test {
 protected:
  [[nodiscard]] std::size_t files() const {
    return static_cast<std::size_t>(
        std::distance(std::filesystem::directory_iterator(folder.path()), {}));
  }
  [[nodiscard]] std::string error_of_opening() const {
    return error_of([this] { StateFile file(path); });
  }

  TemporaryFolder folder;
  std::string path = folder.path() + "/state";
};

TEST_F(AStateFile, KeepsWhatWasWrittenLast) {
  {
    StateFile file(path);
    EXPECT_FALSE(file.content());
    EXPECT_EQ(files(), 0U);
    file.replace("one, which is longer");
    file.replace("two");
    EXPECT_EQ(read_file(path), "two");
  }
  EXPECT_EQ(StateFile(path).content(), "two");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AStateFile, IsHeldByOneAtATime) {
  StateFile file(path);
  file.replace("one");
  EXPECT_THAT(error_of_opening(), StartsWith("usage: another process uses"));
  file.replace("two");
  EXPECT_THAT(error_of_opening(), StartsWith("usage: another process uses"));
}

TEST_F(AStateFile, IsMadeByOneOnly) {
  StateFile first(path);
  StateFile second(path);
  first.replace("first");
  EXPECT_THAT(error_of([&] { second.replace("second"); }), StartsWith("usage: another process"));
  EXPECT_EQ(read_file(path), "first");
  EXPECT_EQ(files(), 1U);
}

TEST_F(AStateFile, ANameThatIsNoRegularFileIsRefused) {
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(error_of_opening(), HasSubstr("is not a regular file"));
  path = folder.path();
  EXPECT_THAT(error_of_opening(), StartsWith("io: cannot use"));
  path = folder.path() + "/missing/state";
  StateFile file(path);
  EXPECT_THAT(error_of([&] { file.replace("x"); }), StartsWith("io: cannot write"));
}

TEST_F(AStateFile, AFailedReplacementLeavesTheOldContent) {
  StateFile file(path);
  file.replace("old");
  // What cannot be removed stands in the way.
  std::filesystem::create_directory(folder.path() + "/.state.part");
  EXPECT_THAT(error_of([&] { file.replace("new"); }), StartsWith("io: cannot write"));
  EXPECT_EQ(read_file(path), "old");
  EXPECT_THAT(error_of_opening(), StartsWith("usage: another process uses"));
}

TEST_F(AStateFile, PermissionsAndSymbolicLinksStay) {
  static_cast<void>(folder.write("target", "old", 0640));
  ASSERT_EQ(symlink("target", path.c_str()), 0);
  StateFile file(path);
  EXPECT_EQ(file.content(), "old");
  file.replace("new");
  EXPECT_TRUE(std::filesystem::is_symlink(path));
  struct stat status {};
  ASSERT_EQ(stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0640U);
  EXPECT_EQ(read_file(folder.path() + "/target"), "new");
}

TEST_F(AStateFile, WhatAKilledProcessLeftIsNoObstacle) {
  static_cast<void>(folder.write(".state.part", "half", 0400));
  StateFile file(path);
  file.replace("one");
  file.replace("two");
  EXPECT_EQ(files(), 1U);
}

}  // namespace
}  // namespace mscomm
