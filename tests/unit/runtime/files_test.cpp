#include "core/runtime/files.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <cerrno>

#include "unit/error_matchers.h"
#include "unit/temporary_folder.h"

namespace mscomm {
namespace {

using test::error_of;
using test::TemporaryFolder;

TEST(Files, AreReadWhole) {
  const TemporaryFolder folder;
  const std::string content(200'000, '\0');
  EXPECT_EQ(read_file(folder.write("a", content)), content);
  EXPECT_EQ(read_file(folder.write("b", "")), "");
}

TEST(Files, SayWhyTheyCannotBeOpened) {
  const TemporaryFolder folder;
  const auto missing = folder.path() + "/missing";
  EXPECT_EQ(error_of([&] { read_file(missing); }),
            "io: cannot read '" + missing + "': No such file or directory");
  EXPECT_EQ(error_of([&] { read_file(folder.path()); }),
            "io: cannot read '" + folder.path() + "': Is a directory");
  EXPECT_EQ(error_of([&] { open_for_writing(folder.path()); }),
            "io: cannot write '" + folder.path() + "': Is a directory");
}

TEST(Files, BesideAnotherAreHiddenAndHaveNoTooLongName) {
  EXPECT_EQ(hidden_beside("a/b", ".part"), "a/.b.part");
  EXPECT_EQ(hidden_beside("b", ".part"), ".b.part");
  EXPECT_EQ(hidden_beside(std::string(255, 'x'), ".part"), "." + std::string(200, 'x') + ".part");
}

TEST(Files, AreRenamedOnlyToANameThatNothingHas) {
  const TemporaryFolder folder;
  const auto from = folder.write("from", "new");
  const auto taken = folder.write("taken", "old");
  EXPECT_FALSE(rename_to_free_name(AT_FDCWD, from, taken));
  EXPECT_EQ(errno, EEXIST);
  EXPECT_EQ(read_file(taken), "old");
  EXPECT_TRUE(rename_to_free_name(AT_FDCWD, from, folder.path() + "/free"));
  EXPECT_EQ(read_file(folder.path() + "/free"), "new");
}

TEST(Files, AreLockedByOneAtATime) {
  const TemporaryFolder folder;
  const auto path = folder.write("a", "");
  const auto first = open_for_reading(path);
  EXPECT_TRUE(lock_alone(first.get()));
  EXPECT_FALSE(lock_alone(open_for_reading(path).get()));
}

TEST(Files, ThatMayNotEndAreNotRead) {
  const TemporaryFolder folder;
  const auto fifo = folder.path() + "/fifo";
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  for (const auto& path : {fifo, std::string("/dev/zero")}) {
    EXPECT_EQ(error_of([&] { read_file(path); }),
              "io: cannot read '" + path + "': it is not a regular file");
  }
}

TEST(UniqueFd, ClosesWhatItOwnsOnce) {
  int number = -1;
  {
    UniqueFd first(open("/dev/null", O_RDONLY | O_CLOEXEC));
    number = first.get();
    UniqueFd second(std::move(first));
    EXPECT_FALSE(first);  // NOLINT(bugprone-use-after-move): that is the point
    EXPECT_EQ(second.get(), number);
    first = std::move(second);
    EXPECT_EQ(fcntl(number, F_GETFD), FD_CLOEXEC);
  }
  EXPECT_EQ(fcntl(number, F_GETFD), -1);
}

}  // namespace
}  // namespace mscomm
